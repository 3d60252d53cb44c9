/** The properties of the translation for longer than the tests. See run-source.mjs. */
import { runSource } from "./run-source.mjs";

await runSource("test/translation/main.ts");
