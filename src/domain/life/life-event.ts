/**
 * What happens in the life of a station, as the traffic tells it: the events the station machine lives on. Meter values and
 * heartbeats are not among them.
 */
import type { ClearCriteria, InstalledProfile } from "../charging/installed-profiles.ts";

export type Registration = "none" | "Pending" | "Rejected" | "Accepted";

export type LifeEvent =
  | { readonly type: "boot.answered"; readonly status: Registration; readonly intervalSec: number }
  | { readonly type: "heartbeat.changed"; readonly intervalSec: number }
  | {
      readonly type: "connector.status";
      readonly evseId: number;
      readonly connectorId: number;
      readonly status: string;
      readonly errorCode: string;
    }
  | {
      readonly type: "transaction.started";
      readonly transactionId: string;
      readonly evseId: number;
      /** 2.x, of the remote start that it answers. */
      readonly remoteStartId?: number;
    }
  | { readonly type: "transaction.ended"; readonly transactionId: string }
  | { readonly type: "profile.installed"; readonly profile: InstalledProfile }
  | { readonly type: "profile.cleared"; readonly criteria: ClearCriteria };
