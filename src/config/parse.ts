/** contract; body follows */
import type { GatewayConfig } from "./types.ts";

/**
 * Turns a configuration document (the object a YAML file holds) into a frozen {@link GatewayConfig}: checked against the
 * schema, defaults filled in, secrets read.
 *
 * @throws GatewayError `ERR_CONFIG_INVALID` with `details.pointer`; `ERR_SECRET_UNREADABLE`
 */
export function parseConfig(_document: unknown, _options: { readonly baseDir?: string } = {}): GatewayConfig {
  throw new Error("under construction");
}
