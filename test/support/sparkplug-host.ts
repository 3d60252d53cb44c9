/** A Sparkplug host application, strict: what no conforming host would understand is an error. */
import { readFields } from "../../src/domain/sparkplug/wire.ts";

export interface HostMetric {
  readonly name: string | undefined;
  readonly alias: number | undefined;
  readonly timestamp: number;
  readonly datatype: number;
  readonly isHistorical: boolean;
  readonly value: number | string | boolean | null;
  readonly properties: readonly string[];
}

export interface HostPayload {
  readonly timestamp: number;
  readonly seq: number | undefined;
  readonly metrics: readonly HostMetric[];
}

const text = (bytes: unknown): string => new TextDecoder().decode(bytes as Uint8Array);

function metricOf(bytes: Uint8Array): HostMetric {
  const fields = new Map((readFields(bytes) ?? []).map(({ no, value }) => [no, value]));
  const double = fields.get(13);
  const properties = readFields((fields.get(9) as Uint8Array | undefined) ?? new Uint8Array()) ?? [];
  const value = () => {
    if (double instanceof Uint8Array) return new DataView(double.buffer, double.byteOffset).getFloat64(0, true);
    if (fields.has(15)) return text(fields.get(15));
    if (fields.has(14)) return fields.get(14) === 1;
    return fields.has(7) ? null : Number(fields.get(11));
  };
  return {
    name: fields.has(1) ? text(fields.get(1)) : undefined,
    alias: fields.get(2) as number | undefined,
    timestamp: Number(fields.get(3)),
    datatype: Number(fields.get(4)),
    isHistorical: fields.get(5) === 1,
    value: value(),
    properties: properties.filter(({ no }) => no === 1).map(({ value: name }) => text(name)),
  };
}

export function decodeSparkplug(bytes: Uint8Array): HostPayload {
  const fields = readFields(bytes);
  if (fields === undefined) throw new Error("no payload");
  const number = (no: number) => fields.find((field) => field.no === no)?.value as number | undefined;
  const metrics = fields.flatMap(({ no, value }) => (no === 2 ? [metricOf(value as Uint8Array)] : []));
  return { timestamp: number(1) ?? 0, seq: number(3), metrics };
}

/** Of one edge node; throws at what breaks the rules. */
export class SparkplugHost {
  /** Values as they came, `device metric=value`, historical ones with `~`. */
  readonly seen: string[] = [];
  readonly births: string[] = [];
  deaths = 0;
  isOnline = false;
  #seq = 0;
  #bdSeq: unknown;
  readonly #aliases = new Map<string, Map<number, HostMetric>>();

  take(topic: string, bytes: Uint8Array): void {
    const [namespace, , type = "", , device = ""] = topic.split("/");
    if (namespace !== "spBv1.0") throw new Error(topic);
    const payload = decodeSparkplug(bytes);
    if (type === "NDEATH") this.#die(payload);
    else if (type !== "NCMD") this.#hear(type, device, payload);
  }

  #die({ metrics }: HostPayload): void {
    // One that belongs to an earlier connection says nothing about this one (§5.3).
    if (metrics[0]?.value !== this.#bdSeq) return;
    this.deaths += 1;
    this.isOnline = false;
    this.#aliases.clear();
  }

  #hear(type: string, device: string, { seq, metrics }: HostPayload): void {
    if (type === "NBIRTH") {
      if (seq !== 0) throw new Error(`NBIRTH with seq ${seq}`);
      this.#bdSeq = metrics.find(({ name }) => name === "bdSeq")?.value;
      this.isOnline = true;
      this.#aliases.clear();
    } else if (!this.isOnline || seq !== (this.#seq + 1) % 256) {
      throw new Error(`${type} with seq ${seq} after ${this.#seq}`);
    }
    this.#seq = seq ?? 0;
    if (type.endsWith("BIRTH")) this.#bear(device, metrics);
    else this.#learn(type, device, metrics);
  }

  #bear(device: string, metrics: readonly HostMetric[]): void {
    this.births.push(device);
    const all = [...this.#aliases.values()].flatMap((each) => [...each.keys()]);
    const mine = new Map<number, HostMetric>();
    for (const metric of metrics) {
      if (metric.name === undefined || metric.isHistorical) throw new Error("a birth needs names and the present");
      if (metric.alias !== undefined) mine.set(metric.alias, metric);
    }
    const others = this.#aliases.get(device);
    if (all.some((alias) => mine.has(alias) && others?.has(alias) !== true)) throw new Error("an alias of two");
    this.#aliases.set(device, mine);
  }

  #learn(type: string, device: string, metrics: readonly HostMetric[]): void {
    const known = this.#aliases.get(device);
    for (const { name, alias, value, isHistorical, datatype } of metrics) {
      const born = known?.get(alias ?? -1);
      if (born === undefined || name !== undefined) throw new Error(`${type} of an unknown metric`);
      if (born.datatype !== datatype) throw new Error(`${type} of another type`);
      this.seen.push(`${device} ${born.name}${isHistorical ? "~" : ""}=${value}`);
    }
  }
}
