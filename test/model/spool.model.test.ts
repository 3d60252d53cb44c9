// deadline: 120s
/**
 * The value lane against a model that counts money: stations, the real relay and spool, and a CSMS that keeps its own books, on
 * simulated time, through whatever fast-check makes up. `npm run verify:model` runs it for longer.
 */
import { test } from "uvu";
import { checkModel } from "./property.ts";

test("whatever happens, the CSMS's books say what the stations did, to the watt-hour", async () => {
  await checkModel({ runs: 200, seed: Number(process.hrtime.bigint() % 2_000_000_000n) });
});

test.run();
