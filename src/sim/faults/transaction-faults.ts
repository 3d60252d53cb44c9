/** Transactions that are not told as 1.6 says. */
import type { Payload } from "../../domain/ocpp/frame.ts";
import { listAt, numberAt, textAt } from "../wire.ts";
import { type Fault, type FaultHooks, payloadOf, rewriting, type WireFrame, withPayload } from "./fault.ts";

const WITH_ID = ["MeterValues", "StopTransaction"];

const register = (at: unknown, value: unknown, context: string): Payload => ({
  timestamp: at,
  sampledValue: [{ value: String(value), context, measurand: "Energy.Active.Import.Register", unit: "Wh" }],
});

/** The answer to a StartTransaction is lost once; the station asks again, under another message id. */
function startsAgain(): FaultHooks {
  const repeats = new Map<string | number, { frame: WireFrame; original: string | number }>();
  const lost = new Map<string | number, WireFrame>();
  let last = 0;
  return {
    out: (frame) => {
      if (payloadOf(frame, "StartTransaction") !== undefined) lost.set(frame[1], frame);
      return [frame];
    },
    in: (frame, wire) => {
      const [type, id] = frame;
      const first = type === 2 ? undefined : lost.get(id);
      if (first !== undefined) {
        lost.delete(id);
        last += 1;
        const again = `again-${last}`;
        repeats.set(again, { frame: first, original: id });
        wire.send([first[0], again, ...first.slice(2)]);
        return undefined;
      }
      const repeat = type === 2 ? undefined : repeats.get(id);
      if (repeat === undefined) return frame;
      repeats.delete(id);
      return [type, repeat.original, ...frame.slice(2)];
    },
  };
}

/** Whoever comes without a remote start charges freely: nobody is asked, and the stop is the first that is heard of it. */
function chargesFreely(): FaultHooks {
  const remote = new Set<string>();
  const begun = new Map<number, Payload>();
  let lastId = 900_000_000;
  return {
    in: (frame) => {
      const asked = payloadOf(frame, "RemoteStartTransaction");
      if (asked !== undefined) remote.add(textAt(asked, "idTag") ?? "");
      return frame;
    },
    out: (frame, wire) => {
      const start = payloadOf(frame, "StartTransaction");
      if (start !== undefined && !remote.delete(textAt(start, "idTag") ?? "")) {
        lastId += 1;
        begun.set(lastId, start);
        wire.deliver([3, frame[1], { transactionId: lastId, idTagInfo: { status: "Accepted" } }]);
        return [];
      }
      const stop = payloadOf(frame, "StopTransaction");
      const free = stop === undefined ? undefined : begun.get(numberAt(stop, "transactionId") ?? 0);
      if (stop === undefined || free === undefined) return [frame];
      const { idTag: _, ...rest } = stop;
      const begin = register(free["timestamp"], free["meterStart"], "Transaction.Begin");
      return [withPayload(frame, { ...rest, transactionData: [begin, ...listAt(stop, "transactionData")] })];
    },
  };
}

export const TRANSACTION_FAULTS: readonly Fault[] = [
  {
    name: "no-transaction-id",
    does: "leaves the transaction id out of MeterValues",
    evidence: "1.6 makes it optional; common",
    hooks: rewriting(["MeterValues"], ({ transactionId: _, ...rest }) => rest),
  },
  {
    name: "transaction-id-minus-one",
    does: "calls every transaction -1",
    evidence: "1.6 errata 3.18",
    hooks: rewriting(WITH_ID, (payload) => ({ ...payload, transactionId: -1 })),
  },
  {
    name: "transaction-id-zero",
    does: "calls every transaction 0",
    evidence: "stations that never keep the id they are given",
    hooks: rewriting(WITH_ID, (payload) => ({ ...payload, transactionId: 0 })),
  },
  {
    name: "transaction-id-text",
    does: "sends the transaction id as text",
    evidence: "stations ported from OCPP-S",
    hooks: rewriting(WITH_ID, (payload) =>
      payload["transactionId"] === undefined
        ? payload
        : { ...payload, transactionId: String(payload["transactionId"]) },
    ),
  },
  {
    name: "free-charging",
    does: "charges without a StartTransaction, and stops a transaction nobody knows",
    evidence: "stations in local free mode",
    hooks: chargesFreely,
  },
  {
    name: "start-again",
    does: "repeats StartTransaction under a new message id",
    evidence: "1.6 §3.7.1 leaves the id open; both are seen",
    hooks: startsAgain,
  },
  {
    name: "early-meter-values",
    does: "sends MeterValues before StartTransaction is answered",
    evidence: "stations that queue per message type",
    hooks: () => ({
      out: (frame, wire) => {
        const start = payloadOf(frame, "StartTransaction");
        if (start === undefined) return [frame];
        const value = register(start["timestamp"], start["meterStart"], "Sample.Periodic");
        return [frame, wire.extra("MeterValues", { connectorId: start["connectorId"], meterValue: [value] })];
      },
    }),
  },
  {
    name: "charging-before-start",
    does: "reports Charging before StartTransaction",
    evidence: "1.6 §4.9 orders nothing",
    hooks: () => ({
      out: (frame, wire) => {
        const start = payloadOf(frame, "StartTransaction");
        if (start === undefined) return [frame];
        const { connectorId } = start;
        return [wire.extra("StatusNotification", { connectorId, status: "Charging", errorCode: "NoError" }), frame];
      },
    }),
  },
  {
    name: "newest-first",
    does: "sends what waited during an outage in the wrong order",
    evidence: "stations that keep their queue as a stack",
    options: (options) => ({ ...options, queueOrder: "newest-first" }),
  },
];
