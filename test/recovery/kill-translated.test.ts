// deadline: 180s
/**
 * kill -9 of the gateway at random instants, starts included, while translated stations charge and the world around it fails: the
 * CSMS has each transaction once, from its Started to its Ended, to the watt-hour. `npm run verify:ledger -- --translated` does more of it.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chaos } from "../ledger/chaos.ts";

const seed = Number(process.env["TWINLANE_TEST_SEED"] ?? Date.now() % 1_000_000);

test(`§10.8 - nothing is lost, doubled or billed wrong, whenever the gateway is killed (seed ${seed})`, async () => {
  const options = { kills: 10, faults: 6, stations: 12, seed, translated: true };
  const result = await chaos({ ...options, writes: 0, outageSec: undefined, json: false, show: 20 }, console.log);
  const { comparison, crashes } = result;
  assert.is(comparison.findings.length, 0, comparison.findings.map(({ text }) => text).join("\n"));
  assert.ok(comparison.transactions > 50, `only ${comparison.transactions} transactions`);
  assert.equal([crashes, comparison.energyDiffWh], [0, 0]);
});

test.run();
