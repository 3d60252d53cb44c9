/** The access list of docs/operations.md keeps tenants apart on a real mosquitto: what matters is what is delivered, not what a SUBACK says. */
import { readFileSync, writeFileSync } from "node:fs";
import { connect, type MqttClient } from "mqtt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeCa } from "../support/certs.ts";
import { healthConfig } from "../support/health.ts";
import { startBroker, startLane, watch } from "../support/health-lane.ts";
import { hasMosquitto } from "../support/mosquitto.ts";
import { faulted16 } from "../support/ocpp-messages.ts";
import { requires } from "../support/requires.ts";
import { type Defer, scenario } from "../support/scenario.ts";
import { until } from "../support/wait.ts";

const withMosquitto = requires("mosquitto", hasMosquitto());
const PAGE = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");

/** The only block of that language on the page. */
function block(language: string): string {
  const [, rest, more] = PAGE.split(`\n\`\`\`${language}\n`);
  const text = rest?.split("\n```")[0];
  if (text === undefined || more !== undefined) throw new Error(`not one block of ${language}`);
  return text;
}

/** A broker as the page sets it up, but for its port and files. */
async function openBroker(defer: Defer, more: readonly string[] = []) {
  const ca = makeCa();
  defer(ca.dispose);
  const acl = `${ca.dir}/acl`;
  writeFileSync(acl, `${block("acl")}\n`);
  const isOurs = (line: string) => /^(listener|cafile|certfile|keyfile|acl_file) /.test(line);
  const config = block("conf")
    .split("\n")
    .filter((line) => !isOurs(line));
  const { certFile, keyFile } = ca.issue({ cn: "localhost", for: "server" });
  const tls = { caFile: ca.certFile, certFile, keyFile };
  const broker = await startBroker(defer, { tls, config: [...config, ...more, `acl_file ${acl}`] });
  const client = (cn: string) => {
    const { cert, key } = ca.issue({ cn, for: "client" });
    return { ca: ca.cert, cert, key };
  };
  const gateway = (tenant: string, name: string, cn = `${tenant}.${name}`) =>
    startLane(
      defer,
      healthConfig({ url: broker.url, tls: { ...client(cn), servername: undefined } }, { tenant, gateway: name }),
    );
  return { broker, client, gateway, ca: ca.cert };
}

const fault = () => faulted16(new Date().toISOString());
const tenantsOf = (messages: readonly { readonly topic: string }[]) => [
  ...new Set(messages.map(({ topic }) => topic.split("/")[2])),
];

withMosquitto(
  "each tenant's reader gets what its gateways say, all of it, and nothing of the other's, retained or not",
  scenario(async (defer) => {
    const { broker, client, gateway } = await openBroker(defer);
    const a = await watch(defer, broker.url, client("tenant-a"));
    const b = await watch(defer, broker.url, client("tenant-b"));
    const laneA = await gateway("tenant-a", "edge-1");
    laneA.feed(fault());
    await until("a's event", () => a.on("/ev").length === 1);
    const laneB = await gateway("tenant-b", "edge-2");
    laneB.feed(fault());
    await until("b's event, after which anything of a's would have come", () => b.on("/ev").length === 1);
    laneA.feed(fault());
    await until("a's second event, after which anything of b's would have come", () => a.on("/ev").length === 2);
    assert.equal([tenantsOf(a.messages), tenantsOf(b.messages)], [["tenant-a"], ["tenant-b"]]);
    const late = await watch(defer, broker.url, client("tenant-b"));
    laneB.feed(fault());
    await until("retained ones and a new event", () => late.on("/state").length === 1 && late.on("/ev").length === 1);
    assert.equal(tenantsOf(late.messages), ["tenant-b"]);
    assert.is(laneA.stats().refusedByBroker, 0);
  }),
);

withMosquitto(
  "a gateway that calls itself another tenant's is refused, and its messages reach nobody",
  scenario(async (defer) => {
    const { broker, client, gateway } = await openBroker(defer);
    const a = await watch(defer, broker.url, client("tenant-a"));
    const impostor = await gateway("tenant-a", "edge-1", "tenant-b.edge-2");
    impostor.feed(fault());
    await until("a refusal", () => (impostor.stats().refusedByBroker ?? 0) > 0);
    await impostor.stop(300);
    const honest = await gateway("tenant-a", "edge-1");
    honest.feed(fault());
    await until("the honest event", () => a.on("/ev").length === 1);
    assert.is(new Set(a.messages.map(({ json }) => json.b)).size, 1);
  }),
);

withMosquitto(
  "with use_username_as_clientid, a gateway under another's client id does not take its connection away",
  scenario(async (defer) => {
    const { gateway } = await openBroker(defer, ["use_username_as_clientid true"]);
    const honest = await gateway("tenant-a", "edge-1");
    await until("the honest connection", () => honest.stats().connected);
    const impostor = await gateway("tenant-a", "edge-1", "tenant-b.edge-2");
    await until("the impostor's connection", () => (impostor.stats().connects ?? 0) > 0);
    honest.feed(fault());
    await until("the honest event", () => honest.stats().published >= 3);
    assert.is(honest.stats().connects, 1);
  }),
);

withMosquitto(
  "readers write nothing, gateways read nothing, and who has no certificate does neither",
  scenario(async (defer) => {
    const { broker, client, gateway, ca } = await openBroker(defer);
    const a = await watch(defer, broker.url, client("tenant-a"));
    const spy = await watch(defer, broker.url, client("tenant-a.edge-1"));
    const plain = (options: object): MqttClient => {
      const made = connect(broker.url, { protocolVersion: 5, reconnectPeriod: 0, ...options });
      made.on("error", () => undefined);
      defer(() => made.endAsync(true));
      return made;
    };
    const reader = plain(client("tenant-a"));
    let isRefused = false;
    reader.publish("oh/v1/tenant-a/edge-1/x/ev", "{}", { qos: 1 }, (error) => {
      isRefused = error !== undefined && error !== null;
    });
    await until("the refusal", () => isRefused);
    const nobody = plain({ ca });
    let isConnected = false;
    let isClosed = false;
    nobody.on("connect", () => {
      isConnected = true;
    });
    nobody.on("close", () => {
      isClosed = true;
    });
    await until("the door to close", () => isClosed);
    assert.not.ok(isConnected);
    const lane = await gateway("tenant-a", "edge-1");
    lane.feed(fault());
    await until("the event", () => a.on("/ev").length === 1);
    assert.equal([a.on("/x/ev").length, spy.messages.length], [0, 0]);
  }),
);

test.run();
