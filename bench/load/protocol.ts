/** Requests from the harness to the load process, and its answers. Plain JSON over the process's IPC channel. */
import type { CsmsCounts } from "./csms-double.ts";
import type { LoadVersion } from "./messages.ts";
import type { MixName } from "./mix.ts";
import type { WatchCounts } from "./order-watch.ts";
import type { TallyData } from "./tally.ts";

export type StationSetup = "boot" | "transaction";

export interface ConnectRequest {
  readonly op: "connect";
  /** Name under which later requests mean these stations. */
  readonly group: string;
  readonly baseUrl: string;
  readonly identityPrefix: string;
  readonly count: number;
  /** `both`: every other station speaks 2.0.1. */
  readonly version: LoadVersion | "both";
  /** `boot`: idle after the BootNotification; `transaction`: each also reports its status and starts a transaction. */
  readonly setup: StationSetup;
  /** Stations that connect at the same time. */
  readonly concurrency: number;
  /** Number of the first identity. */
  readonly from?: number;
}

export interface ConnectResult {
  readonly connected: number;
  readonly failed: number;
  /** The first failure's text. */
  readonly failure: string | undefined;
  /** From the first connect to the last station booted. */
  readonly elapsedMs: number;
}

export interface StreamRequest {
  readonly group: string;
  readonly mix: MixName;
  readonly ratePerSec: number;
  readonly arrivals: "poisson" | "fixed";
}

interface Measured {
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly timeoutMs: number;
  readonly seed: number;
  /** Processes whose CPU time over the measured window is wanted. */
  readonly cpuPids: readonly number[];
}

export interface OpenLoopRequest extends Measured {
  readonly op: "open-loop";
  readonly streams: readonly StreamRequest[];
}

export interface ClosedLoopRequest extends Measured {
  readonly op: "closed-loop";
  readonly group: string;
  readonly mix: MixName;
}

export type LoadRequest =
  | { readonly op: "start-csms" }
  | { readonly op: "csms-counts" }
  /** Closes the double's port and connections, or listens on it again. */
  | { readonly op: "csms-power"; readonly on: boolean }
  /** Begins to watch the order of meter messages, or ends it. */
  | { readonly op: "csms-watch"; readonly on: boolean }
  | { readonly op: "csms-watched" }
  | ConnectRequest
  | { readonly op: "disconnect"; readonly group: string }
  | OpenLoopRequest
  | ClosedLoopRequest;

/** What the double has seen of the order of messages, and how many connections it has now. */
export interface CsmsWatched {
  readonly open: number;
  readonly watch: WatchCounts | undefined;
}

interface WindowResult {
  /** Milliseconds of the measured window as it was. */
  readonly elapsedMs: number;
  /** `performance.now()` of its two ends, in the load process. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** CPU milliseconds that `cpuPids` used in it, all threads. */
  readonly cpuMs: number;
  /** CPU milliseconds that the load process itself used in it: near `elapsedMs`, it is the limit. */
  readonly ownCpuMs: number;
}

export interface OpenLoopResult extends WindowResult {
  readonly tallies: readonly TallyData[];
}

export interface ClosedLoopAnswer extends WindowResult {
  readonly tally: TallyData;
  readonly answered: number;
  /** All right answers, before, within and after the measured time; and all calls that got none, as long as the load lasted. */
  readonly everyAnswer: number;
  readonly everyFailure: number;
}

/** What each request is answered with. */
export interface LoadAnswers {
  "start-csms": { readonly port: number };
  "csms-counts": CsmsCounts;
  "csms-power": object;
  "csms-watch": object;
  "csms-watched": CsmsWatched;
  connect: ConnectResult;
  disconnect: { readonly closed: number };
  "open-loop": OpenLoopResult;
  "closed-loop": ClosedLoopAnswer;
}

export type LoadReply =
  | { readonly no: number; readonly ok: true; readonly value: LoadAnswers[keyof LoadAnswers] }
  | { readonly no: number; readonly ok: false; readonly error: string };
