/** The logger of a gateway that was given none. */
import type { Logger } from "../ports.ts";

const nothing = (): void => undefined;

export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
