/** Station rules with every default filled in, and what is odd about them. */
import type { SiteLimit } from "../domain/charging/site-limit.ts";
import { isRecord, parseRecord } from "../domain/security/password-record.ts";
import { ruleCsms } from "./build-csms.ts";
import { buildFirewall } from "./build-firewall.ts";
import { buildTranslate } from "./build-translate.ts";
import { DEFAULTS } from "./defaults.ts";
import type {
  ConfigDocument,
  StationRuleDocument,
  StationSettingsDocument,
  UkSmartChargingDocument,
} from "./document.ts";
import { isGlob } from "./glob.ts";
import type { IssueList } from "./issues.ts";
import type { Sources } from "./secrets.ts";
import type { CsmsConfig, ListenerConfig, SecurityProfile, StationRule, UkSmartChargingConfig } from "./types.ts";

export interface StationsInput {
  readonly document: ConfigDocument;
  /** The CSMS of rules that name none. */
  readonly csms: CsmsConfig | undefined;
  readonly listeners: readonly ListenerConfig[];
  readonly sources: Sources;
  readonly issues: IssueList;
}

export function buildStations(input: StationsInput): StationRule[] {
  const { document, sources } = input;
  const rules = document.stations ?? [{ match: "*" }];
  const shared = document.stationDefaults ?? {};
  const sharedPassword = shared.password && { text: sources.secret(shared.password, "/stationDefaults/password").text };
  return rules.map((rule, i) => {
    const pointer = document.stations === undefined ? "" : `/stations/${i}`;
    const password =
      rule.password === undefined ? sharedPassword : sources.secret(rule.password, `${pointer}/password`);
    return buildRule(rule, { ...input, pointer, shared, password: password && (password.text ?? "") });
  });
}

interface RuleInput extends StationsInput {
  readonly pointer: string;
  readonly shared: StationSettingsDocument;
  /** Empty when there is one that was not read. */
  readonly password: string | undefined;
}

function buildRule(rule: StationRuleDocument, input: RuleInput): StationRule {
  const settings = { ...DEFAULTS.station, ...input.shared, ...rule };
  const securityProfile = settings.securityProfile ?? defaultProfile(input.password, input.listeners);
  const siteLimit = siteLimitOf(rule, input);
  checkRule(rule, settings.securityProfile !== undefined, securityProfile, input);
  return {
    match: rule.match,
    securityProfile,
    password: securityProfile === 1 || securityProfile === 2 ? input.password : undefined,
    versions: settings.versions,
    assumeVersion: settings.assumeVersion,
    csms: csmsOf(rule, input),
    uplinkPolicy: settings.uplinkPolicy,
    fork: settings.fork,
    validation: settings.validation,
    deflate: settings.deflate,
    health: settings.health,
    siteLimit,
    translate: {
      ...buildTranslate([input.document.translate, input.shared.translate, rule.translate]),
      ...(siteLimit === undefined ? {} : { siteLimit }),
    },
    ukSmartCharging: ukSmartChargingOf(rule.ukSmartCharging ?? input.shared.ukSmartCharging),
    firewall: buildFirewall([input.document.firewall, input.shared.firewall, rule.firewall]),
  };
}

function ukSmartChargingOf(document: UkSmartChargingDocument | false | undefined): UkSmartChargingConfig | undefined {
  if (document === undefined || document === false) return undefined;
  const { offPeak, ...settings } = document;
  return {
    ...DEFAULTS.ukSmartCharging,
    ...settings,
    offPeak: offPeak && { ...DEFAULTS.offPeak, ...offPeak },
  };
}

function defaultProfile(password: string | undefined, listeners: readonly ListenerConfig[]): SecurityProfile {
  if (password !== undefined) return listeners.every(({ tls }) => tls !== undefined) ? 2 : 1;
  return listeners.some(({ tls }) => tls?.clientCa !== undefined) ? 3 : 0;
}

function csmsOf({ match, csms }: StationRuleDocument, input: RuleInput): CsmsConfig | undefined {
  if (csms === false) return undefined;
  if (csms === undefined) return input.csms;
  const pointer = `${input.pointer}/csms`;
  if (csms.identity !== undefined && isGlob(match)) {
    input.issues.error(`${pointer}/identity`, "two stations cannot share an identity; this rule's match is a glob");
  }
  if (csms.certificates && csms.certificates.serial !== undefined && isGlob(match)) {
    input.issues.error(
      `${pointer}/certificates/serial`,
      "two stations cannot share a serial number; this rule's match is a glob",
    );
  }
  const base = { document: input.document.csms, config: input.csms };
  return ruleCsms(csms, base, { pointer, sources: input.sources, issues: input.issues });
}

/** A rule's stands on its own: half of one and half of another would be a limit that nobody wrote down. */
function siteLimitOf(rule: StationRuleDocument, { pointer, shared, issues }: RuleInput): SiteLimit | undefined {
  const document = rule.siteLimit ?? shared.siteLimit;
  if (document === undefined) return undefined;
  const { limitA, limitW, current, voltageV, phases, fixedPhases } = { ...DEFAULTS.siteLimit, ...document };
  if (limitA === undefined && limitW === undefined) {
    issues.error(rule.siteLimit ? `${pointer}/siteLimit` : "/stationDefaults/siteLimit", 'needs "limitA" or "limitW"');
  }
  return {
    ...(limitA === undefined ? {} : { limitA }),
    ...(limitW === undefined ? {} : { limitW }),
    supply: { current, voltageV, phases: current === "DC" ? 1 : phases, isFixedPhases: fixedPhases },
  };
}

function checkRule(rule: StationRuleDocument, stated: boolean, profile: SecurityProfile, input: RuleInput): void {
  const { pointer, issues, password, listeners } = input;
  const place = stated && rule.securityProfile !== undefined ? `${pointer}/securityProfile` : pointer;
  const secure = listeners.filter(({ tls }) => tls !== undefined);
  if (profile === 0) {
    issues.warn(place, `stations that match "${rule.match}" are not authenticated (security profile 0)`);
  }
  if (profile === 1 && secure.length === listeners.length) {
    issues.error(place, "security profile 1 is without TLS, but every listener has TLS; use profile 2");
  }
  if (profile >= 2 && secure.length === 0) {
    issues.error(place, `security profile ${profile} needs a listener with tls`);
  }
  if (profile === 3 && secure.length > 0 && !secure.some(({ tls }) => tls?.clientCa !== undefined)) {
    issues.error(place, "security profile 3 needs a listener with tls.clientCa");
  }
  if ((profile === 1 || profile === 2) && password === undefined) {
    issues.error(place, `security profile ${profile} needs "password"`);
  }
  checkPassword(rule, profile, input);
}

function checkPassword(rule: StationRuleDocument, profile: SecurityProfile, input: RuleInput): void {
  const { pointer, issues, password } = input;
  if (password === undefined) return;
  const place = rule.password === undefined ? "/stationDefaults/password" : `${pointer}/password`;
  if (profile === 0 || profile === 3) {
    issues.warn(place, `the password is not used in security profile ${profile}`);
    return;
  }
  if (isGlob(rule.match)) {
    issues.warn(place, "several stations share this password; each should have its own (OCPP A01.FR.06)");
  }
  if (isRecord(password)) {
    if (parseRecord(password) === undefined) {
      issues.error(place, `begins like a password's record and is none; "twinlane password hash" makes one`);
    }
  } else if (password !== "" && password.length < 16) {
    issues.warn(place, "the password is shorter than the 16 characters that OCPP asks for");
  }
}
