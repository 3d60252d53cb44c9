/** Proves the value lane. See run-source.mjs. */
import { runSource } from "./run-source.mjs";

await runSource("test/ledger/main.ts");
