/**
 * What a MeterValues frame of a 1.6 station costs: relayed as it is, and translated to a TransactionEvent.
 *
 *     relay      bytes ─▶ the gateway's lanes: decode, validate 1.6, classify, firewall, call gate, observations ─▶ answer, likewise
 *     translate  frame of the gateway ─▶ engine: validate 1.6, rule, validate 2.0.1, text ─▶ answer of the CSMS ─▶ decode, answer
 *
 * The gateway has decoded the frame when the translation gets it, so that is part of the relay alone.
 * Both take turns in one run, on the same frames; none of them waits for anything.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { buildTranslate } from "../src/config/build-translate.ts";
import { epochMs, messageId } from "../src/domain/ids.ts";
import { decodeFrame } from "../src/domain/ocpp/decode-frame.ts";
import type { CallFrame, Payload } from "../src/domain/ocpp/frame.ts";
import { loadValidators } from "../src/domain/ocpp/validate.ts";
import { initialTranslation, translationBlock } from "../src/domain/translate/blocks.ts";
import { TranslationEngine } from "../src/domain/translate/engine.ts";
import { envOf } from "../src/domain/translate/engine-env.ts";
import { type Figure, figure, ratio } from "./statistics.ts";
import { openTripRig } from "./trip-rig.ts";

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
/** Meter values that the gateway relays in one turn of the event loop; more would wait for its end. */
const STATIONS = 3;

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

interface Relay {
  /** Frames of stations and the CSMS's answers to them, there and back. */
  readonly take: (trips: readonly Trip[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The gateway's own lanes, without sockets and without a spool. */
async function openRelay(): Promise<Relay> {
  const { lanes, counters, connect, close } = await openTripRig();
  const connections = Array.from({ length: STATIONS }, (_, i) => connect(i + 1, "ocpp1.6"));
  const push = (trips: readonly Trip[], from: "south" | "north") => {
    for (const [i, connection] of connections.entries()) {
      const trip = trips[i];
      if (trip !== undefined) lanes.push({ connection, from, bytes: from === "south" ? trip.bytes : trip.answer });
    }
  };
  const take = async (trips: readonly Trip[]) => {
    const before = counters.framesSouthOut;
    for (let at = 0; at < trips.length; at += STATIONS) {
      const some = trips.slice(at, at + STATIONS);
      push(some, "south");
      push(some, "north");
      await nextTurn();
    }
    if (counters.framesSouthOut !== before + trips.length) throw new Error("not relayed");
  };
  return { take, close };
}

/** The engine of a station with an open transaction, between a spool and a CSMS that answers at once. */
function translator(): { readonly transactionId: number; readonly take: (frame: CallFrame) => void } {
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
  const tell = (frame: CallFrame) => {
    const { action } = frame;
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
  tell({ type: 2, id: messageId("start"), action: "StartTransaction", payload: start });
  const { transactionId } = (JSON.parse(sent.station) as [3, string, { transactionId: number }])[2];
  const take = (frame: CallFrame) => {
    tell(frame);
    if (!sent.csms.includes('"TransactionEvent"')) throw new Error("not translated");
  };
  return { transactionId, take };
}

/** @param rounds of `perRound` frames each, after one that warms up */
export async function translationCost(rounds: number, perRound: number): Promise<TranslationCost> {
  const relay = await openRelay();
  const { transactionId, take } = translator();
  const measured: { readonly relay: number; readonly translate: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const batch = Array.from({ length: perRound }, (_, i) => tripOf(round * perRound + i, transactionId));
    const relayed = await microseconds(perRound, () => relay.take(batch));
    const translated = await microseconds(perRound, () => {
      for (const { frame } of batch) take(frame);
    });
    if (round > 0) measured.push({ relay: relayed, translate: translated });
  }
  await relay.close();
  const relayUs = figure(measured.map((round) => round.relay));
  const translateUs = figure(measured.map((round) => round.translate));
  return { relayUs, translateUs, ratio: ratio(translateUs, relayUs) };
}

interface Trip {
  readonly bytes: Buffer;
  readonly answer: Buffer;
  /** As the gateway has decoded it. */
  readonly frame: CallFrame;
}

function tripOf(n: number, transactionId: number): Trip {
  const text = frameText(n, transactionId);
  const [, id, action, payload] = JSON.parse(text) as [2, string, string, Payload];
  return {
    bytes: Buffer.from(text),
    answer: Buffer.from(`[3,"${id}",{}]`),
    frame: { type: 2, id: messageId(id), action, payload },
  };
}

/** Of the processor, not of the wall: others may be at work. */
async function microseconds(count: number, work: () => void | Promise<void>): Promise<number> {
  const began = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / count;
}
