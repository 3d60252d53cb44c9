/** A rule's CSMS, as a link of a certain profile reaches it. */
import type { CsmsConfig } from "../../config/types.ts";
import { configuredProfile, type LinkSetup, urlFor } from "../../domain/security/link-profile.ts";
import type { LinkTarget } from "../../domain/security/network-slots.ts";
import type { StationConnection } from "../station-connection.ts";

export const setupOf = ({ url, profileUrls, password, tls, certificates }: CsmsConfig): LinkSetup => ({
  url,
  profileUrls,
  hasPassword: password !== undefined,
  hasCertificate: tls?.cert !== undefined,
  isCertified: certificates !== undefined,
});

export const configuredTarget = (csms: CsmsConfig): LinkTarget => ({
  slot: 0,
  profile: configuredProfile(setupOf(csms)),
  url: csms.url,
});

/** Undefined: the configuration knows no endpoint for it any more. */
export function raisedTarget(csms: CsmsConfig, profile: LinkTarget["profile"]): LinkTarget | undefined {
  const url = urlFor(profile, setupOf(csms));
  return url === undefined ? undefined : { slot: 0, profile, url };
}

/** One object for each, so that links share a TLS context. */
const made = new WeakMap<CsmsConfig, Map<string, CsmsConfig>>();

export function csmsAt(base: CsmsConfig, { profile, url }: LinkTarget): CsmsConfig {
  const configured = configuredTarget(base);
  if (profile === configured.profile && url === base.url) return base;
  const byTarget = made.get(base) ?? new Map<string, CsmsConfig>();
  made.set(base, byTarget);
  const name = `${profile} ${url}`;
  let csms = byTarget.get(name);
  if (csms === undefined) {
    csms = { ...base, url, tls: tlsAt(base, profile) };
    byTarget.set(name, csms);
  }
  return csms;
}

const NO_TLS = { ca: undefined, cert: undefined, key: undefined, servername: undefined };

function tlsAt({ tls }: CsmsConfig, profile: LinkTarget["profile"]): CsmsConfig["tls"] {
  if (profile < 2) return undefined;
  // Profile 2 is without a certificate of the station, also where one is there for profile 3.
  return profile === 2 ? { ...NO_TLS, ...tls, cert: undefined, key: undefined } : (tls ?? NO_TLS);
}

interface Target {
  csmsOf(connection: StationConnection, csms: CsmsConfig): CsmsConfig;
  passwordOf(connection: StationConnection, csms: CsmsConfig): Buffer | undefined;
  refused(connection: StationConnection): void;
}

/** What each dial of a station's link asks for. */
export const dialTarget = (connection: StationConnection, csms: CsmsConfig, settings: Target | undefined) => ({
  csms: () => settings?.csmsOf(connection, csms) ?? csms,
  password: () => settings?.passwordOf(connection, csms),
  onRefused: () => settings?.refused(connection),
});

/**
 * True where the gateway has something of its own to prove towards the CSMS, or to be shown: then the settings of the link are its own. A link
 * without any is relayed as it is, and what the CSMS sets and reads is the station's.
 */
export const ownsLink = ({ password, tls, certificates, profileUrls }: CsmsConfig): boolean =>
  password !== undefined || tls !== undefined || certificates !== undefined || Object.keys(profileUrls).length > 0;
