/**
 * What a station can do, learned when the CSMS has accepted its boot: all configuration keys are read, by name where the station does
 * not list them. One question at a time (field-lessons case 44), and nothing but GetConfiguration, which is core.
 *
 *     boot accepted ─▶ GetConfiguration{} ─┬─ all there ──▶ capabilities
 *                                          ├─ required ones missing ─▶ ask those by name ─▶ capabilities
 *                                          └─ error, or nothing ─▶ ask the known ones by name, chunk by chunk ─▶ capabilities
 *
 * @see translation.md §4.4 (read path); 1.6 §9
 */
import type { Payload } from "../ocpp/frame.ts";
import type { AnswerRule, Block, Capabilities, Env, LinkRule, Step, TranslationState, Want } from "./contract.ts";
import { nothingWanted } from "./contract.ts";
import { askConfiguration, ingest, nextChunk } from "./device-cache.ts";
import { FEATURE_PROFILES, KNOWN_KEYS, REQUIRED_KEYS } from "./device-map.ts";
import {
  cachedKey,
  type DeviceState,
  deviceOf,
  folded,
  type Identity,
  keyNumber,
  keyValue,
  withDevice,
} from "./device-state.ts";
import { membersOf } from "./device-values.ts";
import { QUIRKS } from "./quirk-table.ts";
import { type Tolerances, tolerancesFor } from "./quirks.ts";

/**
 * Until a station has told: everything of 1.6 is tried, and its own answer decides. A wrong "not supported" would be for good; what must
 * not even be tried is a matter of quirks.
 */
export const UNLEARNED: Capabilities = { featureProfiles: FEATURE_PROFILES, hasSecurityExtension: false };

/** Keys that only the security extension has (1.6 security, edition 3, §5). */
const SECURITY_KEYS = [
  "SecurityProfile",
  "AdditionalRootCertificateCheck",
  "CertificateSignedMaxChainSize",
  "CertificateStoreMaxLength",
];

/** Keys by which a profile shows where `SupportedFeatureProfiles` is missing. */
const SIGNS: readonly (readonly [profile: string, keys: readonly string[]])[] = [
  ["LocalAuthListManagement", ["LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength"]],
  ["Reservation", ["ReserveConnectorZeroSupported"]],
  ["SmartCharging", ["ChargeProfileMaxStackLevel", "ChargingScheduleMaxPeriods", "MaxChargingProfilesInstalled"]],
];

export interface Learning {
  /** The station's BootNotification.req, when this session had one. */
  readonly boot?: Payload;
}

/** Called when the CSMS has accepted the station's boot, and when a station that did not boot again is back. */
export function learnAtBoot(state: TranslationState, env: Env, learning: Learning = {}): Step<TranslationState> {
  const identity = learning.boot === undefined ? deviceOf(state).identity : identityOf(learning.boot);
  const tolerances = tolerancesAt(identity, env);
  const known = withCapabilities(withDevice(state, { identity, tolerances }));
  if (tolerances.neverSend?.includes("GetConfiguration") === true) return nothingWanted(known);
  return tolerances.configurationByName === true
    ? askByName(known, KNOWN_KEYS, [])
    : { state: known, wants: [askConfiguration(undefined, { kind: "device.learned" })] };
}

const tolerancesAt = (identity: Identity, { settings }: Env): Tolerances =>
  tolerancesFor(
    settings.quirks === undefined ? QUIRKS : { ...QUIRKS, quirks: [...QUIRKS.quirks, ...settings.quirks] },
    identity,
    settings.tolerances,
  );

/** The table or the operator's word may be another one than when the station booted. */
const tolerated: LinkRule<TranslationState> = (state, env) => {
  const { identity, tolerances } = deviceOf(state);
  const current = tolerancesAt(identity, env);
  if (JSON.stringify(current) === JSON.stringify(tolerances)) return nothingWanted(state);
  return nothingWanted(withCapabilities(withDevice(state, { tolerances: current })));
};

function identityOf(boot: Payload): Identity {
  const text = (field: string): string | undefined => {
    const value = boot[field];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const identity = {
    vendor: text("chargePointVendor"),
    model: text("chargePointModel"),
    serialNumber: text("chargePointSerialNumber") ?? text("chargeBoxSerialNumber"),
    firmwareVersion: text("firmwareVersion"),
    meterType: text("meterType"),
    meterSerialNumber: text("meterSerialNumber"),
  };
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined));
}

const learned: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  if (outcome.kind === "none") return nothingWanted(state);
  const asked = job["asked"] as readonly string[] | undefined;
  if (outcome.kind === "error") return asked === undefined ? askByName(state, KNOWN_KEYS, []) : nothingWanted(state);
  const { state: next, wants } = ingest(state, outcome.payload, asked, env.now);
  const rest = asked === undefined ? missingKeys(deviceOf(next)) : (job["rest"] as readonly string[]);
  return rest.length === 0 ? finished(next, wants, env) : askByName(next, rest, wants);
};

/** Once only: a list without them is complete when they were asked by name. */
function missingKeys(device: DeviceState): readonly string[] {
  const isEmpty = Object.keys(device.keys).length === 0;
  return (isEmpty ? KNOWN_KEYS : REQUIRED_KEYS).filter((key) => cachedKey(device, key) === undefined);
}

function askByName(state: TranslationState, keys: readonly string[], wants: readonly Want[]): Step<TranslationState> {
  const { chunk, rest } = nextChunk(deviceOf(state), keys);
  return { state, wants: [...wants, askConfiguration(chunk, { kind: "device.learned", asked: chunk, rest })] };
}

const finished = (state: TranslationState, wants: readonly Want[], { now }: Env): Step<TranslationState> => ({
  state: withCapabilities(withDevice(state, { readAt: now })),
  wants,
});

/** Capabilities as the cache and the quirks say; what they do not say stays as it was. */
export function withCapabilities(state: TranslationState): TranslationState {
  const device = deviceOf(state);
  const unusable = new Set((device.tolerances.withoutFeatures ?? []).map(folded));
  const offered = profilesOf(device) ?? state.capabilities.featureProfiles;
  const hasKeys = device.readAt !== undefined;
  return {
    ...state,
    capabilities: {
      featureProfiles: offered.filter((profile) => !unusable.has(folded(profile))),
      hasSecurityExtension: hasKeys
        ? SECURITY_KEYS.some((key) => cachedKey(device, key) !== undefined)
        : state.capabilities.hasSecurityExtension,
      ...(hasKeys ? abilitiesOf(device) : {}),
    },
  };
}

/** What single keys say. */
function abilitiesOf(device: DeviceState): Partial<Capabilities> {
  const listLength = keyNumber(device, "SendLocalListMaxLength");
  return {
    reservesConnectorZero: isTrue(keyValue(device, "ReserveConnectorZeroSupported")),
    showsCost: isTrue(keyValue(device, "CustomDisplayCostAndPrice")),
    ...(listLength === undefined ? {} : { sendLocalListMaxLength: listLength }),
  };
}

const isTrue = (value: string | undefined): boolean => value?.trim().toLowerCase() === "true";

/** Undefined: nothing was read yet. Core is what a 1.6 station is. */
function profilesOf(device: DeviceState): readonly string[] | undefined {
  const said = keyValue(device, "SupportedFeatureProfiles");
  if (said !== undefined && membersOf(said).length > 0) {
    const names = new Set(["core", ...membersOf(said).map((name) => folded(name.replace(/\s/g, "")))]);
    return FEATURE_PROFILES.filter((profile) => names.has(folded(profile)));
  }
  if (device.readAt === undefined) return undefined;
  const shown = SIGNS.filter(([, keys]) => keys.some((key) => cachedKey(device, key) !== undefined));
  // Firmware management and remote triggers have no keys of their own.
  return ["Core", "FirmwareManagement", "RemoteTrigger", ...shown.map(([profile]) => profile)];
}

export const learningBlock: Block = { from: {}, links: { up: tolerated }, answers: { "device.learned": learned } };
