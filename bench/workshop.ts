/**
 * What all questions share: the load process with the CSMS double, the broker, and the subjects, each started when first
 * needed, warmed up once, and kept until the end, so that rounds can alternate between them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { type Broker, startBroker } from "./broker.ts";
import { LoadClient } from "./load/load-client.ts";
import type { ConnectRequest, ConnectResult } from "./load/protocol.ts";
import { direct, nginx, ocppRpcRelay, wsPassThrough } from "./subjects/baselines.ts";
import type { RunningSubject, Subject, SubjectName } from "./subjects/subject.ts";
import { twinlaneSubject, unspooledSubject } from "./subjects/twinlane.ts";

/** Where the CSMS double runs: in the load process, or in a second one. */
export type CsmsPlace = "shared" | "apart";

const WARMUP_STATIONS = 50;
const WARMUP_MS = 1500;

export class Workshop {
  readonly workDir = mkdtempSync(join(tmpdir(), "twinlane-bench-"));
  readonly load = new LoadClient();
  /** Subjects that cannot run here, and why. */
  readonly skipped: { readonly name: SubjectName; readonly reason: string }[] = [];
  readonly #apart = new LoadClient();
  readonly #running = new Map<string, RunningSubject>();
  readonly #profileDir: string | undefined;
  #broker: Broker | undefined;

  /** With `profileDir`, the gateway that the questions share leaves a CPU profile there. */
  constructor(profileDir: string | undefined) {
    this.#profileDir = profileDir;
  }

  static log(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** `ws://host:port` of the CSMS double. */
  async csmsUrl(place: CsmsPlace = "shared"): Promise<string> {
    const { port } = await (place === "shared" ? this.load : this.#apart).request({ op: "start-csms" });
    return `ws://127.0.0.1:${port}`;
  }

  async broker(): Promise<Broker> {
    this.#broker ??= await startBroker(this.workDir);
    return this.#broker;
  }

  /** The subjects of these names that can run here. */
  async subjects(names: readonly SubjectName[], place: CsmsPlace = "shared"): Promise<RunningSubject[]> {
    const found: RunningSubject[] = [];
    for (const name of names) {
      const subject = await this.subject(name, place);
      if (subject !== undefined) found.push(subject);
    }
    return found;
  }

  /** The running, warmed-up subject; undefined when it cannot run here. */
  async subject(name: SubjectName, place: CsmsPlace = "shared"): Promise<RunningSubject | undefined> {
    const key = `${name} ${place}`;
    const known = this.#running.get(key);
    if (known !== undefined) return known;
    const subject = await this.#describe(name);
    if (subject.missing !== undefined) {
      this.skip(name, subject.missing);
      return undefined;
    }
    const running = await subject.start({ csmsUrl: await this.csmsUrl(place), workDir: this.workDir });
    this.#running.set(key, running);
    await this.#warmUp(running);
    return running;
  }

  /** Connects stations of the load process. Rejects when one fails: a load with missing stations measures nothing. */
  async connect(request: Omit<ConnectRequest, "op" | "concurrency">): Promise<ConnectResult> {
    const result = await this.load.request({ op: "connect", concurrency: 50, ...request });
    if (result.failed > 0) throw new Error(`${result.failed} of ${request.count} stations failed: ${result.failure}`);
    return result;
  }

  async disconnect(group: string): Promise<void> {
    await this.load.request({ op: "disconnect", group });
  }

  /** Notes that a subject cannot run here. In CI that is an error: there nothing may be skipped. */
  skip(name: SubjectName, reason: string): void {
    const { CI = "" } = env;
    if (CI !== "") throw new Error(`${name}: ${reason}`);
    if (this.skipped.some((skipped) => skipped.name === name)) return;
    this.skipped.push({ name, reason });
    Workshop.log(`SKIPPED ${name}: ${reason}`);
  }

  /** Stops everything that was started and removes the work directory. */
  async close(): Promise<void> {
    for (const subject of this.#running.values()) await subject.stop();
    await this.#broker?.stop();
    await Promise.all([this.load.stop(), this.#apart.stop()]);
    rmSync(this.workDir, { recursive: true, force: true });
  }

  async #describe(name: SubjectName): Promise<Subject> {
    switch (name) {
      case "direct":
        return direct;
      case "ws":
        return wsPassThrough;
      case "ocpp-rpc":
        return ocppRpcRelay;
      case "nginx":
        return nginx;
      case "twinlane":
        return twinlaneSubject((await this.broker()).port, this.#profileDir);
      case "twinlane-unspooled":
        return unspooledSubject((await this.broker()).port, this.#profileDir);
    }
  }

  /** So that no round pays for the subject's just-in-time compilation. */
  async #warmUp({ url }: RunningSubject): Promise<void> {
    const group = "warm-up";
    const identityPrefix = "WARM-";
    await this.connect({
      group,
      baseUrl: url,
      identityPrefix,
      count: WARMUP_STATIONS,
      version: "both",
      setup: "transaction",
    });
    const measured = { warmupMs: 0, durationMs: WARMUP_MS, timeoutMs: 5000, seed: 0, cpuPids: [] };
    await this.load.request({ op: "closed-loop", group, mix: "authorize", ...measured });
    await this.disconnect(group);
  }
}
