/** The measurement of the health lane's reduction. See run-source.mjs. */
import { runSource } from "./run-source.mjs";

await runSource("bench/health/main.ts");
