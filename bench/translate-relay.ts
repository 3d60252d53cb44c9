/**
 * What a MeterValues frame of a 1.6 station costs: relayed as it is, and translated to a TransactionEvent.
 *
 *     relay      bytes ─▶ inspect: decode, validate 1.6, classify, firewall ─▶ observations ─▶ answer of the CSMS ─▶ inspect
 *     translate  frame of the gateway ─▶ engine: parse, validate 1.6, rule, validate 2.0.1, text ─▶ answer of the CSMS ─▶ answer
 *
 * Both take turns in one run, on the same frames; none of them waits for anything.
 */
import { buildTranslate } from "../src/config/build-translate.ts";
import { epochMs, messageId, stationId } from "../src/domain/ids.ts";
import type { PendingCall } from "../src/domain/ocpp/call-gate.ts";
import { decodeFrame } from "../src/domain/ocpp/decode-frame.ts";
import type { Payload } from "../src/domain/ocpp/frame.ts";
import { loadValidators } from "../src/domain/ocpp/validate.ts";
import { extract } from "../src/domain/telemetry/extract.ts";
import { TelemetryMemory } from "../src/domain/telemetry/memory.ts";
import { initialTranslation, translationBlock } from "../src/domain/translate/blocks.ts";
import { TranslationEngine } from "../src/domain/translate/engine.ts";
import { envOf } from "../src/domain/translate/engine-env.ts";
import { inspect } from "../src/streams/inspect.ts";
import type { Connection } from "../src/streams/messages.ts";
import { type Figure, figure, ratio } from "./statistics.ts";

export interface TranslationCost {
  /** Microseconds of the processor for a frame. */
  readonly relayUs: Figure;
  readonly translateUs: Figure;
  readonly ratio: Figure;
}

const SAMPLES = [
  ["Energy.Active.Import.Register", "Wh", undefined],
  ["Power.Active.Import", "W", undefined],
  ["Current.Import", "A", "L1"],
  ["Current.Import", "A", "L2"],
  ["Current.Import", "A", "L3"],
  ["Voltage", "V", "L1-N"],
  ["Voltage", "V", "L2-N"],
  ["Voltage", "V", "L3-N"],
] as const;
const NOW = Date.UTC(2026, 0, 1, 10);
const MAX_DEPTH = 16;

const validators = { station: await loadValidators("ocpp1.6"), csms: await loadValidators("ocpp2.0.1") };

/** Eight samples, as in the bench of the health lane; no two frames alike, for repetitions are recognised. */
function frameText(n: number, transactionId: number): string {
  const sampledValue = SAMPLES.map(([measurand, unit, phase], i) => ({
    value: String(i === 0 ? 1000 + n : Math.round(20_000 + Math.sin(n + i) * 10_000) / 100),
    context: "Sample.Periodic",
    measurand,
    location: "Outlet",
    unit,
    ...(phase && { phase }),
  }));
  const timestamp = new Date(NOW + n * 1000).toISOString();
  return JSON.stringify([
    2,
    `m-${n}`,
    "MeterValues",
    { connectorId: 1, transactionId, meterValue: [{ timestamp, sampledValue }] },
  ]);
}

/** A relay as far as it looks at frames: the station's, and the CSMS's answer to it. */
function relay(): (bytes: Buffer) => void {
  let asked: PendingCall | undefined;
  const sink = { observe: () => undefined };
  const connection: Connection = {
    stationId: stationId("CP1"),
    no: 1,
    version: "ocpp1.6",
    pendingFor: () => asked,
    health: sink,
  };
  const options = { now: () => epochMs(NOW), maxDepth: MAX_DEPTH, validators: () => validators.station, rules: [] };
  const memory = new TelemetryMemory();
  const look = (from: "south" | "north", bytes: Buffer) => {
    const inspected = inspect({ connection, from, bytes }, options);
    if (!inspected.ok || inspected.violation !== undefined) throw new Error("not relayed");
    return inspected.message.frame;
  };
  return (bytes) => {
    const frame = look("south", bytes);
    if (frame.type !== 2) throw new Error("not a CALL");
    extract("ocpp1.6", frame, { receivedAt: epochMs(NOW), sink, memory });
    asked = { frame } as PendingCall;
    look("north", Buffer.from(`[3,${JSON.stringify(frame.id)},{}]`));
  };
}

/** The engine of a station with an open transaction, between a spool and a CSMS that answers at once. */
function translator(): { readonly transactionId: number; readonly take: (bytes: Buffer) => void } {
  const initial = initialTranslation();
  const engine = new TranslationEngine(
    {
      station: "CP1",
      block: translationBlock(),
      validators: { station: validators.station, csms: () => validators.csms },
      limits: { csmsTimeoutMs: 30_000, stationTimeoutMs: 28_000, attempts: 5, attemptIntervalMs: 10_000 },
    },
    {
      state: { ...initial, tx: { ...initial.tx, registration: "Accepted" } },
      kept: [],
      waiting: [],
      alarms: [],
    },
  );
  const settings = buildTranslate([]);
  let uuids = 0;
  const env = () =>
    envOf(engine, {
      now: epochMs(NOW),
      uuid: () => {
        uuids += 1;
        return `00000000-0000-4000-8000-${String(uuids).padStart(12, "0")}`;
      },
      settings,
      topology: undefined,
      northVersion: "ocpp2.0.1",
      isStationOnline: true,
      hasBacklog: false,
      validators: validators.csms,
    });
  /** Texts to the station and to the CSMS. */
  const sent = { station: "", csms: "" };
  const collect = (effects: ReturnType<typeof engine.tick>) => {
    for (const effect of effects) if (effect.do === "send") sent[effect.to] = effect.text;
  };
  const tell = (text: string) => {
    const [, asked, action, payload] = JSON.parse(text) as [2, string, string, Payload];
    const frame = { type: 2, id: messageId(asked), action, payload } as const;
    collect(
      engine.stationCall(
        { frame, numericId: false, offline: false, at: epochMs(NOW), comesAgain: action === "MeterValues" },
        env(),
      ),
    );
    const [id = ""] = /(?<=^\[2,")[^"]+/.exec(sent.csms) ?? [];
    const answer = `[3,"${id}",{}]`;
    const decoded = decodeFrame(answer, Buffer.from(answer), "ocpp2.0.1", MAX_DEPTH);
    if (!decoded.ok || decoded.value.type !== 3) throw new Error("no answer");
    collect(engine.csmsAnswer(decoded.value, env()));
  };
  collect(engine.connected("bench", env()));
  const start = { connectorId: 1, idTag: "TAG", meterStart: 1000, timestamp: new Date(NOW).toISOString() };
  tell(JSON.stringify([2, "start", "StartTransaction", start]));
  const { transactionId } = (JSON.parse(sent.station) as [3, string, { transactionId: number }])[2];
  const take = (bytes: Buffer) => {
    tell(bytes.toString("utf8"));
    if (!sent.csms.includes('"TransactionEvent"')) throw new Error("not translated");
  };
  return { transactionId, take };
}

/** @param rounds of `perRound` frames each, after one that warms up */
export function translationCost(rounds: number, perRound: number): TranslationCost {
  const relays = relay();
  const { transactionId, take } = translator();
  let n = 0;
  const frames = () =>
    Array.from({ length: perRound }, () => {
      n += 1;
      return Buffer.from(frameText(n, transactionId));
    });
  const measured = Array.from({ length: rounds + 1 }, () => {
    const batch = frames();
    return { relay: microseconds(batch, relays), translate: microseconds(batch, take) };
  }).slice(1);
  const [relayUs, translateUs] = (["relay", "translate"] as const).map((name) =>
    figure(measured.map((round) => round[name])),
  );
  if (relayUs === undefined || translateUs === undefined) throw new Error("nothing was measured");
  return { relayUs, translateUs, ratio: ratio(translateUs, relayUs) };
}

/** Of the processor, not of the wall: others may be at work. */
function microseconds(batch: readonly Buffer[], step: (bytes: Buffer) => void): number {
  const began = process.cpuUsage();
  for (const bytes of batch) step(bytes);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / batch.length;
}
