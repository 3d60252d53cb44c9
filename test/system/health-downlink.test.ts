// deadline: 60s
/** A maintenance platform asks a gateway and its stations, over a real broker. */
import { randomUUID } from "node:crypto";
import { connect } from "mqtt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BOOT, openWorld } from "../support/e2e-world.ts";
import { hasMosquitto, startMosquitto, subscribe } from "../support/mosquitto.ts";
import { requires } from "../support/requires.ts";
import { until } from "../support/until.ts";

const withMosquitto = requires("mosquitto", hasMosquitto());
const PREFIX = "oh/v1/default/edge-1";

withMosquitto(
  "variables, a message once more and a scene come when they are asked for; nothing else reaches a station",
  async () => {
    const broker = await startMosquitto();
    const reader = await subscribe(broker.url);
    const client = connect(broker.url, { protocolVersion: 5 });
    const platforms = { om: { allow: ["SelfTest", "GetSnapshot", "TriggerMessage", "GetVariables"] as const } };
    const health = { gateway: "edge-1", batchMs: 200, platforms, mqtt: { url: broker.url } };
    const world = await openWorld({ config: { health } });
    try {
      const station = await world.dial("CP1", "ocpp2.0.1");
      const asked: string[] = [];
      station.answering((action, payload) => {
        asked.push(`${action} ${JSON.stringify(payload)}`);
        const component = { name: "AirCoolingSystem", evse: { id: 1 } };
        const fan = { component, variable: { name: "FanSpeed" }, attributeStatus: "Accepted", attributeValue: "1180" };
        const token = {
          ...fan,
          component: { name: "TokenReader" },
          variable: { name: "Token" },
          attributeValue: "04A2B3C4",
        };
        return action === "GetVariables" ? { getVariableResult: [fan, token] } : { status: "Accepted" };
      });
      await station.ask("BootNotification", BOOT["ocpp2.0.1"]);
      const status = { evseId: 1, connectorId: 1, connectorStatus: "Occupied", timestamp: new Date().toISOString() };
      await station.ask("StatusNotification", status);
      const asset = await until("the EVSE's name", () => {
        const event = reader.on("/ev").find(({ json }) => json.e.status === "Occupied");
        return event?.topic.split("/")[4];
      });
      const ask = async (name: string, args: object) => {
        const correlationData = Buffer.from(randomUUID());
        const request = { cmdId: randomUUID(), name, notAfter: Date.now() + 60_000, args };
        client.publish(`${PREFIX}/cmd/om`, JSON.stringify(request), {
          qos: 1,
          properties: { responseTopic: `${PREFIX}/rsp/om/x`, correlationData },
        });
        const answer = await until(`an answer to ${name}`, () =>
          reader.on("/rsp/om/x").find(({ json }) => json.cmdId === request.cmdId),
        );
        assert.equal(answer.packet.properties?.correlationData, correlationData);
        const { status: outcome, reason, observed } = answer.json;
        return [outcome, reason ?? observed];
      };

      assert.equal(await ask("GetVariables", { asset, variables: ["AirCoolingSystem.FanSpeed"] }), ["Done", 1]);
      await until("the fan in a batch", () => reader.on("/m").some(({ text }) => text.includes("1180")));
      assert.equal(await ask("TriggerMessage", { asset, message: "MeterValues" }), ["Done", undefined]);
      assert.equal(await ask("GetSnapshot", { asset }), ["Done", undefined]);
      assert.equal(await ask("GetVariables", { asset, variables: ["TokenReader.Token"] }), [
        "Rejected",
        "badArguments",
      ]);
      assert.equal(await ask("TriggerMessage", { asset, message: "BootNotification" }), ["Rejected", "badArguments"]);
      await station.close();
      assert.equal(await ask("TriggerMessage", { asset, message: "MeterValues" }), ["Failed", "notConnected"]);
      assert.equal(asked, [
        'GetVariables {"getVariableData":[{"component":{"name":"AirCoolingSystem","evse":{"id":1}},"variable":{"name":"FanSpeed"}}]}',
        'TriggerMessage {"requestedMessage":"MeterValues","evse":{"id":1}}',
      ]);
      assert.ok(reader.messages.every(({ text }) => !text.includes("04A2B3C4")));
      const audits = world.security.filter(({ type }) => type === "DiagnosticsRequested");
      assert.is(audits.length, 6);
      assert.equal(audits[0], {
        type: "DiagnosticsRequested",
        stationId: "CP1",
        detail: "GetVariables of om: granted",
      });
      await until("the counters", () => world.gateway.healthStats()?.requests === 6);
      assert.is(world.gateway.healthStats()?.requestsRefused, 2);
    } finally {
      await world[Symbol.asyncDispose]();
      await Promise.all([reader.close(), client.endAsync()]);
      await broker.stop();
    }
  },
);

withMosquitto("without a grant nothing is listened to", async () => {
  const broker = await startMosquitto();
  const reader = await subscribe(broker.url);
  const client = connect(broker.url, { protocolVersion: 5 });
  const world = await openWorld({ config: { health: { gateway: "edge-1", mqtt: { url: broker.url } } } });
  try {
    await until("the gateway to be there", () => reader.on("/state").length > 0);
    const request = { cmdId: randomUUID(), name: "SelfTest", notAfter: Date.now() + 60_000 };
    const { reasonCode } = (await client.publishAsync(`${PREFIX}/cmd/om`, JSON.stringify(request), { qos: 1 })) as {
      reasonCode?: number;
    };
    assert.is(world.gateway.healthStats()?.requests, 0);
    // The reader listens to everything, so that this is no "no matching subscribers".
    assert.is(reasonCode ?? 0, 0);
    assert.equal(reader.on("/rsp/om"), []);
  } finally {
    await world[Symbol.asyncDispose]();
    await Promise.all([reader.close(), client.endAsync()]);
    await broker.stop();
  }
});

test.run();
