// deadline: 120s
/** A degraded EVSE does not look sound after a restart, orderly or not; a damaged file is a cold start, and no more. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startAedes } from "../support/aedes-broker.ts";
import { BOOT } from "../support/e2e-world.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { friendly, PlainCsms } from "../support/plain-csms.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { dial } from "../support/ws-peer.ts";

const FAILURES = 20;

const stop = (transactionId: number, reason: string) => ({
  transactionId,
  meterStop: 10,
  timestamp: new Date().toISOString(),
  reason,
});

test("failures learnt in one life of the gateway count in the next ones, after SIGTERM as after kill -9", async () => {
  const broker = await startAedes();
  const csms = await PlainCsms.listen({ answer: friendly });
  const directory = tempDir();
  const document = {
    listen: { port: 0 },
    csms: { url: csms.url },
    stations: [{ match: "*", securityProfile: 0 }],
    health: { gateway: "edge-1", batchMs: 100, mqtt: { url: broker.url } },
  };

  let transactionId = 0;

  /** Sessions of one reason; the state of health after the last. */
  async function live(gateway: GatewayProcess, reason: string, sessions: number) {
    const from = broker.on("/soh").filter(({ json }) => "by" in json).length;
    const station = await dial(`${gateway.urls[0]}/CP1`, ["ocpp1.6"]);
    await station.ask("BootNotification", BOOT["ocpp1.6"]);
    for (let i = 0; i < sessions; i += 1) {
      transactionId += 1;
      // Tells the gateway which connector the transaction is on.
      const sampled = { timestamp: new Date().toISOString(), sampledValue: [{ value: "10" }] };
      await station.ask("MeterValues", { connectorId: 1, transactionId, meterValue: [sampled] });
      await station.ask("StopTransaction", stop(transactionId, reason));
    }
    // The station's own have no breakdown.
    const judged = () => broker.on("/soh").filter(({ json }) => "by" in json);
    await until("states of health", () => judged().length >= from + sessions);
    const { json } = judged().at(-1) ?? {};
    const entry = json?.["by"].find((each: { ind: string }) => each.ind === "failureRate");
    return { soh: Number(json?.["soh"]), evidence: Number(entry?.evidence) };
  }

  try {
    const first = await startGatewayProcess(directory, document);
    const degraded = await live(first, "PowerLoss", FAILURES);
    assert.ok(degraded.soh < 100, JSON.stringify(degraded));
    await first.kill("SIGTERM");

    const second = await startGatewayProcess(directory, document);
    // The first session after a restart may be a part of one, and is not counted.
    const again = await live(second, "Local", 2);
    assert.ok(again.soh < 100 && again.evidence === FAILURES + 1, JSON.stringify(again));
    await second.kill("SIGKILL");

    const third = await startGatewayProcess(directory, document);
    const killed = await live(third, "Local", 1);
    assert.ok(killed.soh < 100 && killed.evidence >= FAILURES, JSON.stringify(killed));
    assert.is(await third.metric("twinlane_health_analysis_failures_total"), 0);
    await third.kill("SIGTERM");

    writeFileSync(join(directory, "data", "health", "analysis.state"), "twinlane-analysis 1 0\n[]");
    const fourth = await startGatewayProcess(directory, document);
    const cold = await live(fourth, "Local", 1);
    assert.equal(cold, { soh: 100, evidence: 1 });
    assert.is(await fourth.metric("twinlane_health_analysis_failures_total"), 1);
    assert.ok(fourth.log.some(({ msg }) => msg === "health analysis unreadable, learns anew"));
    await fourth.kill("SIGTERM");
  } finally {
    await csms.close();
    await broker.close();
  }
});

test("a ground fault holds the state of health down over restarts, until it is acknowledged", async () => {
  const broker = await startAedes();
  const csms = await PlainCsms.listen({ answer: friendly });
  const directory = tempDir();
  const documentWith = (health: object) => ({
    listen: { port: 0 },
    csms: { url: csms.url },
    stations: [{ match: "*", securityProfile: 0 }],
    health: { gateway: "edge-1", batchMs: 100, mqtt: { url: broker.url }, ...health },
  });
  const judged = () => broker.on("/soh").filter(({ json }) => "by" in json);
  const station = () => broker.on("/soh").findLast(({ json }) => "of" in json)?.json;

  async function live(health: object, errorCode: string, transactionId: number) {
    const gateway = await startGatewayProcess(directory, documentWith(health));
    const from = judged().length;
    const peer = await dial(`${gateway.urls[0]}/CP1`, ["ocpp1.6"]);
    await peer.ask("BootNotification", BOOT["ocpp1.6"]);
    await peer.ask("StatusNotification", { connectorId: 1, status: "Available", errorCode });
    await peer.ask("MeterValues", {
      connectorId: 1,
      transactionId,
      meterValue: [{ timestamp: new Date().toISOString(), sampledValue: [{ value: "10" }] }],
    });
    await peer.ask("StopTransaction", stop(transactionId, "Local"));
    await until("a session's state of health", () =>
      judged()
        .slice(from)
        .some(({ json }) => json.by.length > 0),
    );
    const last = judged().at(-1);
    await gateway.kill("SIGTERM");
    return { asset: last?.topic.split("/").at(-2) ?? "", soh: last?.json.soh, latched: last?.json.latched };
  }

  try {
    const struck = await live({}, "GroundFailure", 1);
    assert.equal([struck.soh, struck.latched?.[0]?.event], [40, "groundFailure"]);
    assert.equal([station()?.soh, station()?.of], [40, 1]);
    const later = await live({}, "NoError", 2);
    assert.equal([later.soh, later.latched?.length], [40, 1]);
    const acknowledged = { [later.asset]: new Date().toISOString() };
    const cleared = await live({ acknowledged }, "NoError", 3);
    assert.equal([cleared.soh, cleared.latched, station()?.soh], [100, undefined, 100]);
    const again = await live({ acknowledged }, "GroundFailure", 4);
    assert.is(again.soh, 40);
  } finally {
    await csms.close();
    await broker.close();
  }
});

test.run();
