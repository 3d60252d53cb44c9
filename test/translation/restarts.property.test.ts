// deadline: 300s
/**
 * §10 item 8, for the rules alone: a gateway that ends after every step, and goes on with what its store holds, says what one says that
 * only loses its link. Between the steps nobody waits for an answer; what happens in the middle of one is crash.property.test.ts.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TranslationStore } from "../../src/actors/translation/translation-store.ts";
import { stationId } from "../../src/domain/ids.ts";
import { initialTranslation } from "../../src/domain/translate/blocks.ts";
import type { Durable } from "../../src/domain/translate/engine-types.ts";
import { messageSchema } from "../support/schemas.ts";
import { HandStorage } from "../support/translation-crashes.ts";
import { CSMS_REQUESTS } from "./matrix/csms-requests.ts";
import { exampleOf } from "./matrix/example.ts";
import { BOOT, type Scenario } from "./matrix/observe.ts";
import { STATION_SCENARIOS } from "./matrix/station-scenarios.ts";
import { at, csms, start, status, stop } from "./matrix/stations.ts";
import { MatrixWorld, type Move } from "./matrix/world.ts";

const CP1 = stationId("CP1");
const NOTHING: Durable = { state: initialTranslation(), kept: [], waiting: [], alarms: [] };

/** What a store gives back of what it was given. */
function stored(durable: Durable): Durable {
  const storage = new HandStorage();
  const store = new TranslationStore(storage, CP1, () => undefined);
  store.load(NOTHING, () => undefined);
  store.save(durable);
  storage.commit();
  const bad = (slice: string, reason: string) => assert.unreachable(`${slice}: ${reason}`);
  return new TranslationStore(storage, CP1, () => undefined).load(NOTHING, bad);
}

const moveOf = ({ from, action, values }: Scenario): Move => [
  from,
  action,
  exampleOf(messageSchema(from === "station" ? "ocpp1.6" : "ocpp2.0.1", action), values),
];

/** Everything that the stories of the matrix say, and what makes transactions come and go. */
const MOVES: readonly Move[] = [
  ...[...STATION_SCENARIOS, ...CSMS_REQUESTS].filter(({ kind }) => kind === "request").map(moveOf),
  ...BOOT,
];
/** A token that only what came down before tells the type of. */
const CARD: readonly Move[] = [
  csms("ReserveNow", { id: 3, evseId: 2, expiryDateTime: at(20), idToken: { idToken: "CARD", type: "KeyCode" } }),
  ["station", "Authorize", { idTag: "card" }],
];
const FAULTS: readonly Move[] = ["NoError", "GroundFailure", "WeakSignal"].flatMap((errorCode) =>
  [1, 2].map((connectorId) => status("Preparing", { connectorId, errorCode })),
);
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...MOVES) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.nat(1000))
      .chain(([connectorId, meter]) =>
        fc.constantFrom(start({ connectorId, meterStart: meter }), stop({ meterStop: meter })),
      ),
  },
  { weight: 3, arbitrary: fc.constantFrom(...CARD) },
  { weight: 3, arbitrary: fc.constantFrom(...FAULTS) },
  { weight: 3, arbitrary: fc.nat(100_000).map((ms): Move => ["pass", ms]) },
  { weight: 1, arbitrary: fc.constantFrom<Move>(["away"], ["back"], ["offline"]) },
);

test("§10 item 8 - ending after every step changes nothing of what is said, and nothing of what is known", () => {
  const runs = Number(process.env["TRANSLATION_RUNS"] ?? 40);
  fc.assert(
    fc.property(fc.array(move, { minLength: 5, maxLength: 25 }), (moves) => {
      const steady = new MatrixWorld({ settings: { plugAndCharge: true } }).moves(BOOT);
      const ending = new MatrixWorld({ settings: { plugAndCharge: true } }).moves(BOOT);
      for (const one of moves) {
        // A process that begins has a new link, after an outage of which nobody knows how long it was.
        steady.move(one).move(["up"]);
        ending.move(one).restart(stored(ending.rig.durable));
        assert.equal(ending.left.splice(0), steady.left.splice(0), JSON.stringify(one));
      }
      assert.equal(ending.lost, steady.lost);
      assert.equal(steady.defects, []);
      assert.equal(ending.defects, []);
      // A field that is there and undefined is one that is not there.
      assert.equal(stored(ending.rig.durable), JSON.parse(JSON.stringify(ending.rig.durable)));
    }),
    { numRuns: runs },
  );
});

test.run();
