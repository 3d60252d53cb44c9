/** Checks that need the whole configuration: addresses, ports, and settings that contradict each other. */
import { isRuleName } from "../domain/firewall/rules.ts";
import { isMetricName, isToldName } from "../domain/reduce/metric-name.ts";
import { clashes, isListed, isLoopback, isLoopbackOrPrivate, isNetwork } from "./addresses.ts";
import { listenerDocuments } from "./build-listeners.ts";
import { checkQuirks } from "./build-translate.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ConfigDocument } from "./document.ts";
import { compileGlob, isGlob } from "./glob.ts";
import type { IssueList } from "./issues.ts";
import type { GatewayConfig, HealthSettings, StationRule } from "./types.ts";

const NO_NETWORK = "is not an IP address or a network";

export function checkConfig(document: ConfigDocument, config: GatewayConfig, issues: IssueList): void {
  checkPlainListeners(document, config, issues);
  checkPorts(document, config, issues);
  checkRuleOrder(config.stations, issues);
  checkHealth(document, config, issues);
  checkTranslation(document, config, issues);
  checkUkSmartCharging(document, config, issues);
  checkFirewall(document, issues);
  if (document.csms?.identity !== undefined) {
    issues.error("/csms/identity", "belongs in a rule that matches one station");
  }
  if (config.backoff.minSec > config.backoff.maxSec) issues.error("/backoff", "minSec must not be above maxSec");
  if (config.admin !== undefined && !isLoopback(config.admin.host)) {
    issues.warn("/admin/host", "the administration port has no authentication; keep it on loopback");
  }
}

/** Without TLS only where the network is known to be a local one, or the configuration takes the responsibility. */
function checkPlainListeners(document: ConfigDocument, config: GatewayConfig, issues: IssueList): void {
  const allowed = document.allowPlainOn ?? [];
  for (const [i, network] of allowed.entries()) {
    if (!isNetwork(network)) issues.error(`/allowPlainOn/${i}`, NO_NETWORK);
  }
  const anyPlain = config.stations.some(({ securityProfile }) => securityProfile <= 1);
  const usable = allowed.filter(isNetwork);
  for (const [pointer, listener] of listenerDocuments(document)) {
    if (listener.tls !== undefined) continue;
    const host = listener.host ?? DEFAULTS.listenHost;
    if (!anyPlain) {
      issues.warn(pointer, "nobody can connect here: this listener has no TLS, and every station rule wants it");
    } else if (!isLoopbackOrPrivate(host) && !isListed(host, usable)) {
      issues.error(
        pointer,
        `without TLS (security profiles 0 and 1) only on loopback and private addresses; add tls, or list "${host}" in allowPlainOn`,
      );
    }
  }
}

function checkPorts(document: ConfigDocument, config: GatewayConfig, issues: IssueList): void {
  const pointers = listenerDocuments(document).map(([pointer]) => pointer);
  const places = config.listeners.map(({ host, port }, i) => ({ host, port, pointer: pointers[i] ?? "/listen" }));
  if (config.admin !== undefined) places.push({ host: config.admin.host, port: config.admin.port, pointer: "/admin" });
  for (const [i, place] of places.entries()) {
    const earlier = places.slice(0, i).find((other) => clashes(other, place));
    if (earlier !== undefined) issues.error(place.pointer, `port ${place.port} is already taken by ${earlier.pointer}`);
  }
}

/** Rules that can never apply, because an earlier one takes every station they match. */
function checkRuleOrder(rules: readonly StationRule[], issues: IssueList): void {
  const earlierGlobs: { readonly match: string; readonly matches: (identity: string) => boolean }[] = [];
  const seen = new Set<string>();
  for (const [i, { match }] of rules.entries()) {
    const cover = seen.has(match)
      ? match
      : earlierGlobs.find((glob) => (isGlob(match) ? /^\*+$/.test(glob.match) : glob.matches(match)))?.match;
    if (cover !== undefined) issues.warn(`/stations/${i}`, `never applies: the rule "${cover}" above matches first`);
    seen.add(match);
    if (isGlob(match) && cover === undefined) earlierGlobs.push({ match, matches: compileGlob(match) });
  }
}

function checkFirewall(document: ConfigDocument, issues: IssueList): void {
  const places = [
    ["/firewall", document.firewall],
    ["/stationDefaults/firewall", document.stationDefaults?.firewall],
    ...(document.stations ?? []).map(({ firewall }, i) => [`/stations/${i}/firewall`, firewall] as const),
  ] as const;
  const checkNetworks = (networks: readonly string[] = [], pointer: string) => {
    for (const [i, network] of networks.entries()) {
      if (!isNetwork(network)) issues.error(`${pointer}/${i}`, NO_NETWORK);
    }
  };
  checkNetworks(document.intrusion?.allowFrom, "/intrusion/allowFrom");
  for (const [pointer, firewall] of places) {
    const odd = Object.keys(firewall?.modes ?? {}).filter((name) => !isRuleName(name));
    for (const name of odd) issues.error(`${pointer}/modes/${name}`, "is not the name of a rule");
    checkNetworks(firewall?.locations?.networks, `${pointer}/locations/networks`);
    if (firewall?.enabled === false)
      issues.warn(pointer, "without the firewall a CSMS may order stations whatever it likes");
  }
}

/** What is translated has to be kept: without the spool a restart would give one transaction two names. */
function checkTranslation(document: ConfigDocument, config: GatewayConfig, issues: IssueList): void {
  checkQuirks({ document: document.translate, pointer: "/translate" }, issues);
  checkQuirks({ document: document.stationDefaults?.translate, pointer: "/stationDefaults/translate" }, issues);
  for (const [i, { translate }] of (document.stations ?? []).entries()) {
    checkQuirks({ document: translate, pointer: `/stations/${i}/translate` }, issues);
  }
  for (const [i, { csms, translate }] of config.stations.entries()) {
    const pointer = document.stations === undefined ? "" : `/stations/${i}`;
    if (csms?.speaks !== undefined && !config.spool.enabled) {
      issues.error(`${pointer}/csms/speaks`, "translation needs the spool; leave spool.enabled at true");
    }
    const numbers = (translate.topology?.evses ?? []).flatMap(({ connectors }) => connectors.map((c) => c.connector16));
    if (new Set(numbers).size < numbers.length) {
      issues.error(`${pointer}/translate/evses`, "two connectors have the same number");
    }
  }
}

/** A command that is held back is on disk before the CSMS is told so. */
function checkUkSmartCharging(document: ConfigDocument, config: GatewayConfig, issues: IssueList): void {
  for (const [i, { ukSmartCharging }] of config.stations.entries()) {
    if (ukSmartCharging === undefined) continue;
    const pointer = document.stations?.[i]?.ukSmartCharging ? `/stations/${i}` : "/stationDefaults";
    if (!config.spool.enabled) {
      issues.error(`${pointer}/ukSmartCharging`, "holding commands back needs the spool; leave spool.enabled at true");
    }
    const { offPeak } = ukSmartCharging;
    if (offPeak !== undefined && !isTimeZone(offPeak.timeZone)) {
      issues.error(`${pointer}/ukSmartCharging/offPeak/timeZone`, "is no time zone; write one such as Europe/London");
    }
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

const NO_METRIC = "is no measurand and no Component.Variable the health lane takes";

function checkMetricNames({ reduce, privacy }: HealthSettings, issues: IssueList): void {
  for (const [name, { epsKind, span }] of Object.entries(reduce.channels)) {
    const pointer = `/health/reduce/channels/${name}`;
    if (!isMetricName(name)) issues.error(pointer, NO_METRIC);
    if (epsKind === "pctSpan" && !span) issues.error(pointer, '"epsKind": "pctSpan" needs "span"');
  }
  for (const [i, name] of privacy.withhold.entries()) {
    if (!isMetricName(name)) issues.error(`/health/privacy/withhold/${i}`, NO_METRIC);
  }
  for (const [i, name] of (privacy.grant ?? []).entries()) {
    if (!isToldName(name)) issues.error(`/health/privacy/grant/${i}`, "is no channel of the health lane");
  }
}

function checkHealth(document: ConfigDocument, config: GatewayConfig, issues: IssueList): void {
  if (config.health !== undefined) checkMetricNames(config.health, issues);
  for (const [i, { fork, health }] of config.stations.entries()) {
    if (fork === "divert" && (!health || config.health === undefined)) {
      issues.warn(
        document.stations === undefined ? "" : `/stations/${i}`,
        'fork "divert" without the health lane: condition data goes nowhere',
      );
    }
  }
}
