/** Each behaviour of the catalogue as the other side sees it: with it there is something to see, and without it there is not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import { FAULT_CATALOGUE, withNamedFaults } from "../../src/sim/faults/catalogue.ts";
import type { CallOutcome } from "../../src/sim/rpc-peer.ts";
import type { SimulatedStation } from "../../src/sim/station.ts";
import type { DialTarget } from "../../src/sim/transport.ts";
import { simWorld } from "../support/sim-world.ts";

type Call = readonly [type: 2, id: string | number, action: string, payload: Payload];

/** What the CSMS has seen of a station. */
interface Seen {
  /** The station's CALLs, as they came. */
  readonly calls: readonly Call[];
  /** What became of the CSMS's commands, by label. */
  readonly outcomes: ReadonlyMap<string, CallOutcome>;
  readonly station: SimulatedStation;
}

const profile = (id: number, more: Payload, schedule: Payload = {}): Payload => ({
  chargingProfileId: id,
  stackLevel: 1,
  chargingProfilePurpose: "TxDefaultProfile",
  chargingProfileKind: "Absolute",
  chargingSchedule: { chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }], ...schedule },
  ...more,
});
const set = (connectorId: number, csChargingProfiles: Payload): [string, Payload] => [
  "SetChargingProfile",
  { connectorId, csChargingProfiles },
];

/** Label, action, payload. */
const COMMANDS: readonly (readonly [string, string, Payload])[] = [
  ["one", ...set(1, profile(1, {}))],
  ["two", ...set(2, profile(2, {}))],
  ["max", ...set(0, profile(3, { chargingProfilePurpose: "ChargePointMaxProfile", stackLevel: 2 }))],
  ["top", ...set(1, profile(4, { stackLevel: 8 }))],
  ["relative", ...set(1, profile(5, { stackLevel: 3, chargingProfileKind: "Relative" }))],
  ["composite", "GetCompositeSchedule", { connectorId: 1, duration: 60 }],
  ["zero", ...set(1, profile(6, { stackLevel: 0 }))],
  ["clear", "ClearChargingProfile", { id: 6 }],
  ["keys", "GetConfiguration", { key: ["HeartbeatInterval"] }],
  ["change", "ChangeConfiguration", { key: "HeartbeatInterval", value: "77" }],
  ["cache", "ClearCache", {}],
];

/** A station's two minutes: commands, a session of somebody's own, an outage in which another ends and one begins. */
async function lifeOf(...named: string[]): Promise<Seen> {
  const sent: string[] = [];
  const world = simWorld({ callTimeoutMs: 5_000 }, (transport) => {
    const { send } = transport;
    transport.send = (text) => {
      sent.push(text);
      send.call(transport, text);
    };
    return transport;
  });
  const faults = { named };
  const station = world.station({ id: "S", version: "ocpp1.6", connectors: 2, autonomous: false, faults });
  station.start();
  await world.clock.advance(2_000);
  const outcomes = new Map<string, CallOutcome>();
  for (const [label, action, payload] of COMMANDS) {
    void world.csms.call("S", action, payload).then((outcome) => outcomes.set(label, outcome));
    await world.clock.advance(action === "SetChargingProfile" ? 6_000 : 500);
  }
  station.connector(1)?.plugIn("a1b2C3D4");
  await world.clock.advance(4_000);
  world.reachable = false;
  station.drop();
  await world.clock.advance(3_000);
  station.connector(1)?.requestStop("Local");
  await world.clock.advance(500);
  world.reachable = true;
  await world.clock.advance(40_000);
  await world.stop(station);
  const calls = sent.map((text) => JSON.parse(text) as Call).filter(([type]) => type === 2);
  return { calls, outcomes, station };
}

const of = ({ calls }: Seen, action: string): readonly Payload[] =>
  calls.filter((call) => call[2] === action).map((call) => call[3]);
const order = ({ calls }: Seen, ...actions: string[]): readonly string[] =>
  calls.map((call) => call[2]).filter((action) => actions.includes(action));
const says = (seen: Seen, action: string, text: string | RegExp): boolean =>
  of(seen, action).some((payload) => JSON.stringify(payload).search(text) >= 0);
const result = ({ outcomes }: Seen, label: string): Payload => {
  const outcome = outcomes.get(label);
  return outcome?.kind === "result" ? outcome.payload : {};
};
const levels = ({ station }: Seen): readonly number[] => station.profiles.all().map(({ id }) => id);

const SHOWS: Readonly<Record<string, (seen: Seen) => boolean>> = {
  "no-transaction-id": (seen) => of(seen, "MeterValues").some((payload) => !("transactionId" in payload)),
  "transaction-id-minus-one": (seen) => says(seen, "StopTransaction", '"transactionId":-1'),
  "transaction-id-zero": (seen) => says(seen, "MeterValues", '"transactionId":0'),
  "transaction-id-text": (seen) => says(seen, "StopTransaction", '"transactionId":"'),
  "free-charging": (seen) => of(seen, "StartTransaction").length === 0 && of(seen, "StopTransaction").length === 1,
  "start-again": (seen) => {
    const starts = seen.calls.filter(([, , action]) => action === "StartTransaction");
    return starts.length === 2 && starts[0]?.[1] !== starts[1]?.[1];
  },
  "early-meter-values": (seen) =>
    order(seen, "StartTransaction", "MeterValues")[1] === "MeterValues" &&
    !("transactionId" in (of(seen, "MeterValues")[0] ?? {})),
  "charging-before-start": (seen) => {
    const actions = seen.calls.map(([, , action, { status }]) => (status === "Charging" ? "Charging" : action));
    return actions.indexOf("Charging") < actions.indexOf("StartTransaction");
  },
  "newest-first": (seen) => order(seen, "MeterValues", "StopTransaction").at(-1) === "MeterValues",
  celcius: (seen) => says(seen, "MeterValues", "Celcius"),
  "decimal-comma": (seen) => says(seen, "MeterValues", /"value":"\d+,\d/),
  "no-unit": (seen) => !says(seen, "MeterValues", '"unit"'),
  "empty-sampled-value": (seen) => says(seen, "MeterValues", '"sampledValue":\\[\\]'),
  "raw-ocmf": (seen) => says(seen, "MeterValues", "OCMF") && says(seen, "StopTransaction", "OCMF"),
  "clock-1970": (seen) => says(seen, "StartTransaction", '"1970-'),
  "local-time": (seen) => says(seen, "StopTransaction", /"timestamp":"[^"]*\d"/),
  "no-charge-point-max": (seen) => result(seen, "max")["status"] === "NotSupported",
  "mute-set-profile": (seen) => seen.outcomes.get("one")?.kind === "timeout",
  "top-stack-refused": (seen) => result(seen, "top")["status"] === "Rejected",
  "stack-0-stays": (seen) => result(seen, "clear")["status"] === "Unknown" && levels(seen).includes(6),
  "relative-from-receipt": ({ station }) =>
    station.profiles.all().some(({ id, kind }) => id === 5 && kind === "Absolute"),
  "station-wide-stack": (seen) => !levels(seen).includes(1) && levels(seen).includes(2),
  "no-composite-schedule": (seen) => result(seen, "composite")["status"] === "Rejected",
  "clear-says-unknown": (seen) => result(seen, "clear")["status"] === "Unknown" && !levels(seen).includes(6),
  "all-keys": (seen) => (result(seen, "keys")["configurationKey"] as unknown[] | undefined)?.length !== 1,
  "numbers-as-values": (seen) =>
    typeof (result(seen, "keys")["configurationKey"] as Payload[])[0]?.["value"] === "number",
  "not-applied": (seen) =>
    result(seen, "change")["status"] === "Accepted" && seen.station.settings.get("HeartbeatInterval")?.value !== "77",
  "tag-case": (seen) =>
    new Set([...of(seen, "StartTransaction"), ...of(seen, "StopTransaction")].map((p) => p["idTag"])).size > 1,
  "padded-tags": (seen) => says(seen, "StartTransaction", /a1b2C3D4[^"]/),
  "prose-errors": ({ outcomes }) => outcomes.get("cache")?.kind === "error",
  "two-boots": (seen) => of(seen, "BootNotification").length === 2,
  "boot-on-reconnect": (seen) => of(seen, "BootNotification").length === 2,
  "numeric-ids": ({ calls }) => calls.every(([, id]) => typeof id === "number"),
};
/** Seen where the station dials. */
const DIALS: Readonly<Record<string, (target: DialTarget) => boolean>> = {
  "no-subprotocol": ({ namesVersion }) => namesVersion === false,
  "raw-identity": ({ rawIdentity }) => rawIdentity === true,
};

test("every behaviour of the catalogue has its check here, a name of its own, and its evidence", () => {
  const names = FAULT_CATALOGUE.map(({ name }) => name);
  assert.equal([...names].sort(), [...Object.keys(SHOWS), ...Object.keys(DIALS), "half-open"].sort());
  assert.is(new Set(names).size, names.length);
  for (const { does, evidence } of FAULT_CATALOGUE) assert.ok(does.length > 10 && evidence.length > 3);
});

test("a station without named faults shows none of them, and ends with nothing undelivered", async () => {
  const seen = await lifeOf();
  assert.equal(
    Object.entries(SHOWS).flatMap(([name, shows]) => (shows(seen) ? [name] : [])),
    [],
  );
  assert.ok(seen.station.ledger.messages.every(({ outcome }) => outcome === "delivered"));
});

for (const [name, shows] of Object.entries(SHOWS))
  test(`${name} - the other side sees it`, async () => {
    const seen = await lifeOf(name);
    assert.ok(shows(seen), JSON.stringify([...seen.outcomes]));
    // A CSMS that reads no numbers as ids answers nothing; every other behaviour leaves the station alive.
    if (name !== "numeric-ids") assert.is(seen.station.ledger.transactions[0]?.endedAt === undefined, false);
  });

for (const [name, shows] of Object.entries(DIALS))
  test(`${name} - the station dials like that`, async () => {
    const targets: DialTarget[] = [];
    const dial = (target: DialTarget) => {
      targets.push(target);
      return Promise.reject(new Error("nobody there"));
    };
    const options = withNamedFaults({ id: "S", url: "ws://x", version: "ocpp1.6", dial, faults: { named: [name] } });
    await options.dial?.({ url: "ws://x", stationId: "S", versions: ["ocpp1.6"] }).catch(() => undefined);
    assert.ok(targets.some(shows));
  });

test("half-open - a connection that is lost is not closed, and is not heard any more", async () => {
  const world = simWorld();
  const station = world.station({ id: "S", version: "ocpp1.6", autonomous: false, faults: { named: ["half-open"] } });
  station.start();
  await world.clock.advance(1_000);
  world.reachable = false;
  station.drop();
  await world.clock.advance(1_000);
  assert.is(station.view().link, "offline");
  assert.is(world.csms.stations()[0]?.connected, true, "the CSMS knows nothing of it");
  world.reachable = true;
  await world.clock.advance(5_000);
  assert.is(station.view().link, "accepted");
  await world.stop(station);
});

test("several at once are all there, and none of them is put on a 2.0.1 station", async () => {
  const names = ["start-again", "celcius", "decimal-comma", "charging-before-start", "two-boots", "not-applied"];
  const seen = await lifeOf(...names);
  for (const name of names) assert.ok(SHOWS[name]?.(seen), name);
  const options = { id: "S", url: "ws://x", version: "ocpp2.0.1", faults: { named: names } } as const;
  assert.is(withNamedFaults(options), options);
});

test("a name that is not in the catalogue is refused", () => {
  assert.throws(
    () => withNamedFaults({ id: "S", url: "ws://x", version: "ocpp1.6", faults: { named: ["gremlins"] } }),
    /no such fault: gremlins/,
  );
});

test.run();
