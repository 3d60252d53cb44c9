/** The link that the configuration asks for: to a broker, or to a server. */
import type { HttpsLinkOptions } from "./https-link.ts";
import { HttpsLink } from "./https-link.ts";
import type { Link } from "./link.ts";
import { MqttLink, type MqttLinkOptions } from "./mqtt-link.ts";
import { SparkplugLink } from "./sparkplug/sparkplug-link.ts";
import type { WorkerConfig } from "./thread-messages.ts";

export type LinkParts = Pick<MqttLinkOptions, "tuning" | "hooks" | "now" | "random" | "connect"> &
  Pick<HttpsLinkOptions, "wallClock"> & {
    readonly config: WorkerConfig;
    /** Said by the broker when the gateway is gone. A server has no such thing. */
    readonly will: { readonly topic: string; readonly payload: string };
    /** Questions of platforms, over MQTT. */
    readonly inbound: MqttLinkOptions["inbound"];
  };

export function openLink({ config, will, ...parts }: LinkParts): Link {
  const { https, mqtt, encoding, tenant, gateway, privacy } = config;
  const { inbound: _, ...rest } = parts;
  if (https !== undefined) return new HttpsLink({ ...rest, https, gateway });
  if (mqtt === undefined) throw new Error("neither a broker nor a server is configured");
  const clientId = `twinlane-${tenant}-${gateway}`;
  if (mqtt.layout === "sparkplug") return new SparkplugLink({ ...rest, mqtt, tenant, gateway, clientId });
  const { profile } = privacy;
  return new MqttLink({
    ...parts,
    mqtt,
    encoding,
    privacy: profile,
    will: () => ({ ...will, isState: true }),
    clientId,
  });
}
