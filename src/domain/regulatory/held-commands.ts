/**
 * Commands that Great Britain's rule holds back: which they are, in which order they go, and how long they are worth sending.
 *
 *     command ─▶ of the rule? ── no ──▶ goes on at once
 *                   └─ yes ─▶ something held already? ─ yes ─▶ behind it, due when it is due (the same delay is not applied twice)
 *                                        └─ no ─▶ due now + random delay
 *
 * So the order of a station's commands stays, and a CSMS that sends a profile every minute does not put it off for ever. What protects
 * the installation (maximum of the station, external constraints) is not held back, and stopping never is.
 *
 * @see SI 2021/1467 regulation 11; docs/uk-smart-charging.md says what the CSMS is answered
 */
import { list, number, object, text } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";

export interface HeldCommand {
  /** The CSMS's message id: it may ask again. */
  readonly id: string;
  /** Of action and payload. */
  readonly version: OcppVersion;
  readonly action: string;
  readonly payload: Payload;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
}

/** Commands of one station that may be held. */
export const MOST_HELD = 16;
/** A start that comes later than this after its time surprises whoever has left meanwhile. */
const START_IS_GOOD_MS = 5 * 60_000;
const PROFILE_IS_GOOD_MS = 24 * 60 * 60_000;

/** Purposes that set the rate of a driver's charging; the others limit the installation. */
const TARIFF_PURPOSES: ReadonlySet<string> = new Set(["TxDefaultProfile", "TxProfile"]);

export const isStart = (action: string): boolean =>
  action === "RemoteStartTransaction" || action === "RequestStartTransaction";

/** The part of a station's state that tells whether a command has anything to wait for. */
export interface StationNow {
  /** EVSEs (1.6: connectors) with a transaction. */
  readonly charging: ReadonlySet<number>;
  /** EVSEs out of order. */
  readonly outOfOrder: ReadonlySet<number>;
  readonly hasProfiles: boolean;
}

/**
 * True for a command that changes the rate and that the station can be expected to take. One that it would refuse goes on at once, so
 * that the CSMS hears the refusal from the station.
 */
export function isOfTheRule(action: string, payload: Payload, now: StationNow): boolean {
  switch (action) {
    case "RemoteStartTransaction":
    case "RequestStartTransaction": {
      const evse = number(payload["connectorId"]) ?? number(payload["evseId"]);
      const isTaken = (busy: ReadonlySet<number>) => (evse === undefined ? busy.size > 0 : busy.has(evse));
      return !isTaken(now.charging) && !(evse !== undefined && now.outOfOrder.has(evse));
    }
    case "SetChargingProfile":
      return TARIFF_PURPOSES.has(text(profileOf(payload)["chargingProfilePurpose"]) ?? "");
    case "ClearChargingProfile":
      return now.hasProfiles;
    default:
      return false;
  }
}

/** True where the CSMS has the station draw a delay of its own (OCPP 2.1). */
export function isDelayedElsewhere(payload: Payload): boolean {
  return list(profileOf(payload)["chargingSchedule"]).some(
    (schedule) => (number(object(schedule)?.["randomizedDelay"]) ?? 0) > 0,
  );
}

function profileOf(payload: Payload): Payload {
  return object(payload["csChargingProfiles"]) ?? object(payload["chargingProfile"]) ?? {};
}

/**
 * The list with one more command, which is due with what waits already.
 *
 * @param freshDueAt when it is due where nothing waits
 * @returns undefined when the list is full: nothing was taken
 */
export function hold(
  held: readonly HeldCommand[],
  command: Omit<HeldCommand, "dueAt">,
  { now, freshDueAt }: { readonly now: number; readonly freshDueAt: number },
): readonly HeldCommand[] | undefined {
  const last = held.at(-1);
  const dueAt = last !== undefined && last.dueAt > now ? last.dueAt : freshDueAt;
  const before = last !== undefined && isReplacedBy(last, command) ? held.slice(0, -1) : held;
  return before.length >= MOST_HELD ? undefined : [...before, { ...command, dueAt }];
}

/** Two profiles for one place, one right after the other: only the second counts. */
function isReplacedBy(last: HeldCommand, next: Omit<HeldCommand, "dueAt">): boolean {
  return (
    last.action === "SetChargingProfile" && next.action === last.action && slot(last.payload) === slot(next.payload)
  );
}

function slot(payload: Payload): string {
  const { chargingProfilePurpose, stackLevel, transactionId, ...profile } = profileOf(payload);
  const id = profile["chargingProfileId"] ?? profile["id"];
  return JSON.stringify([
    payload["connectorId"] ?? payload["evseId"],
    id,
    chargingProfilePurpose,
    stackLevel,
    transactionId ?? null,
  ]);
}

/** Whether sending it still does what its sender wanted. */
export const isStillGood = ({ action, dueAt }: HeldCommand, now: number): boolean =>
  now <= dueAt + (isStart(action) ? START_IS_GOOD_MS : PROFILE_IS_GOOD_MS);

/** What was written down; commands that cannot be read are left out. */
export function readHeld(value: unknown): readonly HeldCommand[] {
  return list(value).flatMap((entry) => {
    const { id, version, action, payload, dueAt } = (object(entry) ?? {}) as Partial<HeldCommand>;
    const isWhole = text(id) !== undefined && text(version) !== undefined && text(action) !== undefined;
    return isWhole && object(payload) !== undefined && number(dueAt) !== undefined ? [entry as HeldCommand] : [];
  });
}
