/** The health lane's settings. */
import { join } from "node:path";
import { isLoopback } from "./addresses.ts";
import { buildTlsClient } from "./build-csms.ts";
import { DEFAULTS } from "./defaults.ts";
import type { HealthDocument, HttpsSinkDocument, MqttDocument } from "./document.ts";
import type { IssueList } from "./issues.ts";
import type { Sources } from "./secrets.ts";
import type { HealthSettings, HttpsSinkConfig, MqttConfig } from "./types.ts";

const MIN_KEY_BYTES = 32;

export function buildHealth(
  document: HealthDocument,
  dataDir: string,
  sources: Sources,
  issues: IssueList,
): HealthSettings {
  const {
    acknowledged = DEFAULTS.health.acknowledged,
    mqtt,
    https,
    pseudonymKey,
    spool,
    dashcam,
    reduce,
    privacy,
    platforms = {},
    ...settings
  } = document;
  if ((mqtt === undefined) === (https === undefined)) {
    issues.error("/health", 'needs one of "mqtt" and "https"');
  }
  if (https !== undefined && document.encoding === "cbor") {
    issues.error("/health/encoding", "https sends lines of JSON; leave encoding out");
  }
  if (mqtt?.layout === "sparkplug" && document.encoding === "cbor") {
    issues.error("/health/encoding", "the sparkplug layout has an encoding of its own; leave encoding out");
  }
  if (Object.keys(platforms).length > 0 && (mqtt === undefined || mqtt.layout === "sparkplug")) {
    issues.error("/health/platforms", "needs mqtt in its native layout, for the questions come over it");
  }
  const keyText = pseudonymKey && sources.secret(pseudonymKey, "/health/pseudonymKey").text;
  return {
    ...DEFAULTS.health,
    ...settings,
    spool: { ...DEFAULTS.healthSpool, ...spool },
    dashcam: { ...DEFAULTS.dashcam, ...dashcam, directory: join(dataDir, "dashcam") },
    reduce: { ...DEFAULTS.reduce, ...reduce },
    privacy: { ...DEFAULTS.privacy, ...privacy },
    platforms: Object.fromEntries(
      Object.entries(platforms).map(([name, grant]) => [name, { ...DEFAULTS.platform, ...grant }]),
    ),
    mqtt: mqtt && buildMqtt(mqtt, sources, issues),
    https: https && buildHttps(https, sources, issues),
    acknowledged: readTimes(acknowledged, issues),
    analysisFile: join(dataDir, "health", "analysis.state"),
    pseudonymKey:
      pseudonymKey === undefined
        ? { file: join(dataDir, "keys", "pseudonym.key") }
        : decodeKey(keyText, "/health/pseudonymKey", issues),
  };
}

/** The pattern of the schema lets a thirteenth month pass. */
function readTimes(times: Readonly<Record<string, string>>, issues: IssueList): Readonly<Record<string, number>> {
  const read = Object.entries(times).map(([asset, text]) => {
    const at = Date.parse(text);
    if (Number.isNaN(at)) issues.error(`/health/acknowledged/${asset}`, "is no date");
    return [asset, at] as const;
  });
  return Object.fromEntries(read);
}

/** Hex or base64 → bytes. An unread key gives none. */
function decodeKey(text: string | undefined, pointer: string, issues: IssueList): Uint8Array {
  if (text === undefined) return new Uint8Array();
  const bytes = new Uint8Array(Buffer.from(text, /^(?:[0-9A-Fa-f]{2})+$/.test(text) ? "hex" : "base64"));
  if (bytes.length < MIN_KEY_BYTES) {
    issues.error(pointer, `must be at least ${MIN_KEY_BYTES} bytes in hex or base64 (try: openssl rand -hex 32)`);
  }
  return bytes;
}

function buildMqtt(document: MqttDocument, sources: Sources, issues: IssueList): MqttConfig {
  const { tls, password, username, ...settings } = document;
  checkBroker(document, issues);
  return {
    ...DEFAULTS.mqtt,
    ...settings,
    username,
    password: password === undefined ? undefined : (sources.secret(password, "/health/mqtt/password").text ?? ""),
    tls: tls && buildTlsClient(tls, "/health/mqtt/tls", sources, issues),
  };
}

function buildHttps(document: HttpsSinkDocument, sources: Sources, issues: IssueList): HttpsSinkConfig {
  const { tls, token, ...settings } = document;
  const pointer = "/health/https";
  if (!URL.canParse(document.url)) issues.error(`${pointer}/url`, "is not a URL");
  else if (tls?.ca === undefined) {
    issues.error(pointer, 'needs "tls.ca": trusted roots in PEM, or "system"');
  }
  return {
    ...DEFAULTS.healthHttps,
    ...settings,
    token: token === undefined ? undefined : (sources.secret(token, `${pointer}/token`).text ?? ""),
    tls: tls && buildTlsClient(tls, `${pointer}/tls`, sources, issues),
  };
}

function checkBroker({ url, tls, password, username }: MqttDocument, issues: IssueList): void {
  const pointer = "/health/mqtt";
  if (!URL.canParse(url)) {
    issues.error(`${pointer}/url`, "is not a URL");
    return;
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === "mqtts:" && tls?.ca === undefined) {
    issues.error(pointer, 'mqtts:// needs "tls.ca": trusted roots in PEM, or "system"');
  }
  if (protocol === "mqtt:" && tls !== undefined) {
    issues.error(`${pointer}/tls`, "the URL is mqtt://, so TLS is not used; make it mqtts:// or leave tls out");
  }
  if (protocol === "mqtt:" && !isLoopback(hostname.replace(/^\[|\]$/g, ""))) {
    issues.warn(`${pointer}/url`, "mqtt:// sends everything in the clear; use mqtts://");
  }
  if (password !== undefined && username === undefined) issues.error(pointer, '"password" needs "username"');
}
