// deadline: 300s
/**
 * §10 items 4 and 5 through the whole engine: frames of the station are dropped, doubled and late, the link to the CSMS breaks, the CSMS
 * is silent or refuses, the gateway ends and goes on. In the end the CSMS knows each transaction once: Started first, Ended last, numbers
 * without a gap, and the energy is what the station's registers say.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import type { Outcome } from "../../src/domain/translate/contract.ts";
import { BOOT } from "./matrix/observe.ts";
import { at } from "./matrix/stations.ts";
import { type Answers, MatrixWorld } from "./matrix/world.ts";

const CONNECTORS = 2;
/** Longer than any wait of the engine: whatever may still be sent is sent. */
const SETTLES_MS = 3_600_000;

interface Session {
  readonly connectorId: number;
  readonly idTag: string;
  readonly meterStart: number;
  meterStop?: number;
}

interface Frame {
  readonly action: string;
  readonly payload: Payload;
}

/** What really happened at the station. */
interface Station {
  readonly running: Map<number, Session>;
  readonly sessions: Session[];
  readonly registers: number[];
  readonly sent: Frame[];
  minute: number;
}

type Delivery = "now" | "twice" | "late" | "never";
const delivery = fc.constantFrom<Delivery>("now", "now", "now", "now", "twice", "late", "never");
const connector = fc.integer({ min: 1, max: CONNECTORS });

/** The gateway and its CSMS, and frames that are still on their way. */
class Rig {
  readonly world = new MatrixWorld({ attempts: 1_000_000 }).moves(BOOT);
  readonly #late: Frame[] = [];
  /** The frames that arrived at least once. */
  readonly arrived = new Set<Frame>();

  deliver(frame: Frame, how: Delivery): void {
    if (how === "never") return;
    if (how === "late") this.#late.push(frame);
    else for (let i = 0; i < (how === "twice" ? 2 : 1); i += 1) this.#arrive(frame);
  }

  #arrive(frame: Frame): void {
    this.arrived.add(frame);
    this.world.move(["station", frame.action, frame.payload]);
  }

  /** The newest first: a station's queue in the wrong order. */
  release(): void {
    for (const frame of this.#late.splice(0).reverse()) this.#arrive(frame);
  }

  tx16Of(idTag: string): number | undefined {
    return this.world.rig.state.tx.transactions.find((transaction) => transaction.idTag === idTag)?.tx16;
  }

  /** Everything works again, and has time. */
  settle(): void {
    this.world.answers = {};
    this.release();
    this.world.move(["up"]).move(["pass", SETTLES_MS]);
  }
}

type Command = fc.Command<Station, Rig>;

const command = (
  name: string,
  run: (station: Station, rig: Rig) => void,
  check: (station: Station) => boolean = () => true,
): Command => ({
  check: (station) => check(station),
  run: (station, rig) => {
    station.minute += 1;
    run(station, rig);
  },
  toString: () => name,
});

const send = (station: Station, rig: Rig, frame: Frame, how: Delivery): void => {
  station.sent.push(frame);
  rig.deliver(frame, how);
};

const starts = (connectorId: number, how: Delivery): Command =>
  command(
    `start ${connectorId} ${how}`,
    (station, rig) => {
      const meterStart = station.registers[connectorId] ?? 0;
      const session: Session = { connectorId, idTag: `TAG${station.sessions.length}`, meterStart };
      station.sessions.push(session);
      station.running.set(connectorId, session);
      const { idTag } = session;
      const payload = { connectorId, idTag, meterStart, timestamp: at(station.minute) };
      send(station, rig, { action: "StartTransaction", payload }, how);
    },
    ({ running }) => !running.has(connectorId),
  );

const samples = (connectorId: number, wh: number, how: Delivery): Command =>
  command(`sample ${connectorId} +${wh} ${how}`, (station, rig) => {
    const register = (station.registers[connectorId] ?? 0) + wh;
    station.registers[connectorId] = register;
    const transactionId = rig.tx16Of(station.running.get(connectorId)?.idTag ?? "");
    const meterValue = [{ timestamp: at(station.minute), sampledValue: [{ value: String(register) }] }];
    const payload = { connectorId, ...(transactionId === undefined ? {} : { transactionId }), meterValue };
    send(station, rig, { action: "MeterValues", payload }, how);
  });

const stops = (connectorId: number, how: Delivery): Command =>
  command(
    `stop ${connectorId} ${how}`,
    (station, rig) => {
      const session = station.running.get(connectorId);
      if (session === undefined) return;
      station.running.delete(connectorId);
      session.meterStop = station.registers[connectorId] ?? 0;
      const { idTag, meterStop } = session;
      const payload = { transactionId: rig.tx16Of(idTag) ?? -1, idTag, meterStop, timestamp: at(station.minute) };
      send(station, rig, { action: "StopTransaction", payload }, how);
    },
    ({ running }) => running.has(connectorId),
  );

const sendsAgain = (nth: number): Command =>
  command(
    `again ${nth}`,
    ({ sent }, rig) => rig.deliver(sent[nth % sent.length] as Frame, "now"),
    ({ sent }) => sent.length > 0,
  );

const refusal: Outcome = { kind: "error", code: "InternalError", description: "" };
const MOODS: { readonly [name: string]: Answers } = {
  good: {},
  silent: { "csms *": () => undefined },
  refusing: { "csms TransactionEvent": () => refusal },
};
const csmsIs = (mood: string): Command =>
  command(`CSMS ${mood}`, (_station, rig) => {
    rig.world.answers = MOODS[mood] ?? {};
  });

const commands = fc.commands(
  [
    fc.tuple(connector, delivery).map(([id, how]) => starts(id, how)),
    fc.tuple(connector, fc.nat(500), delivery).map(([id, wh, how]) => samples(id, wh, how)),
    fc.tuple(connector, delivery).map(([id, how]) => stops(id, how)),
    fc.nat(100).map(sendsAgain),
    fc.constant(command("late frames come", (_station, rig) => rig.release())),
    fc.constantFrom(...Object.keys(MOODS), "good").map(csmsIs),
    fc
      .constantFrom("down", "up")
      .map((what) => command(`link ${what}`, (_s, rig) => void rig.world.move([what] as never))),
    fc.constant(command("gateway restarts", (_station, rig) => void rig.world.restart())),
    fc.nat(60_000).map((ms) => command(`${ms} ms`, (_station, rig) => void rig.world.move(["pass", ms]))),
  ],
  { maxCommands: 60, size: "max" },
);

/** What the CSMS has heard in the end: each event once, by transaction. */
function transactionsOf({ world }: Rig): readonly (readonly Payload[])[] {
  const events = new Map<string, { readonly id: string; readonly payload: Payload }>();
  const transactions = new Map<string, Payload[]>();
  for (const event of world.events) {
    const { transactionId } = event.payload["transactionInfo"] as { readonly transactionId: string };
    const key = `${transactionId} ${String(event.payload["seqNo"])}`;
    const known = events.get(key);
    if (known !== undefined) {
      assert.is(event.id, known.id, "what is sent again has its id");
      assert.equal(event.payload, known.payload);
      continue;
    }
    events.set(key, event);
    transactions.set(transactionId, [...(transactions.get(transactionId) ?? []), event.payload]);
  }
  return [...transactions.values()];
}

const registerOf = (event: Payload | undefined, context: string): unknown =>
  ((event?.["meterValue"] ?? []) as { readonly sampledValue: readonly Payload[] }[])
    .flatMap(({ sampledValue }) => sampledValue)
    .findLast((sample) => sample["context"] === context)?.["value"];

function assertOneStory(events: readonly Payload[]): void {
  const text = JSON.stringify(events);
  assert.equal(
    events.map(({ seqNo }) => seqNo),
    events.map((_, i) => i),
    text,
  );
  const placesOf = (type: string) => events.flatMap(({ eventType }, i) => (eventType === type ? [i] : []));
  assert.equal(placesOf("Started"), [0], text);
  const ends = placesOf("Ended");
  assert.ok(ends.length === 0 || (ends.length === 1 && ends[0] === events.length - 1), text);
}

const isMadeUp = (event: Payload | undefined): boolean => event?.["customData"] !== undefined;

/** Of every stop that was delivered and that ends what its start began. */
function assertBilled(events: readonly Payload[], { sessions }: Station): boolean {
  const [started, ended] = [events[0], events.at(-1)];
  if (ended?.["eventType"] !== "Ended" || isMadeUp(ended) || isMadeUp(started)) return false;
  const { idToken } = (started?.["idToken"] ?? {}) as Payload;
  const session = sessions.find(({ idTag }) => idTag === idToken);
  const told = Number(registerOf(ended, "Transaction.End")) - Number(registerOf(started, "Transaction.Begin"));
  assert.is(told, (session?.meterStop ?? Number.NaN) - (session?.meterStart ?? Number.NaN), JSON.stringify(events));
  return true;
}

test("§10 items 4 and 5 - each transaction once, in order, without a gap, and with its energy, whatever breaks", () => {
  const seen = { transactions: 0, billed: 0, repeated: 0, restarts: 0 };
  const runs = Number(process.env["TRANSLATION_RUNS"] ?? 100);
  fc.assert(
    fc.property(commands, (steps) => {
      const rig = new Rig();
      const station: Station = {
        running: new Map(),
        sessions: [],
        registers: [0, 10_000, 20_000],
        sent: [],
        minute: 0,
      };
      fc.modelRun(() => ({ model: station, real: rig }), steps);
      rig.settle();
      assert.equal(rig.world.defects, []);
      const transactions = transactionsOf(rig);
      for (const events of transactions) {
        assertOneStory(events);
        if (assertBilled(events, station)) seen.billed += 1;
      }
      const told = transactions.filter(([first]) => !isMadeUp(first));
      const starts = [...rig.arrived].filter(({ action }) => action === "StartTransaction");
      assert.is(told.length, starts.length, "each start that arrived is one transaction");
      seen.transactions += transactions.length;
      seen.repeated += rig.world.events.length - transactions.flat().length;
      seen.restarts += String(steps).split("gateway restarts").length - 1;
    }),
    { numRuns: runs },
  );
  // A history in which nothing happens would prove nothing.
  for (const [name, times] of Object.entries(seen)) assert.ok(times >= runs / 4, `${name}: ${times}`);
});

test.run();
