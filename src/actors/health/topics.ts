/**
 * The lane's topics. All of a gateway's are under one prefix, so that a broker's access list is one line.
 *
 *     oh/v1/{tenant}/{gateway}/state        retained, and the will: online or offline
 *     oh/v1/{tenant}/{gateway}/birth        retained: assets, channel aliases, units
 *     oh/v1/{tenant}/{gateway}/cmd/{platform}  what a maintenance platform asks, and …/rsp/{platform} what it gets
 *     oh/v1/{tenant}/{gateway}/gap          what was lost, when something was
 *     oh/v1/{tenant}/{gateway}/{asset}/m    batches of metrics
 *     oh/v1/{tenant}/{gateway}/{asset}/ev   events
 *     oh/v1/{tenant}/{gateway}/{asset}/f    figures of a session
 *     oh/v1/{tenant}/{gateway}/{asset}/scene  chunks of a dashcam scene
 *     oh/v1/{tenant}/{gateway}/{asset}/soh  retained: state of health
 */
import { GatewayError } from "../../domain/error.ts";
import { trip } from "../../domain/privacy/tripwire.ts";

export interface Topics {
  readonly prefix: string;
  readonly state: string;
  readonly birth: string;
  readonly gap: string;
  metrics(asset: string): string;
  event(asset: string): string;
  features(asset: string): string;
  health(asset: string): string;
  scene(asset: string): string;
}

/** One topic level without wildcards or separators. */
const LEVEL = /^[A-Za-z0-9._~-]{1,64}$/;

/**
 * @throws GatewayError `ERR_CONFIG_INVALID` where tenant or gateway cannot be a topic level, or looks like personal data: the tripwire
 *   would hold every message back
 */
export function createTopics(tenant: string, gateway: string): Topics {
  requireLevel(tenant, "health.tenant");
  requireLevel(gateway, "health.gateway");
  const prefix = `oh/v1/${tenant}/${gateway}`;
  return {
    prefix,
    state: `${prefix}/state`,
    birth: `${prefix}/birth`,
    gap: `${prefix}/gap`,
    metrics: (asset) => `${prefix}/${asset}/m`,
    event: (asset) => `${prefix}/${asset}/ev`,
    features: (asset) => `${prefix}/${asset}/f`,
    health: (asset) => `${prefix}/${asset}/soh`,
    scene: (asset) => `${prefix}/${asset}/scene`,
  };
}

function requireLevel(text: string, setting: string): void {
  if (!LEVEL.test(text)) {
    throw new GatewayError("ERR_CONFIG_INVALID", `${setting} must be letters, digits, or . _ ~ -`, { setting });
  }
  const hit = trip(`oh/v1/${text}/`);
  if (hit === undefined) return;
  throw new GatewayError("ERR_CONFIG_INVALID", `${setting} looks like a ${hit.kind}; topics carry no such thing`, {
    setting,
  });
}
