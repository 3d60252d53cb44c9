import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createLogger, type LogOptions } from "../../src/actors/log.ts";
import { tempDir } from "../support/temp-dir.ts";

const dir = tempDir();
let files = 0;

/** The lines that `write` leaves in a fresh file. */
async function logged(
  options: Omit<LogOptions, "fd">,
  write: (logger: ReturnType<typeof createLogger>) => void,
): Promise<string[]> {
  files += 1;
  const file = join(dir, `log-${files}`);
  const logger = createLogger({ ...options, fd: openSync(file, "w") });
  write(logger);
  await logger.written();
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

test("one JSON object a line: level, time, fields, message", async () => {
  const [line] = await logged({ level: "info", journal: false }, (logger) =>
    logger.info({ stationId: "CS-1", n: 3 }, "connected"),
  );
  const { time, ...rest } = JSON.parse(line ?? "");
  assert.equal(rest, { level: 30, stationId: "CS-1", n: 3, msg: "connected" });
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
});

test("levels below the configured one are not written", async () => {
  const lines = await logged({ level: "warn", journal: false }, (logger) => {
    logger.debug({}, "d");
    logger.info({}, "i");
    logger.warn({}, "w");
    logger.error({}, "e");
  });
  assert.equal(
    lines.map((line) => JSON.parse(line).msg),
    ["w", "e"],
  );
  assert.equal(await logged({ level: "silent", journal: false }, (logger) => logger.error({}, "e")), []);
});

test("for the journal each line begins with its priority, and is JSON after it", async () => {
  const lines = await logged({ level: "debug", journal: true }, (logger) => {
    logger.debug({}, "d");
    logger.info({}, "i");
    logger.warn({}, "w");
    logger.error({}, "e");
  });
  assert.equal(
    lines.map((line) => line.slice(0, 3)),
    ["<7>", "<6>", "<4>", "<3>"],
  );
  for (const line of lines) assert.type(JSON.parse(line.slice(3)).msg, "string");
});

test("fields that are named like secrets are blanked, should one ever be logged", async () => {
  const [line = ""] = await logged({ level: "info", journal: false }, (logger) =>
    logger.info({ password: "hunter2", idTag: "AABBCCDD", authorization: "Basic x", other: "kept" }, "m"),
  );
  assert.not.match(line, /hunter2|AABBCCDD|Basic x/);
  assert.match(line, "kept");
});

test.run();
