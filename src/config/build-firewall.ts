/** A station's firewall: settings of its rule before those of the defaults and of the top level. */
import type { FirewallPolicy } from "../domain/firewall/policy.ts";
import { DEFAULTS } from "./defaults.ts";
import type { FirewallDocument } from "./document.ts";

/** The last one made: rules that set nothing of their own share one policy, and with it one compiled table. */
let latest: { readonly text: string; readonly policy: FirewallPolicy } | undefined;

/** @param documents the later go before the earlier, setting by setting */
export function buildFirewall(documents: readonly (FirewallDocument | undefined)[]): FirewallPolicy {
  const text = JSON.stringify(documents);
  if (latest?.text === text) return latest.policy;
  const settings: FirewallDocument = Object.assign({}, ...documents);
  const policy: FirewallPolicy = {
    vendors: undefined,
    ratedCurrentA: undefined,
    ratedPowerW: undefined,
    identity: undefined,
    rights: {},
    ...DEFAULTS.firewall,
    ...settings,
    locations: Object.assign({}, DEFAULTS.locations, ...documents.map((one) => one?.locations)),
    modes: Object.assign({}, ...documents.map((one) => one?.modes)),
  };
  latest = { text, policy };
  return policy;
}
