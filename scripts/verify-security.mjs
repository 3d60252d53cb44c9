/** Each rule against its attack and its look-alike. See run-source.mjs. */
import { runSource } from "./run-source.mjs";

await runSource("test/security/main.ts");
