// deadline: 120s
/**
 * A station fails at a real gateway: the scene is sealed with what was before and after, outlives kill -9, reaches the platform in chunks, and
 * is listed, shown, verified, exported, and replayed to a gateway and to a CSMS.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openScene } from "../../src/domain/dashcam/scene-file.ts";
import { type AedesBroker, startAedes } from "../support/aedes-broker.ts";
import { BOOT } from "../support/e2e-world.ts";
import { startGatewayProcess } from "../support/gateway-process.ts";
import { friendly, PlainCsms } from "../support/plain-csms.ts";
import { startCli } from "../support/run-cli.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { dial } from "../support/ws-peer.ts";

const CARD = "04A2B3C4D5E6F7";

/** A station that charges, and fails. */
async function failingStation(url: string): Promise<void> {
  const station = await dial(`${url}/CP-SECRET`, ["ocpp1.6"]);
  const power = (value: string) =>
    station.ask("MeterValues", {
      connectorId: 1,
      meterValue: [
        { timestamp: new Date().toISOString(), sampledValue: [{ value, measurand: "Power.Active.Import", unit: "W" }] },
      ],
    });
  const status = (word: string, errorCode: string) =>
    station.ask("StatusNotification", { connectorId: 1, status: word, errorCode });
  await station.ask("BootNotification", BOOT["ocpp1.6"]);
  await status("Charging", "NoError");
  await station.ask("Authorize", { idTag: CARD });
  await power("7000");
  await status("Faulted", "GroundFailure");
  await power("0");
}

async function dashcam(...args: readonly string[]) {
  const { finished } = startCli(["dashcam", ...args]);
  return await finished;
}

const chunksOf = (broker: AedesBroker) =>
  broker.on("/scene").map(({ json }) => {
    const { b: _, q: __, t: ___, ...chunk } = json as Record<string, unknown>;
    return `${JSON.stringify(chunk)}\n`;
  });

test("a fault leaves a scene that outlives kill -9, can be read and checked, and is played again", async () => {
  const broker = await startAedes();
  const csms = await PlainCsms.listen({ answer: friendly });
  const directory = tempDir();
  const data = join(directory, "data");
  const document = {
    listen: { port: 0 },
    csms: { url: csms.url },
    stations: [{ match: "*", securityProfile: 0 }],
    health: {
      gateway: "edge-1",
      batchMs: 100,
      mqtt: { url: broker.url },
      dashcam: { beforeSec: 30, afterSec: 1 },
    },
  };
  try {
    const first = await startGatewayProcess(directory, document);
    await failingStation(first.urls[0] ?? "");
    await until("the scene's chunks", () => broker.on("/scene").length > 0);
    await until("the scene on disk", () => namesIn(data).length > 0);
    await first.kill("SIGKILL");

    const [name = ""] = namesIn(data);
    const file = join(data, "dashcam", name);
    assert.is(chunksOf(broker).join(""), readFileSync(file, "utf8"));

    const listed = JSON.parse((await dashcam("list", "--data-dir", data, "--json")).stdout).scenes;
    assert.equal([listed.length, listed[0].ok, listed[0].evse], [1, true, 1]);
    assert.equal(listed[0].codes.toSorted(), ["errorCode:GroundFailure", "status:Faulted"]);

    const shown = (await dashcam("show", "last", "--data-dir", data)).stdout;
    const before = shown.indexOf("Power.Active.Import 7000 W");
    const fault = shown.indexOf("status Faulted");
    const after = shown.lastIndexOf("station → CSMS MeterValues");
    assert.ok(0 < before && before < after && 0 < fault && fault < after, shown);
    assert.match(shown, /station → CSMS Authorize, answered after \d+ ms/);
    assert.not.match(shown, new RegExp(`${CARD}|SECRET`));

    const sound = JSON.parse((await dashcam("verify", "--data-dir", data, "--json")).stdout);
    const opened = openScene(readFileSync(file, "utf8"));
    assert.ok(opened.ok && sound.ok && sound.head === opened.value.head, JSON.stringify(sound));

    const trace = (await dashcam("export", "1", "--data-dir", data)).stdout.trimEnd().split("\n");
    const records = trace.map((line) => JSON.parse(line));
    const faulted = records.find(({ payload }) => payload?.status === "Faulted");
    assert.equal([faulted.direction, faulted.payload.errorCode], ["cp-to-csms", "GroundFailure"]);
    assert.ok(
      records.some(({ messageType, messageId }) => messageType === "CALLRESULT" && messageId === faulted.messageId),
    );

    const second = await startGatewayProcess(directory, document);
    await until(
      "the worker to count its scenes",
      async () => (await second.metric("twinlane_dashcam_scenes_stored")) === 1,
    );
    const replay = ["replay", "1", "--data-dir", data, "--speed", "10", "--json"];
    for (const [to, as] of [
      [second.urls[0] ?? "", "AGAIN-1"],
      [csms.url, "AGAIN-2"],
    ] as const) {
      const { code, stdout, stderr } = await dashcam(...replay, "--to", to, "--as", as);
      const report = JSON.parse(stdout);
      assert.equal([code, report.ok, report.failed], [0, true, 0], stderr);
      const seen = csms.links.filter(({ station }) => station === as).flatMap(({ frames }) => frames);
      assert.ok(
        seen.some((frame) => frame.includes('"Faulted"') && frame.includes("GroundFailure")),
        seen.join("\n"),
      );
      assert.ok(seen.some((frame) => frame.includes('"value":"7000"')));
    }

    const captured = await dashcam("capture", "AGAIN-1", "--data-dir", data, "--json");
    assert.equal([captured.code, JSON.parse(captured.stdout)], [0, { captured: true }], captured.stderr);
    assert.is((await dashcam("capture", "NOBODY", "--data-dir", data)).code, 1);
    // An orderly end seals what waits.
    await second.kill("SIGTERM");
    const again = JSON.parse((await dashcam("list", "--data-dir", data, "--json")).stdout).scenes;
    assert.ok(again.length > 1 && again.every(({ ok }: { ok: boolean }) => ok), JSON.stringify(again));
    assert.ok(again.some(({ codes }: { codes: readonly string[] }) => codes.includes("command")));

    // One digit of the data.
    const text = readFileSync(file, "utf8");
    const at = text.indexOf('"data":"') + 100;
    writeFileSync(file, `${text.slice(0, at)}${text[at] === "0" ? "1" : "0"}${text.slice(at + 1)}`);
    const tampered = await dashcam("verify", "1", "--data-dir", data);
    assert.is(tampered.code, 1);
    assert.match(tampered.stderr, new RegExp(`${name}: chunk 1 \\(line 1\\): was changed`));
    assert.is((await dashcam("show", "1", "--data-dir", data)).code, 74);
  } finally {
    await csms.close();
    await broker.close();
  }
});

test("a fault whose minute was not over at kill -9 is a scene at the next start", async () => {
  const broker = await startAedes();
  const csms = await PlainCsms.listen({ answer: friendly });
  const directory = tempDir();
  const data = join(directory, "data");
  const document = {
    listen: { port: 0 },
    csms: { url: csms.url },
    stations: [{ match: "*", securityProfile: 0 }],
    health: { gateway: "edge-1", batchMs: 100, mqtt: { url: broker.url } },
  };
  try {
    const first = await startGatewayProcess(directory, document);
    await failingStation(first.urls[0] ?? "");
    await until("the draft", () => namesIn(data, ".open").length > 0);
    await first.kill("SIGKILL");
    assert.equal(namesIn(data), []);
    const second = await startGatewayProcess(directory, document);
    await until("the scene on disk", () => namesIn(data).length === 1);
    await until("its chunks", () => broker.on("/scene").length > 0);
    const shown = (await dashcam("show", "last", "--data-dir", data)).stdout;
    assert.ok(shown.includes("status Faulted") && shown.includes("Power.Active.Import 7000"), shown);
    assert.is((await dashcam("verify", "--data-dir", data)).code, 0);
    await second.kill("SIGKILL");
  } finally {
    await csms.close();
    await broker.close();
  }
});

const namesIn = (data: string, suffix = ".scene"): readonly string[] => {
  try {
    return readdirSync(join(data, "dashcam"))
      .filter((name) => name.endsWith(suffix))
      .sort();
  } catch {
    return [];
  }
};

test.run();
