// deadline: 120s

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runCli } from "../support/daemon.ts";
import { tempDir } from "../support/temp-dir.ts";

const dir = tempDir();
const write = (name: string, text: string, mode = 0o600) => {
  const file = join(dir, name);
  writeFileSync(file, text, { mode });
  return file;
};

test("version prints package and Node, --json as one object on standard output", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const json = await runCli(["version", "--json"]);
  assert.is(json.code, 0);
  assert.equal(JSON.parse(json.stdout), {
    version,
    node: process.version,
    platform: process.platform,
    arch: process.arch,
  });
  for (const how of ["version", "--version", "-V"])
    assert.match((await runCli([how])).stdout, `twinlane ${version} (Node ${process.version}`);
});

test("a mistake in the command line ends with 2, says so on standard error only", async () => {
  for (const args of [[], ["frobnicate"], ["version", "--frob"], ["run", "a", "b"], ["run", "--config"]]) {
    const { code, stdout, stderr } = await runCli(args);
    assert.is(code, 2, args.join(" "));
    assert.is(stdout, "");
    assert.ok(stderr.length > 0);
  }
});

test("asking for help is no mistake, and lists every subcommand", async () => {
  const { code, stdout } = await runCli(["--help"]);
  assert.is(code, 0);
  for (const name of ["run", "check-config", "version", "bench"])
    assert.match(stdout, new RegExp(`^  ${name}\\b`, "m"));
  assert.is((await runCli(["run", "--help"])).code, 0);
});

test("check-config: a good file is valid, with its warnings on standard error", async () => {
  const file = write("good.yaml", `dataDir: ${dir}/state\nlisten: { port: 0 }\nadmin: false\n`);
  const { code, stdout, stderr } = await runCli(["check-config", file]);
  assert.is(code, 0);
  assert.is(stdout, "");
  assert.match(stderr, `${file}:1:1 / warning: stations that match "*" are not authenticated`);
  assert.match(stderr, "is valid, with 1 warning");
});

test("check-config: every error of a bad file, exit code 78; --json is one object", async () => {
  const file = write("bad.yaml", "listen: { port: 0 }\nadmin: yes please\nlog: { level: loud }\n");
  const text = await runCli(["check-config", file]);
  assert.is(text.code, 78);
  assert.match(text.stderr, `${file}:2:8 /admin must be`);
  assert.match(text.stderr, `${file}:3:15 /log/level must be one of debug, info, warn, error, silent`);
  const json = await runCli(["check-config", file, "--json"]);
  assert.is(json.code, 78);
  const report = JSON.parse(json.stdout);
  assert.is(report.ok, false);
  assert.ok(
    report.errors.some(
      (error: { pointer: string; line: number }) => error.pointer === "/log/level" && error.line === 3,
    ),
  );
});

test("check-config looks at certificates, ports, directories and far ends; --no-environment does not", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const busy = (taken.address() as AddressInfo).port;
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=x",
    "-keyout",
    "x.key",
    "-out",
    "x.crt",
  );
  mkdirSync(join(dir, "file-not-directory"), { recursive: true });
  const file = write(
    "environment.yaml",
    [
      "dataDir: /dev/null/state",
      `listen: [{ port: ${busy} }, { port: 0, tls: { cert: { file: x.crt }, key: { file: x.key } } }]`,
      'csms: { url: "ws://127.0.0.1:1/ocpp" }',
      "admin: false",
    ].join("\n"),
  );
  const { code, stdout } = await runCli(["check-config", file, "--json"]);
  taken.close();
  const { errors, warnings } = JSON.parse(stdout);
  assert.is(code, 78);
  const messages = (list: { message: string }[]) => list.map(({ message }) => message).join("\n");
  assert.match(messages(errors), "/dev/null/state cannot be written (ENOTDIR)");
  assert.match(messages(warnings), /the certificate expires on \d{4}-/);
  assert.match(messages(warnings), `cannot listen on 127.0.0.1:${busy} (EADDRINUSE)`);
  assert.match(messages(warnings), "127.0.0.1:1 cannot be reached now (ECONNREFUSED)");
  const alone = await runCli(["check-config", file, "--json", "--no-environment"]);
  assert.is(alone.code, 0);
  assert.not.match(alone.stdout, "cannot");
});

test.run();
