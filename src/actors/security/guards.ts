/** Makes the firewall of each connection: the policy of its rule, compiled once, and what is remembered of its station. */
import { compileFirewall, type FirewallTable } from "../../domain/firewall/compile.ts";
import type { StationLife } from "../../domain/firewall/facts.ts";
import { StationGuard } from "../../domain/firewall/guard.ts";
import type { FirewallPolicy } from "../../domain/firewall/policy.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { isOfCsms } from "../../domain/security/link-profile.ts";
import { configuredTarget, setupOf } from "../link/link-csms.ts";
import type { StationConnection } from "../station-connection.ts";

const tables = new WeakMap<FirewallPolicy, ReadonlyMap<OcppVersion, FirewallTable>>();

/** Undefined where the firewall is off. */
export function guardFor(connection: StationConnection): StationGuard | undefined {
  const { firewall, csms } = connection.rule;
  if (!firewall.enabled) return undefined;
  const policy = csms?.speaks !== undefined && connection.version === "ocpp1.6" ? forTranslated(firewall) : firewall;
  let compiled = tables.get(policy);
  if (compiled === undefined) {
    compiled = compileFirewall(policy);
    tables.set(policy, compiled);
  }
  const table = compiled.get(connection.version);
  if (table === undefined) return undefined;
  const { memory } = connection.host;
  memory.forgetIds();
  return new StationGuard(table, lifeOf(connection), memory);
}

const translated = new WeakMap<FirewallPolicy, FirewallPolicy>();

/** What reaches a translated station are steps of the gateway's own plan: how often they come is no sign of an attack. */
function forTranslated(policy: FirewallPolicy): FirewallPolicy {
  let changed = translated.get(policy);
  if (changed === undefined) {
    changed = { ...policy, modes: { ...policy.modes, "R17-rate": "off" } };
    translated.set(policy, changed);
  }
  return changed;
}

/** Asked only by rules that need it: the actor's context is not copied. */
function lifeOf(connection: StationConnection): StationLife {
  const { host, version, toCsms, toStation, rule } = connection;
  const { csms } = rule;
  return {
    version,
    strength: connection.strength,
    get linkProfile() {
      if (csms === undefined) return connection.strength;
      return connection.linkProfile?.() ?? configuredTarget(csms).profile;
    },
    isOfCsms: (url) => csms !== undefined && isOfCsms(url, setupOf(csms)),
    get registration() {
      return host.context.registration;
    },
    get isCharging() {
      for (const _ in host.context.transactions) return true;
      return false;
    },
    knows: (transactionId) => Object.hasOwn(host.context.transactions, transactionId),
    isLate: (from, id) => (from === "south" ? toStation : toCsms).expiredLately(id) !== undefined,
  };
}
