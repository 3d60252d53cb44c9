/** Everything a demonstration watches: both lanes, both ends, and what is broken on purpose. */
import type { BrokerMessage } from "../sim/broker.ts";
import type { CsmsMessage } from "../sim/csms-ledger.ts";
import { HealthSequence } from "../sim/health-sequence.ts";
import { type Leak, PrivacyScan } from "../sim/privacy-scan.ts";
import type { CallOutcome } from "../sim/rpc-peer.ts";
import type { StationEvent } from "../sim/station-options.ts";
import { ForkPairs } from "./fork-pair.ts";
import { LatencyHistogram } from "./latency.ts";

/** Something that was broken on purpose, or that the CSMS asked for. */
export interface Happening {
  /** Seconds since the start. */
  readonly atSec: number;
  readonly stationId: string;
  readonly text: string;
}

/** Published messages kept for the last search, when every identifier that was ever used is known. */
const KEPT_MESSAGES = 5_000;
const KEPT_LEAKS = 100;
const KEPT_HAPPENINGS = 8;
const FAULTS = new Set<StationEvent["kind"]>(["fault", "drop", "slow"]);

export class DemoObserver {
  readonly authorize = new LatencyHistogram();
  readonly calls = new LatencyHistogram();
  readonly scan = new PrivacyScan();
  readonly sequence = new HealthSequence();
  readonly fork = new ForkPairs();
  readonly happenings: Happening[] = [];
  /** Faults injected so far. */
  faults = 0;
  /** Commands of the CSMS that reached a station. */
  commands = 0;
  healthMessages = 0;
  healthBytes = 0;
  readonly #began = performance.now();
  readonly #leaks: Leak[] = [];
  #kept: Pick<BrokerMessage, "topic" | "payload">[] = [];

  get elapsedSec(): number {
    return (performance.now() - this.#began) / 1000;
  }

  onStationEvent({ stationId, kind, detail }: StationEvent): void {
    if (kind === "command") this.commands += 1;
    if (FAULTS.has(kind)) this.fault(stationId, kind === "slow" ? `answers ${detail} late` : detail);
  }

  /** Notes a fault that was injected. */
  fault(stationId: string, text: string): void {
    this.faults += 1;
    this.happenings.push({ atSec: this.elapsedSec, stationId, text });
    if (this.happenings.length > KEPT_HAPPENINGS) this.happenings.shift();
  }

  onCall(action: string, outcome: CallOutcome): void {
    if (outcome.kind !== "result" && outcome.kind !== "error") return;
    this.calls.add(outcome.ms);
    if (action === "Authorize") this.authorize.add(outcome.ms);
    const transactionId = outcome.kind === "result" ? outcome.payload["transactionId"] : undefined;
    if (typeof transactionId === "number") this.scan.add("transaction", transactionId);
  }

  onCsmsMessage({ direction, type, stationId, text }: CsmsMessage): void {
    if (direction === "in" && type === 2) this.fork.onFrame(stationId, text);
  }

  onHealth({ topic, payload, bytes }: Pick<BrokerMessage, "topic" | "payload" | "bytes">): void {
    this.healthMessages += 1;
    this.healthBytes += bytes;
    this.sequence.observe(topic, payload);
    this.fork.onHealth(topic, payload);
    this.#keepLeaks(this.scan.scan(topic, payload));
    this.#kept.push({ topic, payload });
    if (this.#kept.length > 2 * KEPT_MESSAGES) this.#kept = this.#kept.slice(-KEPT_MESSAGES);
  }

  /** Every leak found, after the kept messages were searched once more for what was not known when they came. */
  leaks(): readonly Leak[] {
    for (const { topic, payload } of this.#kept) this.#keepLeaks(this.scan.scan(topic, payload));
    this.#kept = [];
    return this.#leaks;
  }

  #keepLeaks(leaks: readonly Leak[]): void {
    for (const leak of leaks) if (this.#leaks.length < KEPT_LEAKS) this.#leaks.push(leak);
  }
}
