/**
 * A station of three connectors that sends its messages twice, late and in the wrong order, learns its transaction ids late or never,
 * and a CSMS that answers late: whatever happens, the events of each transaction are a sequence without a gap, Started first, Ended
 * last, and the registers are the station's.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { Job } from "../../../src/domain/translate/contract.ts";
import { at, plainTopology, TxWorld } from "../../support/tx-world.ts";

const CONNECTORS = 3;

type Op =
  | { readonly op: "start" | "losesStop" | "release" | "reply" | "goesOffline" | "comesBack" }
  | { readonly op: "sample"; readonly wh: number; readonly naming: "id" | "none" | "minus" }
  | { readonly op: "status"; readonly status: string }
  | { readonly op: "stop"; readonly data: boolean; readonly reason: string }
  | { readonly op: "resend"; readonly nth: number };

interface Step {
  readonly connector: number;
  readonly do: Op;
  /** Its message is delivered only later, after others. */
  readonly isHeld: boolean;
}

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Op>({ op: "start" }) },
  {
    weight: 5,
    arbitrary: fc.record<Op & { op: "sample" }>({
      op: fc.constant("sample"),
      wh: fc.nat(500),
      naming: fc.constantFrom("id", "id", "none", "minus"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record<Op & { op: "status" }>({
      op: fc.constant("status"),
      status: fc.constantFrom(
        "Available",
        "Preparing",
        "Charging",
        "SuspendedEV",
        "SuspendedEVSE",
        "Finishing",
        "Faulted",
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record<Op & { op: "stop" }>({
      op: fc.constant("stop"),
      data: fc.boolean(),
      reason: fc.constantFrom("Local", "Remote", "PowerLoss", "EVDisconnected", "Other"),
    }),
  },
  { weight: 4, arbitrary: fc.record<Op & { op: "resend" }>({ op: fc.constant("resend"), nth: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.constantFrom<Op>({ op: "release" }, { op: "losesStop" }) },
  { weight: 6, arbitrary: fc.constant<Op>({ op: "reply" }) },
  { weight: 1, arbitrary: fc.constantFrom<Op>({ op: "goesOffline" }, { op: "comesBack" }) },
);

const steps = fc.array(
  fc.record<Step>({
    connector: fc.integer({ min: 1, max: CONNECTORS }),
    do: op,
    isHeld: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
  }),
  { minLength: 15, maxLength: 50 },
);

/** One charging session as it really was. */
interface Session {
  readonly idTag: string;
  readonly meterStart: number;
  readonly start: Frame;
  tx16?: number;
  meterStop?: number;
}

interface Frame {
  readonly action: string;
  readonly payload: Payload;
  readonly session?: Session;
}

class Model {
  readonly world = new TxWorld({ topology: plainTopology(CONNECTORS) });
  readonly sessions: Session[] = [];
  readonly delivered: Frame[] = [];
  /** Starts and stops that were delivered at least once, in order. */
  readonly first: Frame[] = [];
  #second = 0;
  #offline = false;
  readonly #running = new Map<number, Session>();
  readonly #registers = new Map<number, number>();
  readonly #held: Frame[] = [];
  readonly #jobs: (Job | undefined)[] = [];

  run({ connector, do: what, isHeld }: Step): void {
    this.#second += 7;
    if (what.op === "start") this.#start(connector, isHeld);
    else if (what.op === "sample") this.#sample(connector, what.wh, what.naming, isHeld);
    else if (what.op === "status") this.#status(connector, what.status, isHeld);
    else if (what.op === "stop") this.#stop(connector, what.data, what.reason, isHeld);
    else if (what.op === "resend") this.#resend(what.nth);
    else if (what.op === "losesStop") this.#running.delete(connector);
    else if (what.op === "release") this.#release();
    else if (what.op === "reply") this.#reply();
    else this.#offline = what.op === "goesOffline";
  }

  end(): void {
    this.#release();
    while (this.#jobs.length > 0) this.#reply();
  }

  #start(connector: number, isHeld: boolean): void {
    if (this.#running.has(connector)) return;
    const meterStart = this.#registers.get(connector) ?? connector * 100_000;
    const idTag = `TAG${this.sessions.length}`;
    const payload = { connectorId: connector, idTag, meterStart, timestamp: at(this.#second) };
    const session: Session = { idTag, meterStart, start: { action: "StartTransaction", payload } };
    this.sessions.push(session);
    this.#running.set(connector, session);
    this.#registers.set(connector, meterStart);
    this.#send({ ...session.start, session }, isHeld);
  }

  #sample(connector: number, wh: number, naming: "id" | "none" | "minus", isHeld: boolean): void {
    const register = (this.#registers.get(connector) ?? connector * 100_000) + wh;
    this.#registers.set(connector, register);
    const tx16 = this.#running.get(connector)?.tx16;
    const named = naming === "id" && tx16 !== undefined ? { transactionId: tx16 } : {};
    const payload = {
      connectorId: connector,
      ...(naming === "minus" ? { transactionId: -1 } : named),
      meterValue: [{ timestamp: at(this.#second), sampledValue: [{ value: String(register) }] }],
    };
    this.#send({ action: "MeterValues", payload }, isHeld);
  }

  #stop(connector: number, hasData: boolean, reason: string, isHeld: boolean): void {
    const session = this.#running.get(connector);
    if (session === undefined) return;
    this.#running.delete(connector);
    session.meterStop = this.#registers.get(connector) ?? 0;
    const value = String(session.meterStop - 1);
    const sampledValue = [{ value, context: "Sample.Periodic" }];
    const payload = {
      transactionId: session.tx16 ?? -1,
      idTag: session.idTag,
      meterStop: session.meterStop,
      timestamp: at(this.#second),
      reason,
      ...(hasData ? { transactionData: [{ timestamp: at(this.#second - 1), sampledValue }] } : {}),
    };
    this.#send({ action: "StopTransaction", payload, session }, isHeld);
  }

  #status(connectorId: number, status: string, isHeld: boolean): void {
    const payload = { connectorId, errorCode: "NoError", status, timestamp: at(this.#second) };
    this.#send({ action: "StatusNotification", payload }, isHeld);
  }

  #resend(nth: number): void {
    const again = this.delivered[nth % Math.max(1, this.delivered.length)];
    if (again !== undefined) this.#deliver(again);
  }

  /** What was held comes now, the newest first. */
  #release(): void {
    for (const frame of this.#held.splice(0).reverse()) this.#deliver(frame);
  }

  #send(frame: Frame, isHeld: boolean): void {
    if (isHeld) this.#held.push(frame);
    else this.#deliver(frame);
  }

  #deliver(frame: Frame): void {
    if (!this.delivered.includes(frame)) this.first.push(frame);
    this.delivered.push(frame);
    this.world.station(frame.action, frame.payload, { offline: this.#offline });
    this.#learn();
    for (const { job } of this.world.asks()) if (job !== undefined) this.#jobs.push(job);
  }

  #reply(): void {
    const job = this.#jobs.shift();
    if (job === undefined) return;
    this.world.answered(job, { kind: "result", payload: {} });
    this.#learn();
  }

  /** The station gets the id of a start with its answer. */
  #learn(): void {
    for (const want of this.world.wants) {
      const tx16 = want.do === "answer" ? want.payload["transactionId"] : undefined;
      if (typeof tx16 !== "number") continue;
      const { idTag } = this.world.state.tx.transactions.find((one) => one.tx16 === tx16) ?? {};
      const session = this.sessions.find((one) => one.idTag === idTag);
      if (session !== undefined) session.tx16 = tx16;
    }
  }
}

function byTransaction(events: readonly Payload[]): Map<unknown, Payload[]> {
  const groups = new Map<unknown, Payload[]>();
  for (const event of events) {
    const { transactionId } = event["transactionInfo"] as Payload;
    groups.set(transactionId, [...(groups.get(transactionId) ?? []), event]);
  }
  return groups;
}

const register = (event: Payload | undefined, context: string): unknown =>
  ((event?.["meterValue"] ?? []) as { sampledValue: Payload[] }[])
    .flatMap(({ sampledValue }) => sampledValue)
    .findLast((sample) => sample["context"] === context)?.["value"];

function histories(check: (model: Model) => void, numRuns = 120): void {
  fc.assert(
    fc.property(steps, (list) => {
      const model = new Model();
      for (const step of list) model.run(step);
      model.end();
      check(model);
    }),
    { numRuns },
  );
}

test("§10 item 4 - seqNo counts from 0 without a gap, Started is first and once, Ended is last and once", () => {
  histories(({ world }) => {
    for (const events of byTransaction(world.events).values()) {
      assert.equal(
        events.map(({ seqNo }) => seqNo),
        events.map((_, i) => i),
      );
      assert.equal(
        events.flatMap(({ eventType }, i) => (eventType === "Started" ? [i] : [])),
        [0],
      );
      const ends = events.flatMap(({ eventType }, i) => (eventType === "Ended" ? [i] : []));
      assert.ok(ends.length === 0 || (ends.length === 1 && ends[0] === events.length - 1), JSON.stringify(events));
    }
  });
});

test("§10 item 4 - each start is told once, however often it comes, and tx16 and UUID are never given twice", () => {
  histories(({ world, first }) => {
    const started = world.events.filter(
      ({ eventType, customData }) => eventType === "Started" && customData === undefined,
    );
    assert.is(started.length, first.filter(({ action }) => action === "StartTransaction").length);
    const { transactions } = world.state.tx;
    assert.is(new Set(transactions.map(({ tx16 }) => tx16)).size, transactions.length);
    assert.is(new Set(transactions.map(({ id }) => id)).size, transactions.length);
  });
});

test("§10 item 5 - the difference of the registers is the station's, for each transaction that its stop has ended", () => {
  histories(({ world, sessions }) => {
    for (const events of byTransaction(world.events).values()) {
      const [started] = events;
      const ended = events.at(-1);
      if (ended?.["eventType"] !== "Ended" || ended["customData"] !== undefined) continue;
      const { idToken } = (started?.["idToken"] ?? {}) as Payload;
      const session = sessions.find(({ idTag }) => idTag === idToken);
      assert.is(register(started, "Transaction.Begin"), session?.meterStart);
      assert.is(register(ended, "Transaction.End"), session?.meterStop);
    }
  });
});

test("§10 item 5 - no stop is lost: each is told once, as an Ended or, after an end that was made up, as meter values", () => {
  histories(({ first, world }) => {
    const stops = first.filter(({ action }) => action === "StopTransaction");
    const told = world.events.filter(
      (event) =>
        event["eventType"] === "Ended" &&
        (event["customData"] as Payload | undefined)?.["synthesizedEnd"] === undefined,
    );
    const keys = world.state.tx.transactions.flatMap(({ stopKey }) => (stopKey === undefined ? [] : [stopKey]));
    // Fewer than are kept, so all keys are there.
    assert.is(new Set(keys).size, stops.length);
    assert.ok(told.length <= stops.length);
    for (const { payload } of stops) {
      const isTold = told.some((event) => register(event, "Transaction.End") === payload["meterStop"]);
      const wasEnded = world.events.some((event) => {
        const { synthesizedEnd } = (event["customData"] ?? {}) as Payload;
        return synthesizedEnd === true;
      });
      assert.ok(isTold || wasEnded, JSON.stringify(payload));
    }
  });
});

test("the histories are worth running: they have repetitions, recovered, replaced and −1 transactions", () => {
  const seen = { repeated: 0, recovered: 0, synthesized: 0, minus: 0, ended: 0, offline: 0 };
  histories(({ world, delivered, first }) => {
    const marks = world.events.map(({ customData }) => (customData ?? {}) as Payload);
    const count = (isSo: (event: Payload, i: number) => boolean) => world.events.filter(isSo).length;
    seen.repeated += delivered.length - first.length;
    seen.recovered += count((_event, i) => marks[i]?.["recovered"] === true);
    seen.synthesized += count((_event, i) => marks[i]?.["synthesizedEnd"] === true);
    seen.ended += count(({ eventType, customData }) => eventType === "Ended" && customData === undefined);
    seen.offline += count(({ offline }) => offline === true);
    seen.minus += first.filter(({ payload }) => payload["transactionId"] === -1).length;
  });
  for (const [name, times] of Object.entries(seen)) assert.ok(times > 5, `${name}: ${times}`);
});

test.run();
