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

/** What the station knows of a transaction that has ended. */
export interface TrueTransaction {
  readonly connectorId: number;
  readonly meterStartWh: number;
  readonly meterStopWh: number;
  /** Registers with the times at which they were read; absent: readings are not compared. */
  readonly readings?: readonly { readonly at: string; readonly registerWh: number }[];
}

interface Told {
  readonly id: string;
  /** Distinct events, as they came first. */
  readonly events: Payload[];
}

interface Sample extends Payload {
  readonly value: number;
}

/** Findings that name station and transaction; none: the books agree. */
export function translatedFindings(
  station: string,
  truths: readonly TrueTransaction[],
  arrivals: readonly ToldEvent[],
): readonly Finding[] {
  const findings: Finding[] = [];
  const say = (damage: Damage, text: string) => findings.push({ damage, station, text: `${station}: ${text}` });
  const left = new Set(distinct(arrivals, say));
  for (const told of left) judgeCourse(told, say);
  for (const truth of truths) {
    const all = [...left].filter((told) => isOf(told, truth));
    const told = all.find((each) => lastRegister(each) === truth.meterStopWh) ?? all[0];
    if (told === undefined) say("lost", `nothing is known of ${describe(truth)}`);
    else {
      left.delete(told);
      if (lastRegister(told) !== truth.meterStopWh)
        say("energy", `${told.id} ends at ${lastRegister(told)}, and was ${describe(truth)}`);
      judgeReadings(told, truth, say);
    }
  }
  for (const told of left) {
    const isKnown = truths.some((truth) => isOf(told, truth));
    say(
      isKnown ? "duplicated" : "invented",
      `${told.id} from ${firstRegister(told)} to ${lastRegister(told)} is no transaction`,
    );
  }
  return findings;
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
      if (JSON.stringify(before.payload) !== JSON.stringify(payload))
        say("altered", `event ${key} came with other content`);
      continue;
    }
    seen.set(key, arrival);
    const known = told.get(transaction) ?? { id: transaction, events: [] };
    told.set(transaction, known);
    known.events.push(payload);
  }
  return [...told.values()];
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
