/**
 * The TransactionEvents that a CSMS was told, against the transactions of the 1.6 stations they tell of: each of them once, from
 * its Started to its Ended without a gap, with the registers of its station. Pure.
 */
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import type { Damage, Finding } from "./compare-ledgers.ts";

/** An event in the order of arrival, repeats included. */
export interface ToldEvent {
  /** Message id. */
  readonly id: string;
  readonly payload: Payload;
}

/** What the station knows of a transaction. */
export interface TrueTransaction {
  readonly connectorId: number;
  readonly meterStartWh: number;
  readonly meterStopWh: number;
  /** Registers with the times at which they were read; absent: readings are not compared. */
  readonly readings?: readonly { readonly at: string; readonly registerWh: number }[];
  /** The station still holds some of it, and is not coming back: whatever is known of it is as good as can be. */
  readonly isHeld?: boolean;
}

export interface TranslatedComparison {
  /** None: the books agree. Each names station and transaction. */
  readonly findings: readonly Finding[];
  /** Sum of the differences, over all transactions. */
  readonly energyDiffWh: number;
}

interface Told {
  readonly id: string;
  /** Distinct events, as they came first. */
  readonly events: Payload[];
}

interface Sample extends Payload {
  readonly value: number;
}

export function compareTranslated(
  station: string,
  truths: readonly TrueTransaction[],
  arrivals: readonly ToldEvent[],
): TranslatedComparison {
  const findings: Finding[] = [];
  let energyDiffWh = 0;
  const say = (damage: Damage, text: string) => findings.push({ damage, station, text: `${station}: ${text}` });
  const held = truths.filter(({ isHeld }) => isHeld === true);
  const left = new Set(distinct(arrivals, say).filter((told) => !held.some((truth) => isOf(told, truth))));
  for (const told of left) judgeCourse(told, say);
  for (const truth of truths) {
    if (truth.isHeld === true) continue;
    const told = toldOf(left, truth);
    if (told !== undefined) left.delete(told);
    energyDiffWh += Math.abs(judgeTruth(truth, told, say));
  }
  for (const told of left) {
    const [from, to] = [firstRegister(told), lastRegister(told)];
    const isKnown = truths.some((truth) => isOf(told, truth));
    say(isKnown ? "duplicated" : "invented", `${told.id} from ${from} to ${to} is no transaction`);
    energyDiffWh += (to ?? 0) - (from ?? to ?? 0);
  }
  return { findings, energyDiffWh };
}

/** Of those that begin where it began, the one that ends where it ended. */
function toldOf(left: ReadonlySet<Told>, truth: TrueTransaction): Told | undefined {
  const all = [...left].filter((told) => isOf(told, truth));
  return all.find((told) => lastRegister(told) === truth.meterStopWh) ?? all[0];
}

/** Wh by which the CSMS is wrong. */
function judgeTruth(truth: TrueTransaction, told: Told | undefined, say: Say): number {
  const { meterStartWh, meterStopWh } = truth;
  if (told === undefined) {
    say("lost", `nothing is known of ${describe(truth)}`);
    return meterStopWh - meterStartWh;
  }
  const diffWh = meterStopWh - (lastRegister(told) ?? meterStartWh);
  if (diffWh !== 0) say("energy", `${told.id} ends at ${lastRegister(told)}, and was ${describe(truth)}`);
  judgeReadings(told, truth, say);
  return diffWh;
}

type Say = (damage: Damage, text: string) => void;

function distinct(arrivals: readonly ToldEvent[], say: Say): readonly Told[] {
  const told = new Map<string, Told>();
  const seen = new Map<string, ToldEvent>();
  for (const arrival of arrivals) {
    const { payload, id } = arrival;
    const transaction = String((payload["transactionInfo"] as Payload)["transactionId"]);
    const key = `${transaction} ${payload["seqNo"]}`;
    const before = seen.get(key);
    if (before !== undefined) {
      if (before.id !== id) say("duplicated", `event ${key} came as ${before.id} and as ${id}`);
      if (contentOf(before.payload) !== contentOf(payload))
        say("altered", `event ${key} came as ${JSON.stringify(before.payload)} and as ${JSON.stringify(payload)}`);
      continue;
    }
    seen.set(key, arrival);
    const known = told.get(transaction) ?? { id: transaction, events: [] };
    told.set(transaction, known);
    known.events.push(payload);
  }
  return [...told.values()];
}

/** `offline` says how a message came to the gateway, which is another way after a crash; all else is what the message is. */
function contentOf({ offline: _, ...content }: Payload): string {
  return JSON.stringify(content);
}

/** Numbers from 0 without a gap, Started first and only there, Ended last and only there. */
function judgeCourse({ id, events }: Told, say: Say): void {
  const numbers = events.map(({ seqNo }) => Number(seqNo));
  const sorted = numbers.toSorted((a, b) => a - b);
  if (sorted.some((number, i) => number !== i)) say("lost", `${id} has the numbers ${numbers.join(" ")}`);
  else if (numbers.some((number, i) => number !== i)) say("reordered", `${id} has the numbers ${numbers.join(" ")}`);
  const types = events.map(({ eventType }) => String(eventType));
  const course = types.map((type) => type[0]).join("");
  if (!/^SU*E$/.test(course)) say("misattributed", `${id} went ${types.join(" ")}`);
}

function judgeReadings({ id, events }: Told, { readings = [] }: TrueTransaction, say: Say): void {
  for (const { at, registerWh } of readings) {
    const times = events.filter(
      (event) =>
        event["eventType"] === "Updated" &&
        valuesOf(event).some(({ timestamp }) => timestamp === at) &&
        samplesOf(event).some(({ value, measurand }) => measurand === ENERGY && value === registerWh),
    ).length;
    if (times === 0) say("lost", `${id} lacks the reading ${registerWh} Wh of ${at}`);
    if (times > 1) say("duplicated", `${id} has the reading ${registerWh} Wh of ${at} ${times} times`);
  }
}

const ENERGY = "Energy.Active.Import.Register";

function isOf(told: Told, { connectorId, meterStartWh }: TrueTransaction): boolean {
  const evse = (told.events[0]?.["evse"] as Payload | undefined)?.["id"];
  return firstRegister(told) === meterStartWh && (evse === undefined || evse === connectorId);
}

const valuesOf = (event: Payload): readonly Payload[] => (event["meterValue"] ?? []) as readonly Payload[];
const samplesOf = (event: Payload): readonly Sample[] =>
  valuesOf(event).flatMap(({ sampledValue }) => sampledValue as readonly Sample[]);

/** Wh; a signed value that has no number beside it is in the unit of its meter. */
function registerOf(event: Payload | undefined, context: string): number | undefined {
  const samples = event === undefined ? [] : samplesOf(event);
  const sample = samples.find((each) => each["context"] === context && each["measurand"] === ENERGY);
  const isKilo = (sample?.["unitOfMeasure"] as Payload | undefined)?.["unit"] === "kWh";
  return sample === undefined || !isKilo ? sample?.value : Math.round(sample.value * 1000);
}

const firstRegister = ({ events }: Told) =>
  registerOf(
    events.find(({ eventType }) => eventType === "Started"),
    "Transaction.Begin",
  );
const lastRegister = ({ events }: Told) =>
  registerOf(
    events.find(({ eventType }) => eventType === "Ended"),
    "Transaction.End",
  );

const describe = ({ connectorId, meterStartWh, meterStopWh }: TrueTransaction): string =>
  `a transaction at connector ${connectorId} from ${meterStartWh} to ${meterStopWh} Wh`;
