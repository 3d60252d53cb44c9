/** The gateway's configuration in a demonstration: as a user would write it, with ports and secrets of the moment. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

export interface DemoParties {
  readonly dataDir: string;
  readonly csmsUrl: string;
  /** PEM file of the roots of a wss:// CSMS. */
  readonly csmsCa: string | undefined;
  /** User name and password may stand in it. */
  readonly brokerUrl: string;
  readonly brokerCa: string | undefined;
  /** Stations with a password of their own and another one towards the CSMS. */
  readonly protectedStations: readonly string[];
  /** True where the demonstration's own CSMS knows the passwords. */
  readonly ownCsms: boolean;
  readonly idPrefix: string;
}

export interface StationSecrets {
  /** From station to gateway. */
  readonly south: string;
  /** From gateway to CSMS. */
  readonly north: string;
}

export interface DemoConfig {
  /** For `parseConfig`. */
  readonly document: object;
  readonly secrets: ReadonlyMap<string, StationSecrets>;
}

export const DEMO_TENANT = "demo";
export const DEMO_GATEWAY = "edge-1";
/** A person who watches wants to see a batch soon. */
const BATCH_MS = 500;

export function demoConfig(parties: DemoParties): DemoConfig {
  const secrets = new Map(parties.protectedStations.map((id) => [id, { south: secret(), north: secret() }]));
  const rules = [...secrets].map(([match, { south, north }]) => ({
    match,
    password: south,
    ...(parties.ownCsms && { csms: { password: north } }),
  }));
  const document = {
    dataDir: parties.dataDir,
    listen: { host: "127.0.0.1", port: 0 },
    path: "/ocpp",
    csms: { url: parties.csmsUrl, ...trusted(parties.csmsCa) },
    stations: [...rules, { match: `${parties.idPrefix}*` }],
    health: {
      tenant: DEMO_TENANT,
      gateway: DEMO_GATEWAY,
      batchMs: BATCH_MS,
      mqtt: { ...brokerOf(parties.brokerUrl), ...trusted(parties.brokerCa) },
    },
    backoff: { minSec: 0.5, maxSec: 4, jitterSec: 0.5 },
    // What a station left here when the demonstration ends is delivered before the verdict.
    spool: { orphanSec: 1 },
    admin: false,
    log: { level: "silent" },
    shutdownSec: 5,
  };
  return { document, secrets };
}

/** The URL without its user, and the user. */
export function brokerOf(url: string): { url: string; username?: string; password?: string } {
  const parsed = new URL(url);
  const { username, password } = parsed;
  parsed.username = "";
  parsed.password = "";
  return {
    url: parsed.href.replace(/\/$/, ""),
    ...(username !== "" && { username: decodeURIComponent(username) }),
    ...(password !== "" && { password: decodeURIComponent(password) }),
  };
}

function trusted(caFile: string | undefined): { tls?: { ca: string } } {
  return caFile === undefined ? {} : { tls: { ca: readFileSync(caFile, "utf8") } };
}

function secret(): string {
  return randomBytes(16).toString("base64url");
}
