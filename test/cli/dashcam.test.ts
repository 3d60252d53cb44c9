/** `twinlane dashcam …` on scenes that lie there; with a gateway it is in test/recovery. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DashcamStore } from "../../src/actors/health/dashcam-store.ts";
import { captureBody } from "../../src/domain/dashcam/capture-text.ts";
import { sceneText } from "../../src/domain/dashcam/scene-file.ts";
import { seal } from "../../src/domain/dashcam/seal.ts";
import { eventChannel } from "../../src/domain/telemetry/channels.ts";
import { startCli } from "../support/run-cli.ts";
import { tempDir } from "../support/temp-dir.ts";

const FROM = Date.UTC(2026, 0, 1);

/** A data directory with scenes in a chain. */
async function withScenes(count: number): Promise<string> {
  const data = tempDir();
  const log = () => undefined;
  const store = new DashcamStore({ directory: join(data, "dashcam"), maxScenes: 10, maxBytes: 1e6, log });
  let previous: string | null = null;
  for (let n = 1; n <= count; n += 1) {
    const capture = {
      ...{ from: FROM, to: FROM + 1_000, observationsWholeFrom: FROM, framesWholeFrom: FROM },
      triggers: [{ at: FROM + 500, code: "status:Faulted" }],
      observations: [{ at: FROM + 500, channel: eventChannel("status"), value: 8, quality: 0 as const }],
      frames: [],
    };
    const body = captureBody(capture, { asset: "abcd", evse: 1, configHash: "c", previous }, gzipSync);
    const chunks = seal(`ghjk-${n}`, body ?? new Uint8Array()) ?? [];
    previous = chunks.at(-1)?.link ?? null;
    await store.keep(`ghjk-${n}`, sceneText(chunks));
  }
  return data;
}

const dashcam = async (...args: readonly string[]) => await startCli(["dashcam", ...args]).finished;

test("without scenes there is none to show", async () => {
  const data = tempDir();
  const shown = await dashcam("show", "last", "--data-dir", data);
  assert.equal([shown.code, shown.stderr], [74, "twinlane: there is no scene last (ERR_STORE)\n"]);
});

test("a table for people; a scene by its number or its file; a scene without messages has nothing to replay", async () => {
  const data = await withScenes(2);
  const [name = ""] = readdirSync(join(data, "dashcam"));
  const [listed, shown, replayed] = await Promise.all([
    dashcam("list", "--data-dir", data),
    dashcam("show", join(data, "dashcam", name)),
    dashcam("replay", "1", "--data-dir", data, "--to", "ws://127.0.0.1:1"),
  ]);
  const rows = listed.stdout.trimEnd().split("\n");
  assert.is(rows.length, 3);
  assert.match(rows[1] ?? "", /^1 +2026-01-01T00:00:00\.500Z +abcd +1 +status:Faulted +1 +0 +ok$/);
  assert.match(shown.stdout, /^\+00:00\.000 {2}■ status:Faulted$/m);
  assert.equal([replayed.code, replayed.stderr], [1, "the scene has no message of a station\n"]);
});

test("a scene that is missing is found at its successor, and a trace goes where it is wanted, of a scene by its id", async () => {
  const data = await withScenes(3);
  const names = readdirSync(join(data, "dashcam")).sort();
  rmSync(join(data, "dashcam", names[1] ?? ""));
  const trace = join(data, "trace.jsonl");
  const [verified, exported] = await Promise.all([
    dashcam("verify", "--data-dir", data, "--json"),
    dashcam("export", "ghjk-1", "--data-dir", data, "-o", trace),
  ]);
  const { ok, scenes, faults } = JSON.parse(verified.stdout);
  assert.equal([verified.code, ok, scenes], [1, false, 2]);
  assert.equal(faults, [{ file: names[2], ok: false, fault: "chain" }]);
  assert.equal([exported.code, exported.stdout, readFileSync(trace, "utf8")], [0, "", ""]);
});

test.run();
