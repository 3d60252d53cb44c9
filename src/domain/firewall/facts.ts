/** What rules see of a message, and what they may say. */
import type { EpochMs, MessageId } from "../ids.ts";
import type { Registration } from "../life/life-event.ts";
import type { ActionSpec, MessageClass } from "../ocpp/catalogue.ts";
import type { Frame, Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import type { StationMemory } from "./memory.ts";
import type { FirewallPolicy } from "./policy.ts";
import type { RuleId } from "./rules.ts";

/** One inspected message, as the streams have it. */
export interface Seen {
  /** `south`: the station sent it; `north`: the CSMS did. */
  readonly from: "south" | "north";
  readonly frame: Frame;
  readonly text: string;
  readonly receivedAt: EpochMs;
  readonly action: string | undefined;
  readonly spec: ActionSpec | undefined;
  readonly messageClass: MessageClass;
  /** The call that this frame answers. */
  readonly answers: { readonly frame: { readonly payload: Payload } } | undefined;
}

/** What the station's actor knows; it survives restarts, unlike what the firewall remembers itself. */
export interface StationLife {
  readonly version: OcppVersion;
  /** Security profile by which the station proved itself. */
  readonly strength: number;
  /** Security profile of the link to the CSMS. */
  readonly linkProfile: number;
  /** Whether an endpoint is on a host of the CSMS that the station has. */
  isOfCsms(url: string): boolean;
  readonly registration: Registration;
  readonly isCharging: boolean;
  knows(transactionId: string): boolean;
  /** Whether an answer from there belongs to a call that has expired a moment ago: late is not foreign. */
  isLate(from: "south" | "north", id: MessageId): boolean;
}

export interface Circumstances {
  readonly seen: Seen;
  readonly life: StationLife;
  readonly memory: StationMemory;
  readonly policy: FirewallPolicy;
}

/** @returns why the message is not as it should be, in words that name no person and no secret; undefined: nothing to say */
export type Check = (payload: Payload, circumstances: Circumstances) => string | undefined;

/** A rule's answer in full. */
export interface Finding {
  readonly rule: RuleId;
  readonly reason: string;
}

/** One place where a rule looks. */
export interface CheckSpec {
  readonly rule: RuleId;
  /** Whose CALLs; `both` where the table of the rules says so. */
  readonly from: "south" | "north" | "both";
  readonly actions: readonly string[];
  readonly check: Check;
}
