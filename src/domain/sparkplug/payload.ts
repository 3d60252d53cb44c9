/**
 * Sparkplug B payloads: what a metric and a message of metrics are on the wire.
 *
 * @see Eclipse Sparkplug 3.0 §6.4 Sparkplug B MQTT Payloads
 */
import { readFields, Writer } from "./wire.ts";

/** `null`: known by name, without a value for now. */
export type MetricValue = number | string | boolean | null;

/** §6.4.16; of what the health lane has. */
export type MetricType = "Int64" | "Double" | "Boolean" | "String";

const TYPES: Readonly<Record<MetricType, number>> = { Int64: 4, Double: 10, Boolean: 11, String: 12 };

export interface Metric {
  /** Left out in data: the alias says it. */
  readonly name?: string;
  readonly alias?: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly type: MetricType;
  readonly value: MetricValue;
  /** From before the connection was made: not what is now. */
  readonly isHistorical?: boolean;
  /** True ones are sent as properties. */
  readonly properties?: { readonly [name: string]: boolean };
}

export interface SparkplugPayload {
  readonly timestamp: number;
  readonly metrics: readonly Metric[];
  /** 0 … 255; a death has none. */
  readonly seq?: number;
}

export function encodePayload({ timestamp, metrics, seq }: SparkplugPayload): Uint8Array {
  const writer = new Writer();
  writer.varint(1, timestamp);
  for (const metric of metrics) writer.block(2, encodeMetric(metric));
  if (seq !== undefined) writer.varint(3, seq);
  return writer.bytes;
}

function encodeMetric({ name, alias, timestamp, type, value, isHistorical, properties }: Metric): Uint8Array {
  const writer = new Writer();
  if (name !== undefined) writer.text(1, name);
  if (alias !== undefined) writer.varint(2, alias);
  writer.varint(3, Math.max(0, timestamp));
  writer.varint(4, TYPES[type]);
  if (isHistorical === true) writer.varint(5, 1);
  if (value === null) writer.varint(7, 1);
  const names = Object.entries(properties ?? {}).flatMap(([property, isSo]) => (isSo ? [property] : []));
  if (names.length > 0) writer.block(9, encodeProperties(names));
  encodeValue(writer, type, value);
  return writer.bytes;
}

function encodeValue(writer: Writer, type: MetricType, value: MetricValue): void {
  if (typeof value === "string") writer.text(15, value);
  else if (typeof value === "boolean") writer.varint(14, value ? 1 : 0);
  else if (typeof value === "number" && type === "Double") writer.double(13, value);
  else if (typeof value === "number") writer.varint(11, value);
}

/** All of them true. */
function encodeProperties(names: readonly string[]): Uint8Array {
  const set = new Writer();
  for (const name of names) set.text(1, name);
  for (const _ of names) {
    const value = new Writer();
    value.varint(1, TYPES.Boolean);
    value.varint(7, 1);
    set.block(2, value.bytes);
  }
  return set.bytes;
}

export const REBIRTH = "Node Control/Rebirth";

/** True where a command to the node asks for its births again (§6.4.30). Anything else is no command of ours. Never throws. */
export function asksForRebirth(bytes: Uint8Array): boolean {
  const metrics = (readFields(bytes) ?? []).filter(({ no }) => no === 2);
  return metrics.some(({ value }) => {
    const fields = typeof value === "number" ? [] : (readFields(value) ?? []);
    const name = fields.find(({ no }) => no === 1)?.value;
    const isNamed = name instanceof Uint8Array && new TextDecoder().decode(name) === REBIRTH;
    return isNamed && fields.some(({ no, value: flag }) => no === 14 && flag === 1);
  });
}
