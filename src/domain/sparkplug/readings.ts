/**
 * The health lane's messages as Sparkplug metrics. Names are folders of words from the closed tables:
 *
 *     Voltage/L1/Outlet · Connector 1/Temperature/Cable · AirCoolingSystem.FanSpeed/2 · Voltage/L1/Outlet/Mean · Event/status · Health
 *
 * @see docs/health.md for the messages
 */
import type { MetricType, MetricValue } from "./payload.ts";

/** A metric's value at an instant. */
export interface Reading {
  readonly name: string;
  readonly timestamp: number;
  readonly type: MetricType;
  readonly value: MetricValue;
  readonly properties?: { readonly [name: string]: boolean };
}

interface Channel {
  readonly name: string;
  readonly phase?: string;
  readonly location?: string;
  readonly instance?: number;
  readonly connector?: number;
}

type Columns = { readonly [alias: string]: readonly number[] };

/** What a message of ours may hold; it is read back from text, so nothing is sure. */
export interface HealthMessage {
  readonly b?: string;
  readonly t?: number;
  readonly r?: number;
  readonly t0?: number;
  readonly m?: Columns;
  readonly s?: Columns;
  readonly g?: Columns;
  readonly w?: Columns;
  readonly e?: { readonly [event: string]: string | number };
  readonly c?: number;
  readonly channels?: { readonly [alias: string]: Channel };
}

const WINDOW = ["Samples", "Minimum", "Maximum", "Mean", "Deviation"] as const;

/** Aliases of one boot in words; only a birth message has them. */
export function channelNames({ channels = {} }: HealthMessage): ReadonlyMap<string, string> {
  return new Map(Object.entries(channels).map(([alias, channel]) => [alias, nameOf(channel)]));
}

function nameOf({ name, phase, location, instance, connector }: Channel): string {
  const folder = connector === undefined ? [] : [`Connector ${connector}`];
  return [...folder, name, instance, phase, location].filter((part) => part !== undefined).join("/");
}

/** Undefined where the batch has a channel that no birth has explained. */
export function batchReadings(
  message: HealthMessage,
  names: ReadonlyMap<string, string>,
): readonly Reading[] | undefined {
  const { t0 = 0, r = t0, m = {}, s = {}, g = {}, w = {} } = message;
  const readings: Reading[] = [];
  for (const [alias, flat] of Object.entries(m)) {
    const name = names.get(alias);
    if (name === undefined) return undefined;
    const [suspects, begins] = [new Set(s[alias]), new Set(g[alias])];
    for (let i = 0; 2 * i + 1 < flat.length; i += 1) {
      const timestamp = t0 + (flat[2 * i] ?? 0);
      const properties = { suspect: suspects.has(i), gap: begins.has(i) };
      readings.push({ name, timestamp, type: "Double", value: flat[2 * i + 1] ?? null, properties });
    }
  }
  for (const [alias, figures] of Object.entries(w)) {
    const name = names.get(alias);
    if (name === undefined) return undefined;
    for (const [i, figure] of WINDOW.entries()) {
      readings.push({ name: `${name}/${figure}`, timestamp: r, type: "Double", value: figures[i] ?? null });
    }
  }
  return readings;
}

export function eventReadings({ t = 0, e = {}, c, s }: HealthMessage): readonly Reading[] {
  const folder = c === undefined ? "Event" : `Connector ${c}/Event`;
  return Object.entries(e).map(([event, value]) => ({
    name: `${folder}/${event}`,
    timestamp: t,
    type: typeof value === "number" ? "Double" : "String",
    value,
    properties: { suspect: s !== undefined },
  }));
}

/** A message that is more than numbers, whole: figures of a session, state of health, chunks of a scene, a gap. */
export const wholeReading = (name: string, timestamp: number, text: string): Reading => ({
  name,
  timestamp,
  type: "String",
  value: text,
});
