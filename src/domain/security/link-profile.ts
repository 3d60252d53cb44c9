/**
 * The security profile of the link to the CSMS: what it is by the configuration, and whether the CSMS may have another one.
 *
 * A profile only rises (A00.FR.005). What a higher one needs must be there before it is tried: a password for 1 and 2, an endpoint with TLS and
 * a root of the CSMS for 2 and 3, a certificate of the station for 3.
 *
 * @see security extension edition 3 A05; OCPP 2.0.1 Part 2 A05, B09
 */

/** 0: nobody authenticates · 1: HTTP Basic · 2: TLS + Basic · 3: mutual TLS. */
export type LinkProfile = 0 | 1 | 2 | 3;

/** What the configuration says of the link. */
export interface LinkSetup {
  readonly url: string;
  /** Where the CSMS takes links of a profile, beside `url`. */
  readonly profileUrls: { readonly [profile: string]: string };
  readonly hasPassword: boolean;
  /** It is configured, beside what the CSMS has signed. */
  readonly hasCertificate: boolean;
  /** The CSMS, or an EST server, signs certificates. */
  readonly isCertified: boolean;
}

/**
 * The profile that the configuration makes. A certificate which the CSMS signs makes none by itself where a password is configured: the
 * CSMS says when the profile rises.
 */
export function configuredProfile({ url, hasPassword, hasCertificate, isCertified }: LinkSetup): LinkProfile {
  if (!isSecure(url)) return hasPassword ? 1 : 0;
  return hasCertificate || (isCertified && !hasPassword) ? 3 : 2;
}

/** Where a link of this profile goes; undefined: nobody has said. */
export function urlFor(profile: LinkProfile, { url, profileUrls }: LinkSetup): string | undefined {
  const below = profile === 3 ? [profileUrls["3"], profileUrls["2"]] : [profileUrls[String(profile)]];
  return [...below, url].find((one) => one !== undefined && isSecure(one) === profile >= 2);
}

/** What the station has by now. */
export interface LinkMeans {
  readonly hasPassword: boolean;
  readonly hasRoot: boolean;
  readonly hasCertificate: boolean;
}

/** @returns why the profile cannot be had, in one word; undefined: it can */
export function profileFault(
  profile: LinkProfile | undefined,
  {
    current,
    means,
    url,
  }: { readonly current: LinkProfile; readonly means: LinkMeans; readonly url: string | undefined },
): "no-profile" | "not-higher" | "no-endpoint" | "no-password" | "no-root" | "no-certificate" | undefined {
  if (profile === undefined) return "no-profile";
  if (profile <= current) return "not-higher";
  return meansFault(profile, means, url);
}

/** The same, of a profile that need not be higher. */
export function meansFault(profile: LinkProfile, means: LinkMeans, url: string | undefined) {
  if (url === undefined || isSecure(url) !== profile >= 2) return "no-endpoint";
  if ((profile === 1 || profile === 2) && !means.hasPassword) return "no-password";
  if (profile >= 2 && !means.hasRoot) return "no-root";
  return profile === 3 && !means.hasCertificate ? "no-certificate" : undefined;
}

const PROFILES: readonly LinkProfile[] = [0, 1, 2, 3];

/** Undefined for a number that is none. */
export const asProfile = (value: unknown): LinkProfile | undefined => PROFILES.find((profile) => profile === value);

/** A URL that is one of the CSMS's: what it sets may lead to no other host. */
export function isOfCsms(candidate: string, { url, profileUrls }: LinkSetup): boolean {
  const host = hostOf(candidate);
  return host !== undefined && [url, ...Object.values(profileUrls)].some((own) => hostOf(own) === host);
}

export const isSecure = (url: string): boolean => url.startsWith("wss:");

function hostOf(url: string): string | undefined {
  if (!/^wss?:\/\/[^\s?#@]+$/.test(url) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname;
}
