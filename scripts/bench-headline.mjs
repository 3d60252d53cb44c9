/** The headline measurement. See run-source.mjs. */
import { runSource } from "./run-source.mjs";

await runSource("bench/headline/main.ts");
