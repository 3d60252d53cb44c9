/** Reads along at a broker that is not ours: everything under the demonstration's topics. */
import { readFileSync } from "node:fs";
import { GatewayError } from "../index.ts";
import type { BrokerMessage } from "../sim/broker.ts";
import { healthText } from "../sim/health-payload.ts";
import { brokerOf, DEMO_GATEWAY, DEMO_TENANT } from "./demo-config.ts";

export interface WatchOptions {
  readonly caFile: string | undefined;
  readonly onMessage: (message: Pick<BrokerMessage, "topic" | "payload" | "bytes">) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Subscribes. Rejects with `ERR_UPLINK` when the broker cannot be reached or refuses. */
export async function watchBroker(
  url: string,
  { caFile, onMessage }: WatchOptions,
): Promise<{ stop(): Promise<void> }> {
  const { connectAsync } = await import("mqtt");
  const { url: endpoint, ...user } = brokerOf(url);
  const topics = `oh/v1/${DEMO_TENANT}/${DEMO_GATEWAY}/#`;
  try {
    const client = await connectAsync(endpoint, {
      ...user,
      ...(caFile !== undefined && { ca: readFileSync(caFile) }),
      // Understood by every broker, 3.1.1-only ones included.
      protocolVersion: 4,
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
    client.on("message", (topic, payload, { retain }) => {
      // What an earlier demonstration left behind is not this one's.
      if (!retain) onMessage({ topic, payload: healthText(payload), bytes: payload.length });
    });
    await client.subscribeAsync(topics, { qos: 1 });
    return { stop: () => client.endAsync() };
  } catch (cause) {
    throw new GatewayError("ERR_UPLINK", `the broker ${endpoint} cannot be used`, { setting: "--broker" }, { cause });
  }
}
