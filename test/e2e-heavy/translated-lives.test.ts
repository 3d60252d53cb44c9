// deadline: 240s
/**
 * Simulated 1.6 stations with every behaviour of the fault catalogue, one by one and several at once, live full lives under a 2.0.1
 * CSMS of `ocpp-rpc` in strict mode: its books are theirs to the watt-hour, and it never saw a message that is not valid.
 *
 * All live at the same time, in one gateway, which is restarted once; each has a test of its own below.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FAULT_CATALOGUE } from "../../src/sim/faults/catalogue.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { TranslatedLife } from "../support/translated-life.ts";
import * as phases from "../support/translated-phases.ts";
import { TranslationWorld } from "../support/translation-world.ts";

const COMBINATIONS = 14;
const STAGGER_MS = 15;

const seed = Number(process.env["TWINLANE_TEST_SEED"] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);

/** Of each pair at most one: a station cannot do both. */
const EITHER = [
  ["no-transaction-id", "transaction-id-minus-one", "transaction-id-zero", "transaction-id-text", "free-charging"],
  ["newest-first", "free-charging"],
  ["clock-1970", "local-time"],
];

function combination(): readonly string[] {
  const names: string[] = [];
  const size = 2 + Math.floor(random() * 4);
  while (names.length < size) {
    const { name = "" } = FAULT_CATALOGUE[Math.floor(random() * FAULT_CATALOGUE.length)] ?? {};
    const clashes = EITHER.some((group) => group.includes(name) && names.some((other) => group.includes(other)));
    if (!clashes && !names.includes(name)) names.push(name);
  }
  return names;
}

const ONLY = process.env["TWINLANE_TEST_LIVES"]?.split(" ");

const wanted = [
  { id: "plain", faults: [] },
  // An identity that has to be encoded, where that is the question.
  ...FAULT_CATALOGUE.map(({ name }) => ({ id: name === "raw-identity" ? "DE*TWL:E1@x" : name, faults: [name] })),
  ...Array.from({ length: COMBINATIONS }, (_, i) => ({ id: `several-${i + 1}`, faults: combination() })),
].filter(({ id }) => ONLY?.includes(id) ?? true);

let world: TranslationWorld;
const lives = new Map<string, TranslatedLife>();

test.before(async () => {
  console.log(`seed ${seed} (TWINLANE_TEST_SEED)`);
  world = await TranslationWorld.open({
    config: {
      stations: [{ match: "*", securityProfile: 0, assumeVersion: "ocpp1.6" }],
      limits: { connectionsPerAddress: 0, connectRatePerAddress: 0, stationCallTimeoutSec: 3 },
      offline: { graceSec: 0.2, unknownTokens: "accept" },
      spool: { attemptIntervalSec: 0.2, attempts: 1000 },
    },
  });
});

test.after(async () => {
  for (const { station } of lives.values()) await station.stop(0);
  await world[Symbol.asyncDispose]();
});

/** Everybody does this, each for himself. */
async function all(name: string, phase: phases.Phase): Promise<void> {
  const began = performance.now();
  await Promise.all(
    [...lives.values()].map(async (life, i) => {
      await new Promise((resolve) => setTimeout(resolve, i * STAGGER_MS));
      await life.go(name, phase);
    }),
  );
  const failed = [...lives.values()].filter(({ failure }) => failure !== undefined).length;
  console.log(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s, ${failed} have failed`);
}

test("everybody lives", async () => {
  const [url = ""] = world.gateway.urls;
  const port = Number(new URL(url).port);
  for (const { id, faults } of wanted) {
    const connectors = faults.some((name) => name === "free-charging") ? 1 : 2;
    lives.set(id, new TranslatedLife({ url, csms: world.csms, id, faults, connectors }));
  }
  await all("boot", phases.boot);
  await all("local list and variables", phases.setUp);
  await all("remote start and stop", phases.remoteCharge);
  await all("profiles", phases.profiles);
  await all("offline start and stop", phases.southOutage);
  await all("a connection lost in a transaction", phases.cutInTheMiddle);
  await all("a start before the CSMS goes", phases.startCharging);
  await world.csms.close();
  await all("a stop without the CSMS", phases.stopCharging);
  await all("a start and a stop without the CSMS", phases.chargeOnce);
  await world.csms.listen();
  await all("back at the CSMS", (life) => life.untilLinked());
  await all("firmware and log", phases.upkeep);
  await all("reservation", phases.reservation);
  await all("availability", phases.availability);
  await all("reset", phases.reset);
  await all("a start before the restart", phases.startCharging);
  await world.restart(port);
  await all("a stop after the restart", phases.stopCharging);
  await all("the books", (life) => life.account());
});

for (const { id, faults } of wanted)
  test(`${id}${faults.length > 1 ? ` (${faults.join(", ")})` : ""} - lives a full life, and its energy is exact`, () => {
    const failure = lives.get(id)?.failure;
    if (failure !== undefined) throw failure;
  });

test("the CSMS never saw a message that is not valid, and the translation had no defect", () => {
  assert.equal(world.csms.complaints, []);
  const { translationInvalid, translationFaults, translationDead } = world.gateway.counters;
  assert.equal([translationInvalid, translationFaults, translationDead], [0, 0, 0]);
});

test.run();
