/**
 * What a series of SetChargingProfile messages comes to, without a station: for people who write them.
 *
 * Messages are taken in their order, as a station of their version would: 2.x ones are refused by the rules of
 * `validate-profile.ts`, 1.6 ones replace each other by id and by stackLevel and purpose.
 */
import { epochMs } from "../ids.ts";
import { list, number, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { err, ok, type Result } from "../result.ts";
import { type Composite, compositeOf } from "./composite.ts";
import { type InstalledProfile, install } from "./installed-profiles.ts";
import { type ChargingProfile, type ChargingStore, EMPTY_STORE, type ProfileFault, type RateUnit } from "./profile.ts";
import { faultOfShape } from "./profile-shape.ts";
import { parseProfile16, withDefaultsOfConnectors } from "./relayed.ts";
import { setProfile } from "./store.ts";
import type { Supply } from "./units.ts";
import type { ProfileRules } from "./validate-profile.ts";

export interface PreviewOptions {
  /** EVSE or connector; 0: the station. */
  readonly evseId: number;
  /** Epoch milliseconds. */
  readonly from: number;
  readonly durationSec: number;
  readonly unit: RateUnit;
  readonly supply: Supply;
  /** How many there are; undefined: as many as the messages speak of. */
  readonly evseCount?: number | undefined;
  /** What each can deliver. */
  readonly physicalMaxA?: number | undefined;
  /** The transaction that runs at `evseId`. Without it the schedule is that of a transaction which begins at `from`. */
  readonly transaction?: { readonly id: string; readonly powerPathClosedAt: number } | undefined;
}

export interface Preview {
  readonly composite: Composite;
  /** Messages that a station would not take, by their place in the series. */
  readonly refused: readonly { readonly index: number; readonly fault: ProfileFault }[];
  /** How many profiles the schedule is made of. */
  readonly profileCount: number;
}

export type PreviewFault = "mixed-versions" | "no-messages" | "not-a-message" | "unknown-evse";

export function previewSchedule(
  messages: readonly unknown[],
  options: PreviewOptions,
): Result<Preview, { readonly code: PreviewFault; readonly index: number }> {
  if (messages.length === 0) return err({ code: "no-messages", index: 0 });
  const payloads = messages.map((message) => object(message));
  const versions = payloads.map((payload) => payload && versionOf(payload));
  const strange = versions.indexOf(undefined);
  if (strange !== -1) return err({ code: "not-a-message", index: strange });
  const other = versions.findIndex((version) => version !== versions[0]);
  if (other !== -1) return err({ code: "mixed-versions", index: other });

  const readable = payloads.filter((payload) => payload !== undefined);
  const evseIds = evsesOf(readable, options.evseCount);
  const taken = versions[0] === "1.6" ? takeAll16(readable) : takeAll2x(readable, evseIds, options.supply);
  const profiles = versions[0] === "1.6" ? withDefaultsOfConnectors(taken.profiles, evseIds) : taken.profiles;
  const { physicalMaxA, transaction, supply } = options;
  const composite = compositeOf(profiles, {
    evseId: options.evseId,
    from: epochMs(options.from),
    durationSec: options.durationSec,
    unit: options.unit,
    stationSupply: supply,
    evses: evseIds.map((evseId) => ({
      evseId,
      supply,
      ...(physicalMaxA === undefined ? {} : { physicalMaxA }),
      ...(transaction === undefined || evseId !== options.evseId
        ? {}
        : { transaction: { id: transaction.id, powerPathClosedAt: epochMs(transaction.powerPathClosedAt) } }),
    })),
  });
  if (composite === undefined) return err({ code: "unknown-evse", index: 0 });
  return ok({ composite, refused: taken.refused, profileCount: taken.profiles.length });
}

const versionOf = (payload: Payload): "1.6" | "2.x" | undefined => {
  if (object(payload["csChargingProfiles"]) !== undefined) return "1.6";
  return object(payload["chargingProfile"]) === undefined ? undefined : "2.x";
};

const placeOf = (payload: Payload): number => number(payload["evseId"] ?? payload["connectorId"]) ?? 0;

function evsesOf(payloads: readonly Payload[], evseCount: number | undefined): readonly number[] {
  const count = evseCount ?? Math.min(MAX_EVSES, Math.max(1, ...payloads.map(placeOf)));
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** More than any station has; a mistyped EVSE id must not take the memory. */
const MAX_EVSES = 100;

interface Taken {
  readonly profiles: readonly ChargingProfile[];
  readonly refused: readonly { readonly index: number; readonly fault: ProfileFault }[];
}

function takeAll16(payloads: readonly Payload[]): Taken {
  let installed: readonly (InstalledProfile & { readonly parsed: ChargingProfile })[] = [];
  const refused: { index: number; fault: ProfileFault }[] = [];
  for (const [index, payload] of payloads.entries()) {
    const pointer = "/csChargingProfiles";
    const profile = object(payload["csChargingProfiles"]) ?? {};
    const parsed = parseProfile16(profile, { connectorId: placeOf(payload), pointer });
    const schedulePointer = `${pointer}/chargingSchedule`;
    const fault = parsed.ok ? faultOfShape({ profile: parsed.value, pointer, schedulePointer }) : parsed.error;
    if (!parsed.ok || fault !== undefined) {
      if (fault !== undefined) refused.push({ index, fault });
      continue;
    }
    const { id, evseId, stackLevel, purpose, transactionId } = parsed.value;
    const added = {
      ...{ id, evseId, stackLevel, purpose, profile, parsed: parsed.value },
      ...(transactionId === undefined ? {} : { transactionId }),
    };
    // `install` keeps what it is given and drops others.
    installed = install(installed, added) as typeof installed;
  }
  return { profiles: installed.map(({ parsed }) => parsed), refused };
}

function takeAll2x(payloads: readonly Payload[], evseIds: readonly number[], supply: Supply): Taken {
  const rules: ProfileRules = {
    evses: evseIds.map((evseId) => ({ evseId, supply })),
    transactions: payloads.flatMap(transactionOf),
    maxStackLevel: Number.MAX_SAFE_INTEGER,
    maxPeriods: 1024,
    units: ["A", "W"],
    maxEntries: Number.MAX_SAFE_INTEGER,
    canSwitchPhases: true,
    fewerPhases: "conservative",
  };
  let store: ChargingStore = EMPTY_STORE;
  const refused: { index: number; fault: ProfileFault }[] = [];
  for (const [index, payload] of payloads.entries()) {
    const step = setProfile(store, payload, rules);
    if (step.ok) store = step.value.store;
    else refused.push({ index, fault: step.error });
  }
  return { profiles: store.profiles, refused };
}

/** Whatever transaction a profile is for is taken to run where the profile is. */
function transactionOf(payload: Payload): readonly { readonly id: string; readonly evseId: number }[] {
  const id = object(payload["chargingProfile"])?.["transactionId"];
  return typeof id === "string" ? [{ id, evseId: placeOf(payload) }] : [];
}

/** Every item of a file that holds one message or an array of them, payloads or whole CALLs. */
export function messagesIn(json: unknown): readonly unknown[] {
  const items = isCall(json) ? [json] : Array.isArray(json) ? json : [json];
  return items.map((item) => (isCall(item) ? list(item)[3] : item));
}

const isCall = (item: unknown): boolean => Array.isArray(item) && item[0] === 2 && typeof item[2] === "string";
