/** Canaries in every leaf of every message, and none of them outside. See run-source.mjs. */
import { runSource } from "./run-source.mjs";

await runSource("test/privacy/main.ts");
