/** What the worker's middle is given. */
import type { StationAsk } from "../../domain/diagnostics/request.ts";
import type { LinkParts } from "./open-link.ts";
import type { Audit, LogLevel, WorkerBoot } from "./thread-messages.ts";

export interface PublisherOptions {
  readonly boot: WorkerBoot;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly log: (level: LogLevel, fields: { readonly [field: string]: string | number }, message: string) => void;
  /** The budget is spent, and messages wait. */
  readonly onSpent: () => void;
  /** Called with each record that is read and each message that is made: thousands may be due at once. */
  readonly onProgress?: () => void;
  readonly now: LinkParts["now"];
  readonly random: LinkParts["random"];
  readonly connect?: LinkParts["connect"];
  /** A maintenance platform wants something of an asset's station. */
  readonly onAsk: (id: number, asset: number, ask: StationAsk) => void;
  readonly onAudit: (entry: Audit) => void;
}
