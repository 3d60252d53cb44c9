// deadline: 120s
/**
 * §10 item 3: every action of a CSMS is answered once, with a message that a second source of schemas allows, whatever the station
 * behind the gateway does.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import type { Outcome } from "../../src/domain/translate/contract.ts";
import { goodMessage } from "../support/schema-arbitrary.ts";
import { messageSchema } from "../support/schemas.ts";
import { CSMS_REQUESTS } from "./matrix/csms-requests.ts";
import { exampleOf } from "./matrix/example.ts";
import { BOOT } from "./matrix/observe.ts";
import { configuration, start } from "./matrix/stations.ts";
import { type Answers, MatrixWorld, type Move } from "./matrix/world.ts";

type Version = "ocpp2.0.1" | "ocpp2.1";

const refusing = (code: string) => (): Outcome => ({ kind: "error", code, description: "no" });

/** How a station treats what it is asked, once it has booted. */
const BEHAVIOURS: { readonly [name: string]: { readonly answers?: Answers; readonly before?: readonly Move[] } } = {
  online: {},
  away: { before: [["away"]] },
  silent: { answers: { "station *": () => undefined } },
  "saying Rejected": { answers: { "station *": { status: "Rejected" } } },
  // Every code, every word: commands.test.ts, for the rules alone.
  "without the function": { answers: { "station *": refusing("NotSupported") } },
  "in trouble": { answers: { "station *": refusing("InternalError") } },
};

const SECURE = configuration({ SecurityProfile: "1", CustomDisplayCostAndPrice: "true" });
/** Longer than the gateway waits for a station. */
const WHOLE_WAIT_MS = 60_000;

/** A station that has booted, with a transaction on its first connector. */
function begun(version: Version): MatrixWorld {
  const world = new MatrixWorld({
    version,
    settings: { plugAndCharge: true },
    answers: { "station GetConfiguration": SECURE },
  });
  return world.moves(BOOT).move(start());
}

const BEGUN = { "ocpp2.0.1": begun("ocpp2.0.1"), "ocpp2.1": begun("ocpp2.1") };

function requestsOf(version: Version, action: string): readonly Payload[] {
  const schema = messageSchema(version, action);
  const told = CSMS_REQUESTS.filter((scenario) => scenario.action === action);
  const random = fc.sample(goodMessage(schema), { seed: 11, numRuns: 2 }) as Payload[];
  if (version === "ocpp2.1") return random;
  return [...random, ...told.map(({ values }) => exampleOf(schema, values))];
}

function assertAnswered(version: Version, action: string, payload: Payload): void {
  for (const [name, { answers = {}, before = [] }] of Object.entries(BEHAVIOURS)) {
    const world = BEGUN[version].copy();
    world.answers = answers;
    world.moves(before).move(["csms", action, payload]).move(["pass", WHOLE_WAIT_MS]);
    const said = world.left.filter(({ to, what }) => to === "csms" && what !== "call");
    const text = `${action} ${JSON.stringify(payload)}: ${name}`;
    assert.equal(
      said.map((answer) => answer.action),
      [action],
      text,
    );
    assert.equal(world.defects, [], text);
    if (name === "away")
      assert.equal(
        world.left.filter(({ to }) => to === "station"),
        [],
        text,
      );
  }
}

for (const version of ["ocpp2.0.1", "ocpp2.1"] as const) {
  const actions = CATALOGUE.filter(({ from, versions }) => from !== "station" && versions.includes(version));
  const size = version === "ocpp2.0.1" ? 40 : 55;
  test(`${version} - each of the ${size} actions of a CSMS is answered once and well, whatever the station does`, () => {
    assert.is(actions.length, size);
    for (const { action } of actions) {
      for (const payload of requestsOf(version, action)) assertAnswered(version, action, payload);
    }
  });
}

test.run();
