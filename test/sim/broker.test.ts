import { connectAsync } from "mqtt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isGatewayError } from "../../src/domain/error.ts";
import { type BrokerMessage, startBroker } from "../../src/sim/broker.ts";
import { until } from "../support/wait.ts";

test("the observer hears what a client publishes, and a subscriber gets it", async () => {
  const seen: BrokerMessage[] = [];
  const broker = await startBroker({ onMessage: (message) => seen.push(message) });
  const client = await connectAsync(broker.url, { protocolVersion: 4 });
  const got = new Promise<string>((resolve) => client.on("message", (_topic, payload) => resolve(String(payload))));
  await client.subscribeAsync("oh/#");
  await client.publishAsync("oh/v1/x", '{"ü":1}', { qos: 1, retain: true });
  assert.is(await got, '{"ü":1}');
  // The broker tells its subscribers and its observer in an order of its own.
  await until("the observer to hear it", () => seen.length > 0);
  assert.equal(seen, [{ topic: "oh/v1/x", payload: '{"ü":1}', bytes: 8, retain: true, qos: 1 }]);
  assert.is(broker.clients(), 1);
  await client.endAsync();
  await broker.stop();
});

test("stop cuts clients that stay, and may be called twice", async () => {
  const broker = await startBroker();
  const client = await connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0 });
  const closed = new Promise<void>((resolve) => client.once("close", resolve));
  await Promise.all([broker.stop(), broker.stop(), closed]);
  await client.endAsync(true);
});

test("a port that is taken is ERR_LISTEN", async () => {
  const broker = await startBroker();
  const failure = await startBroker({ port: Number(new URL(broker.url).port) }).catch((error: unknown) => error);
  assert.ok(isGatewayError(failure, "ERR_LISTEN"));
  await broker.stop();
});

test.run();
