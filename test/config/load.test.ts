import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatIssue, inspectConfig, loadConfig } from "../../src/config/load.ts";
import { isGatewayError } from "../../src/domain/error.ts";
import { tempDir } from "../support/temp-dir.ts";

const dir = tempDir();
const file = join(dir, "twinlane.yaml");

/** Issues of a file with this text, as a person sees them, without the directory. */
function report(text: string): string[] {
  writeFileSync(file, text, { mode: 0o600 });
  return inspectConfig(file, { environment: {} }).issues.map((issue) => formatIssue(issue).replace(`${dir}/`, ""));
}

test("an error says file, line, column, pointer and what is wrong", () => {
  assert.equal(report("csms:\n  url: ws://127.0.0.1\nlisten:\n  port: 70000\n"), [
    "twinlane.yaml:4:9 /listen/port must be <= 65535",
  ]);
});

test("an unknown key is pointed at itself, a missing one at what misses it", () => {
  assert.equal(report("listen:\n  - port: 1\n    hots: x\n  - host: y\n"), [
    'twinlane.yaml:3:5 /listen/0/hots unknown key; did you mean "host"?',
    'twinlane.yaml:4:5 /listen/1 needs "port"',
  ]);
});

test("keys with / and ~ are escaped in the pointer and still found", () => {
  assert.match(report("listen: {port: 1}\na/b~c: 1\n")[0] ?? "", "twinlane.yaml:2:1 /a~1b~0c unknown key");
});

test("errors that the schema does not know have a place too", () => {
  const lines = report("listen:\n  port: 0\nadmin: false\nbackoff:\n  minSec: 5\n  maxSec: 1\n");
  assert.ok(lines.includes("twinlane.yaml:5:3 /backoff minSec must not be above maxSec"), lines.join("\n"));
});

test("a file that is not YAML says where, with every problem at once", () => {
  assert.match(report("listen: {port: 1\ncsms: x")[0] ?? "", /^twinlane\.yaml:\d+:\d+ \/ /);
  assert.match(report("listen:\n\tport: 1\n")[0] ?? "", "a tab cannot indent");
  assert.match(report("")[0] ?? "", "must be a mapping");
});

test("duplicate keys are refused: the second would silently win", () => {
  assert.equal(report("listen: {port: 1}\nadmin: false\nlisten: {port: 2}\n"), [
    "twinlane.yaml:3:1 / this key stands here twice",
  ]);
});

test("two documents and tags are refused", () => {
  assert.match(report("listen: {port: 1}\n---\nlisten: {port: 2}\n").join(), "must hold one YAML document");
  assert.match(report("listen: !!js/function 'x'\n").join(), "tags (!name) are not supported");
});

test("anchors work, anchor bombs are refused", () => {
  const fine = "listen: [{port: 0, host: &lo 127.0.0.1}, {port: 0, host: *lo}]\nadmin: false\n";
  assert.ok(report(fine).every((line) => line.includes("warning")));
  const level = (n: number) => `l${n}: &l${n} [${Array.from({ length: 10 }, () => `*l${n - 1}`).join(", ")}]`;
  const bomb = ["l0: &l0 [x]", ...Array.from({ length: 9 }, (_, i) => level(i + 1))].join("\n");
  const started = performance.now();
  assert.match(report(bomb).join(), "aliases that expand to more than");
  assert.ok(performance.now() - started < 500);
});

test("JSON is YAML", () => {
  assert.ok(report('{"listen": {"port": 0}, "admin": false}').every((line) => line.includes("warning")));
});

test("a missing file is unreadable, not invalid", () => {
  try {
    loadConfig(join(dir, "none.yaml"));
    assert.unreachable();
  } catch (error) {
    assert.ok(isGatewayError(error, "ERR_CONFIG_UNREADABLE"));
    assert.match((error as Error).message, "none.yaml:1:1 / there is no such file");
  }
});

test("loadConfig throws every error, one a line, and gives warnings with a good file", () => {
  writeFileSync(file, "listen: {port: -1}\nlog: {level: loud}\n");
  assert.throws(
    () => loadConfig(file),
    (error: Error) => error.message.split("\n").length === 2 && /must be one of debug, info/.test(error.message),
  );
  writeFileSync(file, "listen: {port: 0}\n");
  const { config, warnings } = loadConfig(file);
  assert.is(config.listeners[0]?.port, 0);
  assert.is(warnings.length, 1);
});

test("relative paths start at the file", () => {
  writeFileSync(file, "listen: {port: 0}\ndataDir: state\n");
  assert.is(loadConfig(file).config.dataDir, join(dir, "state"));
});

test("a file with a secret in it must not be readable by others", () => {
  report("listen: {port: 0}\nstations: [{match: A, password: 0123456789abcdef}]\n");
  chmodSync(file, 0o644);
  const messages = inspectConfig(file).issues.map(({ message }) => message);
  assert.ok(
    messages.some((message) => message.includes(`chmod 600 ${file}`)),
    messages.join("\n"),
  );
});

test("without looking at sources a file can be checked anywhere", () => {
  writeFileSync(
    file,
    "listen: {port: 0, tls: {cert: {file: a}, key: {file: b}, clientCa: {file: c}}}\ncsms: {url: wss://x, tls: {ca: {env: NO}}}\nadmin: false\n",
  );
  assert.ok(inspectConfig(file, { readSources: false }).config !== undefined);
  assert.is(inspectConfig(file, { readSources: true }).config, undefined);
});

test("ten thousand rules load in reasonable time", () => {
  const rules = Array.from({ length: 10_000 }, (_, i) => `  - {match: CS-${i}, password: {env: KEY}}`);
  writeFileSync(file, `listen: {port: 0}\nstations:\n${rules.join("\n")}\n`);
  const started = performance.now();
  const { config } = inspectConfig(file, { environment: { KEY: "0123456789abcdef" } });
  assert.is(config?.stations.length, 10_000);
  assert.ok(performance.now() - started < 10_000);
});

test.run();
