/**
 * Readings out of DataTransfer, whose data only its vendor understands: an embedding product brings a decoder for it. What a decoder
 * finds goes through the same closed tables as everything else, so a name, a unit or a word that no table has stays here, whatever
 * the decoder meant; and numbers go through the tripwire like all others. Without a decoder the data is not looked at.
 *
 * @see OCPP 1.6 edition 2 §4.3, §6.17 DataTransfer; OCPP 2.0.1 Part 2 P01, P02
 */
import type { Carrier, ExtractContext } from "./carrier.ts";
import { eventChannel, MAX_CONNECTOR_ID, MAX_EVSE_ID } from "./channels.ts";
import { decodedValue, monitored } from "./device-value.ts";
import { type EventName, eventNo, eventValue } from "./event-lists.ts";
import { MEASURAND_NAMES } from "./measurands.ts";
import type { Place } from "./memory.ts";
import { sample2x } from "./meter-values.ts";
import { type Instant, observedAt } from "./parse-timestamp.ts";
import { smallInteger, type Wire, wire } from "./wire.ts";

/** One reading that a decoder has found. */
export interface DecodedReading {
  /** 0: the whole station. In OCPP 1.6 the connector's number. */
  readonly evseId: number;
  /** Left out or 0: not said. */
  readonly connectorId?: number;
  /**
   * A measurand of OCPP (`Temperature`), `Component.Variable` of the allow-list (`PowerContactor.Tripped`), or `errorCode`,
   * `vendorErrorCode`, `vendorErrorCode.cleared`.
   */
  readonly name: string;
  /** A number; true or false; or a word that the variable or list has. Numbers as text are not taken. */
  readonly value: number | boolean | string;
  /** As OCPP spells it (`kW`), of measurands only. Left out: the measurand's own. */
  readonly unit?: string;
  readonly phase?: string;
  /** Of measurands only. Left out: `Outlet`. */
  readonly location?: string;
  /** 1 … 15, of components only. */
  readonly instance?: number;
  /** RFC 3339. Left out: when the message came. */
  readonly timestamp?: string;
}

/** Reads the DataTransfers of one vendor. */
export interface HealthDecoder {
  /** Exactly as stations send it. */
  readonly vendorId: string;
  /** Left out: every message of the vendor that has no decoder of its own. */
  readonly messageId?: string;
  /**
   * Called for each such message on the thread of the value lane: it has to be quick. `data` is as the station sent it, of any type and
   * unchecked. What is thrown costs this message its readings, and is counted.
   */
  decode(data: unknown): Iterable<DecodedReading>;
}

/** Decoders by vendor, then by message; the last of equals counts. */
export type Decoders = ReadonlyMap<unknown, ReadonlyMap<unknown, HealthDecoder>>;

/** Readings of one message; those beyond are left out, counted. */
const MAX_READINGS = 256;

/** Undefined: there are none. */
export function decoderTable(list: readonly HealthDecoder[]): Decoders | undefined {
  const table = new Map<string, Map<string | undefined, HealthDecoder>>();
  for (const decoder of list) {
    const ofVendor = table.get(decoder.vendorId) ?? new Map<string | undefined, HealthDecoder>();
    table.set(decoder.vendorId, ofVendor.set(decoder.messageId, decoder));
  }
  return table.size === 0 ? undefined : table;
}

/** Throws what the decoder throws, and nothing else. */
export const dataTransfer: Carrier = (payload, context) => {
  const { vendorId, messageId, data }: Wire<"vendorId" | "messageId" | "data"> = payload;
  const ofVendor = context.decoders?.get(vendorId);
  const decoder = ofVendor?.get(messageId) ?? ofVendor?.get(undefined);
  if (decoder === undefined) return 0;
  let [taken, left] = [0, 0];
  for (const reading of decoder.decode(data)) {
    taken += 1;
    if (taken > MAX_READINGS) return left + 1;
    left += observe(wire(reading) ?? {}, context);
  }
  return left;
};

type Reading = Wire<keyof DecodedReading>;

/** A decoder is somebody else's: what it hands over is looked at like a message. Returns 1 where it is left out. */
function observe(reading: Reading, context: ExtractContext): number {
  const evseId = smallInteger(reading.evseId, MAX_EVSE_ID);
  const connectorId = smallInteger(reading.connectorId ?? 0, MAX_CONNECTOR_ID);
  const { name } = reading;
  if (evseId < 0 || connectorId < 0 || typeof name !== "string") return 1;
  const place = { evseId, connectorId };
  const when = observedAt(reading.timestamp, context.receivedAt);
  if (MEASURAND_NAMES.includes(name)) return sampled(reading, place, when, context);
  const event = CODES.find((code) => code === name);
  return event === undefined ? device(reading, place, when, context) : coded(event, reading, place, when, context);
}

function sampled(
  { name, value, unit, phase, location }: Reading,
  place: Place,
  when: Instant,
  context: ExtractContext,
) {
  return sample2x({ measurand: name, value, phase, location, unitOfMeasure: { unit } }, place, when, context);
}

/** What has gone wrong; not what a station does, which the gateway sees itself. */
const CODES: readonly EventName[] = ["errorCode", "vendorErrorCode", "vendorErrorCode.cleared"];

function coded(name: EventName, { value }: Reading, place: Place, { at, quality }: Instant, { sink }: ExtractContext) {
  const code = eventValue(eventNo(name), value);
  if (code < 0) return 1;
  sink.observe(place.evseId, place.connectorId, eventChannel(name), at, code, quality);
  return 0;
}

function device(reading: Reading, place: Place, { at, quality }: Instant, { sink }: ExtractContext): number {
  const { name, instance, phase, value } = reading;
  const [component, variable, ...rest] = String(name).split(".");
  const number = typeof instance === "number" ? String(instance) : undefined;
  const what = monitored({ name: component, instance: number }, { name: variable, instance: phase });
  if (what === undefined || rest.length > 0) return 1;
  const read = decodedValue(what.channel, value);
  if (Number.isNaN(read)) return 1;
  sink.observe(place.evseId, place.connectorId, what.channel, at, read, quality);
  return 0;
}
