/**
 * A simulated station's connection: dialled, registered, kept, lost, dialled again.
 *
 *     dial ─▶ BootNotification ─ Pending/Rejected: wait interval, again
 *       ▲          └ Accepted ─▶ onUp ─▶ heartbeats
 *       └── back-off ◀── onDown ◀── connection lost
 *
 * @see OCPP 1.6 §4.2, §4.6; OCPP 2.0.1 Part 2 B01–B03, G02
 */
import type { CallFrame } from "../domain/ocpp/frame.ts";
import type { Clock } from "../ports.ts";
import { Alarm } from "./clock.ts";
import type { Outgoing } from "./dialect.ts";
import type { StationCounts } from "./ledger.ts";
import type { SeededRandom } from "./random.ts";
import { type CallOutcome, type Reply, RpcPeer } from "./rpc-peer.ts";
import type { LinkState, Range, StationEvent } from "./station-options.ts";
import type { Dialled, Transport } from "./transport.ts";
import { numberAt, textAt } from "./wire.ts";

export interface LinkOptions {
  readonly dial: () => Promise<Dialled>;
  /** Heartbeats and the repetition of BootNotification. */
  readonly clock: Clock;
  /** Call timeouts and back-off. */
  readonly network: Clock;
  readonly random: SeededRandom;
  readonly counts: StationCounts;
  readonly callTimeoutMs: number;
  /** First and longest wait before a reconnect. */
  readonly reconnectMs: Range;
  readonly bootOn: "reboot" | "connection";
  readonly boot: (reason: BootReason) => Outgoing;
  readonly heartbeat: () => Outgoing;
  readonly heartbeatSec: () => number;
  /** Told the interval of an accepted BootNotification, where it is not 0. */
  readonly onInterval: (seconds: number) => void;
  readonly onCall: (call: CallFrame) => Promise<Reply>;
  readonly onOutcome: (action: string, outcome: CallOutcome) => void;
  readonly onUp: (peer: RpcPeer) => void;
  readonly onDown: () => void;
  readonly emit: (kind: StationEvent["kind"], detail: string) => void;
}

export type BootReason = "PowerUp" | "RemoteReset";

/** Wait before a BootNotification is repeated when the CSMS names no interval (it says 0, or nothing at all). */
const DEFAULT_BOOT_RETRY_SEC = 10;

export class StationLink {
  readonly #options: LinkOptions;
  readonly #lifeAlarm: Alarm;
  readonly #dialAlarm: Alarm;
  #peer: RpcPeer | undefined;
  #state: LinkState = "offline";
  #bootReason: BootReason | undefined = "PowerUp";
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#lifeAlarm = new Alarm(options.clock);
    this.#dialAlarm = new Alarm(options.network);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Connected and accepted: anything may be sent. */
  get isOnline(): boolean {
    return this.#state === "accepted";
  }

  get peer(): RpcPeer | undefined {
    return this.#peer;
  }

  /** Connects, again and again, until `close()`. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      const dialled = await this.#dial();
      const served = dialled !== undefined && (await this.#serve(dialled.transport));
      failures = served ? 0 : failures + 1;
      if (!this.#closed) await this.#dialAlarm.wait(this.#backoffMs(failures));
    }
  }

  /** Ends the connection for good. */
  close(): void {
    this.#closed = true;
    this.#lifeAlarm.wake();
    this.#dialAlarm.wake();
    this.#peer?.close(1000, "station stops");
  }

  cut(): void {
    this.#peer?.cut();
  }

  /** Closes the connection; the next one begins with BootNotification. */
  reboot(reason: BootReason): void {
    this.#bootReason = reason;
    this.#peer?.close(1000, "reset");
  }

  /** BootNotification now, because the CSMS asked for it. */
  bootNow(): void {
    if (this.#state === "accepted") void this.#boot(this.#peer, "PowerUp");
    else this.#lifeAlarm.wake();
  }

  async #dial(): Promise<Dialled | undefined> {
    try {
      const dialled = await this.#options.dial();
      if (!this.#closed) return dialled;
      dialled.transport.cut();
    } catch (error) {
      this.#options.counts.connectFailures += 1;
      const [reason = ""] = String(error instanceof Error ? error.message : error).split("\n");
      this.#options.emit("connect.failed", reason);
    }
    return undefined;
  }

  /** Resolves when the connection is over: true when it came as far as an accepted station. */
  async #serve(transport: Transport): Promise<boolean> {
    const { counts, emit, network, random, callTimeoutMs, onCall, onDown } = this.#options;
    counts.connects += 1;
    this.#state = "connected";
    emit("connected", "");
    let wasUp: Promise<boolean> = Promise.resolve(false);
    const code = await new Promise<number>((resolve) => {
      const peer = new RpcPeer({
        transport,
        clock: network,
        callTimeoutMs,
        nextId: () => random.uuid(),
        onCall,
        onFrame: (direction, text) => countFrame(counts, direction, text),
        onClose: resolve,
      });
      this.#peer = peer;
      wasUp = this.#comeUp(peer);
    });
    counts.disconnects += 1;
    this.#state = "offline";
    this.#lifeAlarm.wake();
    onDown();
    emit("disconnected", `code ${code}`);
    return wasUp;
  }

  /** Registers and then beats until the connection is over. False when it was over before the station was accepted. */
  async #comeUp(peer: RpcPeer): Promise<boolean> {
    if (this.#bootReason !== undefined || this.#options.bootOn === "connection") await this.#register(peer);
    else this.#state = "accepted";
    if (!this.isOnline || !peer.isOpen) return false;
    this.#options.onUp(peer);
    for (;;) {
      await this.#lifeAlarm.wait(1000 * Math.max(1, this.#options.heartbeatSec()));
      if (!peer.isOpen || this.#closed) return true;
      const { action, payload } = this.#options.heartbeat();
      void peer.call(action, payload).then((outcome) => this.#options.onOutcome(action, outcome));
    }
  }

  async #register(peer: RpcPeer): Promise<void> {
    for (;;) {
      const waitSec = await this.#boot(peer, this.#bootReason ?? "PowerUp");
      if (this.isOnline || !peer.isOpen || this.#closed) return;
      await this.#lifeAlarm.wait(1000 * waitSec);
      if (!peer.isOpen || this.#closed) return;
    }
  }

  /** One BootNotification. Resolves with the seconds to wait before another, should that be needed. */
  async #boot(peer: RpcPeer | undefined, reason: BootReason): Promise<number> {
    if (peer === undefined) return DEFAULT_BOOT_RETRY_SEC;
    const { action, payload } = this.#options.boot(reason);
    const outcome = await peer.call(action, payload);
    this.#options.onOutcome(action, outcome);
    if (outcome.kind !== "result" || !peer.isOpen) return DEFAULT_BOOT_RETRY_SEC;
    const intervalSec = numberAt(outcome.payload, "interval") ?? 0;
    this.#registered(textAt(outcome.payload, "status"), intervalSec);
    return intervalSec > 0 ? intervalSec : DEFAULT_BOOT_RETRY_SEC;
  }

  #registered(status: string | undefined, intervalSec: number): void {
    this.#options.counts.boots += 1;
    this.#options.emit("booted", String(status));
    this.#state = status === "Accepted" ? "accepted" : status === "Rejected" ? "rejected" : "pending";
    if (this.#state !== "accepted") return;
    this.#options.counts.accepted += 1;
    this.#bootReason = undefined;
    if (intervalSec > 0) this.#options.onInterval(intervalSec);
  }

  #backoffMs(failures: number): number {
    const [first, last] = this.#options.reconnectMs;
    return Math.min(last, first * 2 ** Math.max(0, failures - 1)) * this.#options.random.between(0.5, 1);
  }
}

function countFrame(counts: StationCounts, direction: "in" | "out", text: string): void {
  const bytes = Buffer.byteLength(text);
  if (direction === "in") {
    counts.framesIn += 1;
    counts.bytesIn += bytes;
  } else {
    counts.framesOut += 1;
    counts.bytesOut += bytes;
  }
}
