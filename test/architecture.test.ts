/** The house of docs/ARCHITECTURE.md, enforced. Exceptions to the import table are decided in docs/DECISIONS.md, D-008. */
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  bareCode,
  importCycles,
  importsOf,
  importViolations,
  impurities,
  isBarrel,
  layerOf,
  loadedWith,
  type Rules,
  readSources,
  sourceFile,
} from "./support/architecture.ts";

const MAX_LINES = 400;

const everything = ["domain", "ports.ts", "machines", "streams", "actors", "config"];

const RULES: Rules = {
  layers: {
    // Hashing and HMAC are functions of their arguments; nothing else of Node is.
    domain: { layers: [], packages: ["ajv"], node: ["node:crypto"] },
    "ports.ts": { layers: ["domain"], packages: [], node: [] },
    machines: { layers: ["domain"], packages: ["xstate"], node: [] },
    streams: { layers: ["domain", "ports.ts"], packages: ["rxjs"], node: [] },
    actors: { layers: ["domain", "ports.ts", "machines", "streams"], packages: "*", node: "*" },
    config: { layers: ["domain"], packages: ["ajv", "yaml"], node: "*" },
    "gateway.ts": { layers: everything, packages: ["xstate", "rxjs"], node: "*" },
    "index.ts": { layers: ["domain", "ports.ts", "config", "gateway.ts"], packages: [], node: [] },
    "tools.ts": { layers: ["domain"], packages: [], node: [] },
    sim: { layers: ["domain", "ports.ts", "config"], packages: ["ws", "aedes"], node: "*" },
    cli: { layers: ["index.ts", "tools.ts", "config", "sim"], packages: "*", node: "*" },
  },
  exceptions: [
    // The shape of its settings is what an actor is given; parsing and defaults stay out of reach.
    { from: "actors", to: "config/types.ts", typeOnly: true },
    // The daemon's own parts: a library that is embedded has neither.
    { from: "cli", to: "actors/log.ts", typeOnly: false },
    { from: "cli", to: "actors/admin/admin-server.ts", typeOnly: false },
    // A certificate authority for the site: a helper of the command line, no part of a gateway.
    { from: "cli", to: "actors/pki/site-ca.ts", typeOnly: false },
    { from: "cli", to: "actors/pki/pkcs11-key-store.actor.ts", typeOnly: false },
    // Reads the log's files, also where no gateway runs.
    { from: "cli", to: "actors/security-log.ts", typeOnly: false },
    { from: "cli", to: "actors/security/scrypt-record.ts", typeOnly: false },
  ],
};

const files = readSources(fileURLToPath(new URL("../src", import.meta.url)));

test("each layer imports what the table allows, and nothing else", () => {
  assert.equal(importViolations(files, RULES), []);
});

test("every exception to the table is needed", () => {
  for (const exception of RULES.exceptions) {
    const without = { ...RULES, exceptions: RULES.exceptions.filter((other) => other !== exception) };
    assert.ok(importViolations(files, without).length > 0, `${exception.from} → ${exception.to}`);
  }
});

test("there are no import cycles", () => {
  assert.equal(importCycles(files), []);
});

test("there are no barrel files but index.ts and tools.ts, which are the package's own exports", () => {
  const barrels = files.filter(isBarrel).map(({ path }) => path);
  assert.equal(barrels, ["index.ts", "tools.ts"]);
  assert.equal(
    files.filter(({ path }) => path.endsWith("/index.ts")).map(({ path }) => path),
    [],
  );
});

test("the domain has no clock, no randomness, no timers and no process", () => {
  assert.equal(files.filter(({ path }) => layerOf(path) === "domain").flatMap(impurities), []);
});

test("machines and streams have none of these either", () => {
  const pure = files.filter(({ path }) => ["machines", "streams"].includes(layerOf(path)));
  assert.equal(pure.flatMap(impurities), []);
});

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = files.filter(({ text }) => text.split("\n").length - 1 > MAX_LINES).map(({ path }) => path);
  assert.equal(long, []);
});

test("console is for the command line only, and nothing is exported as default", () => {
  const consoles = files.filter(({ path, text }) => layerOf(path) !== "cli" && /\bconsole\./.test(bareCode(text)));
  assert.equal(
    consoles.map(({ path }) => path),
    [],
  );
  assert.equal(
    files.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path),
    [],
  );
});

test("only the command line and the configuration read the environment", () => {
  const readers = files.filter(({ text }) => /\bprocess\.env\b/.test(bareCode(text))).map(({ path }) => path);
  assert.equal(
    readers.filter((path) => !["cli", "config"].includes(layerOf(path))),
    // OpenSSL's engine takes its settings from there and nowhere else, and a child process gets the PIN that way.
    ["actors/pki/token-environment.ts"],
  );
});

test("version, check-config and a mistake in the command line do not load the gateway", () => {
  for (const entry of ["cli/main.ts", "cli/version.ts", "cli/check-config.ts"]) {
    const layers = new Set(loadedWith(entry, files).map(layerOf));
    assert.not.ok(layers.has("gateway.ts") || layers.has("actors"), entry);
  }
  assert.ok(loadedWith("cli/daemon.ts", files).includes("gateway.ts"));
});

// The checks themselves: each must find what it is there to find.

const VIOLATING = [
  sourceFile(
    "domain/a.ts",
    'import { readFileSync } from "node:fs";\nimport { of } from "rxjs";\nexport const at = Date.now();\n',
  ),
  sourceFile("domain/b.ts", 'import type { Clock } from "../ports.ts";\n'),
  sourceFile("machines/m.ts", 'import { lane } from "../streams/lane.ts";\n'),
  sourceFile("streams/lane.ts", 'export { machine } from "../machines/m.ts";\n'),
  sourceFile(
    "actors/x.ts",
    'import { DEFAULTS } from "../config/defaults.ts";\nimport type { A } from "../config/types.ts";\n',
  ),
  sourceFile("actors/y.ts", 'import {\n  type A,\n} from "../config/types.ts";\n'),
  sourceFile("cli/z.ts", 'const load = async () => await import("../actors/socket.ts");\n'),
  sourceFile("attic/old.ts", 'import "../index.ts";\n'),
];

test("a violating tree is found out, import by import", () => {
  assert.equal(importViolations(VIOLATING, RULES), [
    "domain/a.ts imports node:fs: domain may not use this module of Node",
    "domain/a.ts imports rxjs: domain may not use this package",
    "domain/b.ts imports ../ports.ts: domain may not import ports.ts",
    "machines/m.ts imports ../streams/lane.ts: machines may not import streams",
    "streams/lane.ts imports ../machines/m.ts: streams may not import machines",
    "actors/x.ts imports ../config/defaults.ts: actors may not import config",
    "actors/y.ts imports ../config/types.ts: actors may not import config",
    "cli/z.ts imports ../actors/socket.ts: cli may not import actors",
    "attic/old.ts imports ../index.ts: there is no layer attic",
  ]);
});

test("a cycle is found, one of types alone is none", () => {
  assert.equal(importCycles(VIOLATING), [["machines/m.ts", "streams/lane.ts", "machines/m.ts"]]);
  const types = [
    sourceFile("a.ts", 'import type { B } from "./b.ts";\n'),
    sourceFile("b.ts", 'import type { A } from "./a.ts";\n'),
  ];
  assert.equal(importCycles(types), []);
  assert.equal(importCycles([sourceFile("self.ts", 'import { x } from "./self.ts";\n')]), [["self.ts", "self.ts"]]);
});

test("imports are found in every form", () => {
  const text = [
    'import a, { b } from "one";',
    'import type { c } from "two";',
    'import {\n  d,\n  e,\n} from "three";',
    'export * from "four";',
    'export type { f } from "five";',
    'import "six";',
    'const g = await import("seven");',
    'type H = typeof import("eight");',
    '// import { i } from "nine"; await import("ten");',
    'const text = "no import";',
  ].join("\n");
  assert.equal(
    importsOf(text).map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? " (type)" : ""}`),
    ["one", "two (type)", "three", "four", "five (type)", "six", "seven", "eight (type)"],
  );
});

test("impurities are found in code, not in comments and quotes", () => {
  const uses = (text: string) => impurities(sourceFile("domain/x.ts", text));
  assert.equal(uses('// Date.now()\nconst a = "Math.random";\n/* setTimeout */ const b = `process.env`;'), []);
  for (const text of [
    "Date.now()",
    "new Date()",
    "Math.random()",
    "setTimeout(f)",
    "process.env",
    "performance.now()",
    "randomUUID()",
  ]) {
    assert.is(uses(`const a = ${text};`).length, 1, text);
  }
  assert.equal(uses("new Date(at).getUTCFullYear()"), []);
});

test("a barrel is recognised, a file with a line of its own is none", () => {
  assert.ok(isBarrel(sourceFile("a/b.ts", '/** All. */\nexport { x } from "./x.ts";\nexport * from "./y.ts";\n')));
  assert.not.ok(isBarrel(sourceFile("a/b.ts", 'export { x } from "./x.ts";\nexport const y = 1;\n')));
});

test.run();
