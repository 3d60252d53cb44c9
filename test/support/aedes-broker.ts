/** The embedded broker: MQTT 3.1.1 only, so it shows the fallback. */
import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { healthText } from "../../src/sim/health-payload.ts";
import type { Received } from "./mosquitto.ts";

export interface AedesBroker {
  readonly port: number;
  readonly url: string;
  /** Every message published by clients, oldest first. */
  readonly messages: readonly Received[];
  on(suffix: string): readonly Received[];
  close(): Promise<void>;
}

export async function startAedes(port = 0): Promise<AedesBroker> {
  const broker = await Aedes.createBroker();
  const messages: Received[] = [];
  broker.on("publish", (packet, client) => {
    if (client === null) return;
    const text = healthText(Buffer.from(packet.payload));
    messages.push({ topic: packet.topic, text, json: JSON.parse(text), retain: packet.retain, packet });
  });
  const server = createServer(broker.handle).listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    url: `mqtt://127.0.0.1:${address.port}`,
    messages,
    on: (suffix) => messages.filter(({ topic }) => topic.endsWith(suffix)),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await closed;
    },
  };
}
