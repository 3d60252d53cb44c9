/**
 * The bookkeeping of a Sparkplug edge node: sequence numbers, aliases, and which metrics each device has been born with. A host
 * takes data of metrics only that it knows from a birth; so a device is born again whenever it has a new one.
 *
 *     connect ─▶ NBIRTH (seq 0, bdSeq of the will) ─▶ DBIRTH of each device ─▶ DDATA …, DBIRTH where there is a new metric, DDATA …
 *
 * @see Eclipse Sparkplug 3.0 §4.3, §5, §6.4.19 to §6.4.26
 */
import { encodePayload, type Metric, type MetricType, type MetricValue, REBIRTH } from "./payload.ts";
import type { Reading } from "./readings.ts";

/** Metrics of one device; a message that needs more is not taken. */
const MAX_METRICS = 2_048;
const SEQUENCE = 256;

interface Born {
  readonly alias: number;
  readonly type: MetricType;
  /** The newest there is, whatever it was sent as. */
  value: MetricValue;
  timestamp: number;
}

type Device = Map<string, Born>;

export class EdgeNode {
  readonly #devices = new Map<string, Device>();
  readonly #node: Device = new Map();
  #nextAlias = 1;
  #seq = 0;
  #bdSeq: number;

  /** @param firstDeath number of the first will, 0 … 255 */
  constructor(firstDeath: number) {
    this.#bdSeq = (firstDeath + SEQUENCE - 1) % SEQUENCE;
  }

  /** Devices there has been data of. */
  get devices(): readonly string[] {
    return [...this.#devices.keys()];
  }

  /** The will of the next connection, which gets the next number. */
  nextWill(now: number): Uint8Array {
    this.#bdSeq = (this.#bdSeq + 1) % SEQUENCE;
    return this.death(now);
  }

  /** What the will says, for an orderly end. */
  death(now: number): Uint8Array {
    return encodePayload({ timestamp: now, metrics: [this.#birthDeath(now)] });
  }

  /** Begins the sequence again; every device has to be born after it. */
  birth(now: number): Uint8Array {
    this.#seq = 0;
    const rebirth: Metric = { name: REBIRTH, timestamp: now, type: "Boolean", value: false };
    return this.#numbered(now, [this.#birthDeath(now), rebirth, ...[...this.#node].map(bornMetric)]);
  }

  deviceBirth(device: string, now: number): Uint8Array {
    const metrics = [...(this.#devices.get(device) ?? [])].map(bornMetric);
    return this.#numbered(now, metrics);
  }

  /**
   * Makes the metrics of `readings` known.
   *
   * @param device undefined: the node itself
   * @returns `born`: it has to be born again first; `full`: no room for so many
   */
  learn(device: string | undefined, readings: readonly Reading[]): "known" | "born" | "full" {
    const metrics = this.#metricsOf(device);
    let isNew = false;
    for (const { name, type, value, timestamp } of readings) {
      const known = metrics.get(name);
      if (known === undefined && metrics.size >= MAX_METRICS) return "full";
      const born = known ?? { alias: this.#nextAlias, type, value, timestamp };
      if (known === undefined) {
        isNew = true;
        this.#nextAlias += 1;
        metrics.set(name, born);
      }
      // What waited on disk comes later than what is newer.
      if (timestamp >= born.timestamp) {
        born.value = value;
        born.timestamp = timestamp;
      }
    }
    return isNew ? "born" : "known";
  }

  /** Only of what {@link learn} has made known. */
  data(device: string | undefined, readings: readonly Reading[], now: number, isHistorical: boolean): Uint8Array {
    const metrics = this.#metricsOf(device);
    const data = readings.flatMap(({ name, ...reading }): readonly Metric[] => {
      const alias = metrics.get(name)?.alias;
      return alias === undefined ? [] : [{ alias, ...reading, isHistorical }];
    });
    return this.#numbered(now, data);
  }

  #metricsOf(device: string | undefined): Device {
    if (device === undefined) return this.#node;
    const known = this.#devices.get(device) ?? new Map();
    this.#devices.set(device, known);
    return known;
  }

  #numbered(timestamp: number, metrics: readonly Metric[]): Uint8Array {
    const seq = this.#seq;
    this.#seq = (seq + 1) % SEQUENCE;
    return encodePayload({ timestamp, metrics, seq });
  }

  #birthDeath(now: number): Metric {
    return { name: "bdSeq", timestamp: now, type: "Int64", value: this.#bdSeq };
  }
}

const bornMetric = ([name, born]: readonly [string, Born]): Metric => ({ name, ...born });
