/**
 * Looks at what is around the gateway twice a minute: its own memory, disk and file descriptors, its clock, and once whether it is
 * the program of the last start (R30), and on Linux which
 * network card answers under the addresses of its stations (R27). What cannot be read here is not judged.
 */
import { readdir, readFile, statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import type { GatewayConfig } from "../../config/types.ts";
import { NeighbourWatch, parseArpTable } from "../../domain/intrusion/neighbours.ts";
import { ResourceWatch, type Usage } from "../../domain/intrusion/resources.ts";
import type { Clock } from "../../ports.ts";
import { compareWithLastStart } from "./last-start.ts";
import type { Incident, Sentinel } from "./sentinel.ts";

export interface SurroundingsOptions {
  readonly sentinel: Sentinel;
  readonly clock: Clock;
  readonly config: GatewayConfig;
  /** Where stations are connected from. */
  readonly addresses: () => ReadonlySet<string>;
}

const PERIOD_MS = 30_000;
/** A start has more urgent things to read than the whole program. */
const COMPARE_MS = 10_000;

export class Surroundings {
  readonly #options: SurroundingsOptions;
  readonly #resources = new ResourceWatch();
  readonly #neighbours = new NeighbourWatch();
  #timer: NodeJS.Timeout | undefined;
  #compare: NodeJS.Timeout | undefined;

  constructor(options: SurroundingsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), PERIOD_MS);
    this.#timer.unref();
    void this.look();
    const { config, sentinel } = this.#options;
    const report = (incident: Incident) => sentinel.report(incident);
    this.#compare = setTimeout(() => void compareWithLastStart({ config, report }), COMPARE_MS);
    this.#compare.unref();
  }

  stop(): void {
    clearTimeout(this.#compare);
    clearInterval(this.#timer);
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { sentinel, clock, config, addresses } = this.#options;
    const usage = await usageOf(config.dataDir);
    for (const { event, reason } of this.#resources.look(usage, clock.now(), clock.monotonicMs())) {
      sentinel.report({ rule: "R30", event, reason });
    }
    sentinel.isShort = this.#resources.isShort;
    const table = parseArpTable(await readFile("/proc/net/arp", "utf8").catch(() => ""));
    const stations = table.length === 0 ? new Set<string>() : addresses();
    for (const { kind, address } of this.#neighbours.look(table, (one) => stations.has(one))) {
      const reason = kind === "shared" ? "one network card under two addresses" : "another network card";
      sentinel.report({ rule: "R27", reason, address });
    }
  }
}

async function usageOf(dataDir: string): Promise<Usage> {
  const [disk, files] = await Promise.all([diskUsage(dataDir), fileUsage()]);
  return { memory: process.memoryUsage.rss() / availableMemory(), disk, files };
}

/** What a container allows, where it says so; the machine's otherwise. Both report "no limit" as a huge number. */
function availableMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 && allowed < totalmem() ? allowed : totalmem();
}

async function diskUsage(dataDir: string): Promise<number | undefined> {
  const stats = await statfs(dataDir).catch(() => undefined);
  return stats === undefined || stats.blocks === 0 ? undefined : 1 - stats.bavail / stats.blocks;
}

async function fileUsage(): Promise<number | undefined> {
  try {
    const limits = await readFile("/proc/self/limits", "utf8");
    const most = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
    return most > 0 ? (await readdir("/proc/self/fd")).length / most : undefined;
  } catch {
    return undefined;
  }
}
