/** The stand-in for mosquitto, as the product's own MQTT client sees it. */
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startChild, untilListening } from "../../bench/child.ts";
import { freePort } from "../../bench/free-port.ts";

const sink = fileURLToPath(new URL("../../bench/mqtt-sink.ts", import.meta.url));

for (const protocolVersion of [4, 5] as const) {
  test(`MQTT ${protocolVersion === 4 ? "3.1.1" : "5"}: connects, acknowledges QoS 1 in any number, grants subscriptions`, async () => {
    const port = await freePort();
    const args = ["--import", "tsx", sink, String(port)];
    const child = await startChild({ command: process.execPath, args, logFile: "/dev/null" });
    try {
      await untilListening(child, port);
      const options = { protocolVersion, reconnectPeriod: 0, connectTimeout: 5000 };
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, options);
      // Payloads around the length field's steps of 128 and 16 384 bytes.
      const sizes = [0, 100, 127, 128, 16_383, 16_384, 50_000];
      await Promise.all(sizes.map((size) => client.publishAsync("bench/topic", Buffer.alloc(size, "x"), { qos: 1 })));
      const [granted] = await client.subscribeAsync("bench/#", { qos: 0 });
      assert.is(granted?.qos, 0);
      await client.endAsync();
    } finally {
      await child.stop();
    }
  });
}

test.run();
