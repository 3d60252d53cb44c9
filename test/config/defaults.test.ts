import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULTS } from "../../src/config/defaults.ts";

type Schema = { readonly default?: unknown; readonly $ref?: string; readonly properties?: Record<string, Schema> };
const schema = JSON.parse(readFileSync(new URL("../../schemas/config.schema.json", import.meta.url), "utf8"));
const definitions = schema.$defs as Record<string, Schema>;

/** Defaults of a definition's properties, following references. */
function defaultsOf({ properties = {} }: Schema): Record<string, unknown> {
  const entries = Object.entries(properties).map(([name, property]) => {
    const target = property.$ref === undefined ? property : definitions[property.$ref.replace("#/$defs/", "")];
    return [name, property.default ?? target?.default] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const definition = (name: string): Schema => definitions[name] ?? assert.unreachable(`no $defs/${name}`) ?? {};

test("the schema repeats the table of defaults", () => {
  for (const name of [
    "limits",
    "backoff",
    "uplink",
    "admin",
    "log",
    "mqtt",
    "health",
    "platform",
    "siteLimit",
    "ukSmartCharging",
    "translate",
    "certificates",
    "firewall",
    "locations",
    "intrusion",
  ] as const) {
    assert.equal(defaultsOf(definition(name)), { ...DEFAULTS[name] }, name);
  }
  assert.equal(defaultsOf(definition("stationRule")), { ...DEFAULTS.station });
  assert.equal(defaultsOf(definition("stationSettings")), { ...DEFAULTS.station });
  assert.equal(defaultsOf(definition("csms")), { ...DEFAULTS.csms });
  assert.equal(defaultsOf(definition("tlsServer")), { ...DEFAULTS.listenTls });
  assert.equal(defaultsOf(definition("syslog")), { ...DEFAULTS.syslog });
  assert.equal(defaultsOf(definition("listener")), { host: DEFAULTS.listenHost });
  const { dataDir, path, snapshotLagMs, shutdownSec } = DEFAULTS;
  const top = { version: 1, dataDir, path, allowPlainOn: [], stations: [{ match: "*" }], snapshotLagMs, shutdownSec };
  assert.equal(defaultsOf(schema), top);
});

test("every top-level setting says since when it exists and what changing it takes", () => {
  for (const [name, property] of Object.entries<Record<string, unknown>>(schema.properties)) {
    if (name === "$schema") continue;
    assert.type(property["x-since"], "string", name);
    assert.ok(["live", "reconnect", "restart"].includes(String(property["x-reload"])), name);
    assert.type(property["description"], "string", name);
  }
});

test.run();
