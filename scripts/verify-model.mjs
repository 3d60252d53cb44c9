/** The model of the value lane for longer than the tests. See run-source.mjs. */
import { runSource } from "./run-source.mjs";

await runSource("test/model/main.ts");
