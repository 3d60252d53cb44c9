import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseConfig } from "../../src/config/parse.ts";
import { isGatewayError } from "../../src/domain/error.ts";

/** Errors and warnings of a document, each `pointer message`. */
function verdict(document: unknown): { readonly errors: string[]; readonly warnings: string[] } {
  const warnings: string[] = [];
  try {
    parseConfig(document, { environment: {}, onWarning: (pointer, message) => warnings.push(`${pointer} ${message}`) });
    return { errors: [], warnings };
  } catch (error) {
    assert.ok(isGatewayError(error, "ERR_CONFIG_INVALID"), String(error));
    return { errors: (error as Error).message.split("\n"), warnings };
  }
}

const has = (list: readonly string[], part: string) =>
  assert.ok(
    list.some((line) => line.includes(part)),
    `expected "${part}" in:\n${list.join("\n")}`,
  );

test("a minimal configuration is two lines, and everything else has a default", () => {
  const config = parseConfig({ listen: { port: 9000 }, csms: { url: "ws://127.0.0.1:8080/ocpp" } });
  assert.equal(config.listeners, [{ host: "127.0.0.1", port: 9000, tls: undefined }]);
  assert.is(config.stations.length, 1);
  assert.is(config.stations[0]?.match, "*");
  assert.is(config.stations[0]?.csms?.url, "ws://127.0.0.1:8080/ocpp");
  assert.is(config.stations[0]?.uplinkPolicy, "hold");
  assert.is(config.health, undefined);
  assert.is(config.limits.maxPayloadBytes, 131_072);
  assert.equal(config.admin, { host: "127.0.0.1", port: 9797, allowedHosts: [] });
  assert.ok(config.dataDir.startsWith("/"));
});

test("the result is frozen all the way down", () => {
  const config = parseConfig({ listen: { port: 0 }, csms: { url: "ws://127.0.0.1" }, stations: [{ match: "a" }] });
  assert.throws(() => {
    (config.stations as unknown[]).push({});
  }, /not extensible/);
  assert.throws(() => {
    (config.stations[0] as { match: string }).match = "b";
  }, /read only/);
});

test("the document itself is left alone", () => {
  const document = { listen: { port: 0 }, limits: { maxDepth: 20 } };
  parseConfig(document);
  document.limits.maxDepth = 30;
  assert.is(document.limits.maxDepth, 30);
});

test("every error is named at once, with its pointer and a guess at what was meant", () => {
  const { errors } = verdict({
    listen: [{ port: 70_000, hst: "::" }],
    limit: {},
    csms: { url: "http://x" },
    stations: [{ match: 12 }, {}],
    health: null,
    admin: true,
  });
  has(errors, '/limit unknown key; did you mean "limits"?');
  has(errors, '/listen/0/hst unknown key; did you mean "host"?');
  has(errors, "/listen/0/port must be <= 65535");
  has(errors, "/csms/url must be a ws:// or wss:// URL");
  has(errors, "/stations/0/match must be a text (put it in quotes)");
  has(errors, '/stations/1 needs "match"');
  has(errors, "/health is empty; must be a mapping");
  has(errors, "/admin must be false or a mapping");
  assert.is(errors.length, 8);
});

test("the error's details point at the first error", () => {
  try {
    parseConfig({ listen: { port: -1 } });
    assert.unreachable();
  } catch (error) {
    assert.ok(isGatewayError(error, "ERR_CONFIG_INVALID"));
    assert.is((error as { details: { pointer: string } }).details.pointer, "/listen/port");
  }
});

test("documents of any shape are refused, not tripped over", () => {
  for (const document of [undefined, null, 1, "text", [], { listen: [] }, { listen: null }, { listen: "9000" }]) {
    assert.ok(verdict(document).errors.length > 0, JSON.stringify(document));
  }
  assert.ok(verdict(JSON.parse('{"__proto__": {"port": 1}, "listen": {"port": 1}}')).errors.length > 0);
});

test("wss:// needs trusted roots: nothing is trusted by default", () => {
  has(verdict({ listen: { port: 0 }, csms: { url: "wss://csms" } }).errors, '/csms wss:// needs "tls.ca"');
  const health = { gateway: "g", mqtt: { url: "mqtts://broker" } };
  has(verdict({ listen: { port: 0 }, health }).errors, '/health/mqtt mqtts:// needs "tls.ca"');
});

test("the health lane goes to a broker or to a server, never to both", () => {
  const mqtt = { url: "mqtt://127.0.0.1" };
  const https = { url: "https://platform.example.com/ingest" };
  const trusting = { ...https, tls: { ca: "system" } };
  const errors = (health: object) => verdict({ listen: { port: 0 }, health: { gateway: "g", ...health } }).errors;
  assert.equal(errors({ https: trusting }), []);
  has(errors({}), '/health needs one of "mqtt" and "https"');
  has(errors({ mqtt, https: trusting }), '/health needs one of "mqtt" and "https"');
  has(errors({ https }), '/health/https needs "tls.ca"');
  has(errors({ https: trusting, encoding: "cbor" }), "/health/encoding https sends lines of JSON");
  assert.equal(errors({ mqtt, encoding: "cbor" }), []);
  assert.ok(errors({ https: { url: "http://platform.example.com" } }).length > 0);
});

test("a time until which safety events are acknowledged has to be one", () => {
  const local = { gateway: "g", mqtt: { url: "mqtt://127.0.0.1" } };
  const acknowledged = (at: string) => verdict({ listen: { port: 0 }, health: { ...local, acknowledged: { a: at } } });
  assert.equal(acknowledged("2026-11-25T14:00:00Z").errors, []);
  has(acknowledged("2026-13-25T14:00:00Z").errors, "/health/acknowledged/a is no date");
});

test("below security profile 3 towards the CSMS there is a warning", () => {
  has(
    verdict({ listen: { port: 0 }, csms: { url: "ws://10.0.0.1" } }).warnings,
    "/csms/url ws:// sends everything in the clear",
  );
  const wss = { url: "wss://csms", tls: { ca: "system" } };
  has(verdict({ listen: { port: 0 }, csms: wss }).warnings, "/csms security profile 3");
});

test("TLS settings beside a plain URL are a mistake, not a decoration", () => {
  has(verdict({ listen: { port: 0 }, csms: { url: "ws://10.0.0.1", tls: {} } }).errors, "/csms/tls the URL is ws://");
});

test("stations without TLS only on loopback and private addresses, unless allowPlainOn says so", () => {
  const on = (host: string, allowPlainOn: string[] = []) => verdict({ listen: { host, port: 0 }, allowPlainOn }).errors;
  for (const host of [
    "127.0.0.1",
    "::1",
    "localhost",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.7.1",
    "169.254.1.1",
    "fd00::1",
  ]) {
    assert.equal(on(host), [], host);
  }
  for (const host of ["0.0.0.0", "::", "172.32.0.1", "203.0.113.9", "100.64.0.1", "2001:db8::1", "gateway.example"]) {
    has(on(host), `list "${host}" in allowPlainOn`);
  }
  assert.equal(on("0.0.0.0", ["0.0.0.0"]), []);
  assert.equal(on("100.64.3.1", ["100.64.0.0/10"]), []);
  has(on("0.0.0.0", ["0.0.0.0/0"]), "allowPlainOn");
  has(on("127.0.0.1", ["1.2.3.4/99"]), "/allowPlainOn/0 is not an IP address or a network");
});

test("the security profile follows from what is configured", () => {
  const profile = (document: object) =>
    parseConfig({ listen: { port: 0 }, csms: { url: "ws://127.0.0.1" }, ...document }).stations[0]?.securityProfile;
  assert.is(profile({}), 0);
  assert.is(profile({ stationDefaults: { password: "0123456789abcdef" } }), 1);
  assert.is(profile({ stationDefaults: { securityProfile: 1, password: "0123456789abcdef" } }), 1);
});

test("a security profile that the listeners cannot give is refused", () => {
  const wanting = (securityProfile: number, rule: object = {}) =>
    verdict({ listen: { port: 0 }, stations: [{ match: "A", securityProfile, ...rule }] }).errors;
  has(wanting(1), '/stations/0/securityProfile security profile 1 needs "password"');
  has(wanting(2, { password: "0123456789abcdef" }), "security profile 2 needs a listener with tls");
  has(wanting(3), "security profile 3 needs a listener with tls");
});

test("A01.FR.08 - a record of a password may stand in the configuration; a broken one is an error that does not repeat it", () => {
  const record = `scrypt$15$8$1$${"A".repeat(22)}$${"B".repeat(43)}`;
  const with_ = (password: string) => ({ listen: { port: 0 }, stations: [{ match: "A", password }] });
  assert.equal(verdict(with_(record)), { errors: [], warnings: [] });
  const { errors: issues } = verdict(with_(record.replace("$8$", "$9$")));
  has(issues, "/stations/0/password begins like a password's record and is none");
  assert.not.match(String(issues), /AAAA|BBBB/);
});

test("syslog: ports by scheme, TLS needs roots, plain text beyond loopback is a warning", () => {
  const of = (syslog: object) => ({ listen: { port: 0 }, syslog });
  assert.equal(parseConfig(of({ url: "tcp://[::1]" })).syslog, {
    ...{ host: "::1", port: 601, tls: undefined, enterpriseId: 32473 },
  });
  assert.is(parseConfig(of({ url: "tcp://[::1]", enterpriseId: 4711 })).syslog?.enterpriseId, 4711);
  has(verdict(of({ url: "tcp://[::1]", enterpriseId: 0 })).errors, "/syslog/enterpriseId");
  assert.is(parseConfig(of({ url: "tls://logs.example.com", tls: { ca: "system" } })).syslog?.port, 6514);
  has(verdict(of({ url: "tls://logs.example.com" })).errors, '/syslog tls:// needs "tls.ca"');
  has(
    verdict(of({ url: "tcp://logs.example.com:601" })).warnings,
    "/syslog/url tcp:// sends the security log in the clear",
  );
  has(verdict(of({ url: "udp://logs.example.com" })).errors, "/syslog/url must be tls://host or tcp://host");
});

test("ukSmartCharging: defaults, a rule's `false`, a time zone that is none, no spool", () => {
  const stationDefaults = { ukSmartCharging: { offPeak: { limitA: 32 } } };
  const stations = [{ match: "A", ukSmartCharging: false }, { match: "B" }];
  const [a, b] = parseConfig({ listen: { port: 0 }, stationDefaults, stations }).stations;
  assert.is(a?.ukSmartCharging, undefined);
  assert.equal(b?.ukSmartCharging, { maxDelaySec: 600, offPeak: { timeZone: "Europe/London", limitA: 32 } });
  const wrong = { ukSmartCharging: { offPeak: { limitA: 32, timeZone: "Middle/Earth" } } };
  const { errors } = verdict({ listen: { port: 0 }, stationDefaults: wrong, spool: { enabled: false } });
  has(errors, "/stationDefaults/ukSmartCharging/offPeak/timeZone is no time zone");
  has(errors, "/stationDefaults/ukSmartCharging holding commands back needs the spool");
});

test("what weakens a station's password is a warning", () => {
  const { warnings } = verdict({
    listen: { port: 0 },
    stations: [{ match: "A", password: "short" }, { match: "B*", password: "0123456789abcdef" }, { match: "*" }],
  });
  has(warnings, "/stations/0/password a secret stands in the configuration itself");
  has(warnings, "/stations/0/password the password is shorter than the 16 characters");
  has(warnings, "/stations/1/password several stations share this password");
  has(warnings, '/stations/2 stations that match "*" are not authenticated');
});

test("a literal identity towards the CSMS needs a rule for one station", () => {
  const csms = { url: "ws://127.0.0.1" };
  has(verdict({ listen: { port: 0 }, csms: { ...csms, identity: "X" } }).errors, "/csms/identity belongs in a rule");
  const stations = [{ match: "A*", csms: { identity: "X" } }];
  has(verdict({ listen: { port: 0 }, csms, stations }).errors, "/stations/0/csms/identity two stations cannot share");
  const config = parseConfig({ listen: { port: 0 }, csms, stations: [{ match: "A", csms: { identity: "X" } }] });
  assert.is(config.stations[0]?.csms?.identity, "X");
  assert.is(config.stations[0]?.csms?.url, "ws://127.0.0.1");
});

test("a rule with a CSMS of its own inherits no secret of the shared one", () => {
  const csms = { url: "ws://127.0.0.1/a", password: "north-secret-0001", deflate: true };
  const config = parseConfig({
    listen: { port: 0 },
    csms,
    stations: [
      { match: "A", csms: { url: "ws://127.0.0.1/b" } },
      { match: "B", csms: false },
      { match: "C", csms: { deflate: false } },
      { match: "D" },
    ],
  });
  const [a, b, c, d] = config.stations;
  assert.is(a?.csms?.password, undefined);
  assert.is(a?.csms?.deflate, false);
  assert.is(b?.csms, undefined);
  assert.is(c?.csms?.password, "north-secret-0001");
  assert.is(c?.csms?.deflate, false);
  assert.is(d?.csms?.deflate, true);
});

test("a rule may change the CSMS's fields only where there is a CSMS", () => {
  has(
    verdict({ listen: { port: 0 }, stations: [{ match: "A", csms: { deflate: true } }] }).errors,
    '/stations/0/csms needs "url"',
  );
});

test("two listeners, or a listener and the administration port, on one port are refused", () => {
  const listen = [{ port: 9000 }, { port: 9000 }];
  has(verdict({ listen }).errors, "/listen/1 port 9000 is already taken by /listen/0");
  has(
    verdict({ listen: { port: 9000 }, admin: { port: 9000 } }).errors,
    "/admin port 9000 is already taken by /listen",
  );
  assert.equal(verdict({ listen: [{ port: 0 }, { port: 0 }] }).errors, []);
  assert.equal(verdict({ listen: [{ port: 9000 }, { host: "10.0.0.1", port: 9000 }] }).errors, []);
});

test("a rule that can never apply is pointed out", () => {
  const stations = [{ match: "A-*" }, { match: "A-1" }, { match: "*" }, { match: "B" }, { match: "C*" }];
  const { warnings } = verdict({ listen: { port: 0 }, stations });
  const never = warnings.filter((line) => line.includes("never applies"));
  assert.equal(never, [
    '/stations/1 never applies: the rule "A-*" above matches first',
    '/stations/3 never applies: the rule "*" above matches first',
    '/stations/4 never applies: the rule "*" above matches first',
  ]);
});

test("diverted condition data without a health lane would go nowhere", () => {
  has(
    verdict({ listen: { port: 0 }, stationDefaults: { fork: "divert" } }).warnings,
    'fork "divert" without the health lane',
  );
});

test("the pseudonym key is 32 bytes in hex or base64, or a file that the start makes", () => {
  const health = (pseudonymKey?: string) =>
    parseConfig({
      listen: { port: 0 },
      dataDir: "/var/lib/x",
      health: { gateway: "g", mqtt: { url: "mqtt://127.0.0.1" }, ...(pseudonymKey && { pseudonymKey }) },
    }).health;
  assert.equal(health()?.pseudonymKey, { file: "/var/lib/x/keys/pseudonym.key" });
  assert.equal(health("ab".repeat(32))?.pseudonymKey, new Uint8Array(32).fill(0xab));
  assert.equal(health(Buffer.alloc(32, 1).toString("base64"))?.pseudonymKey, new Uint8Array(32).fill(1));
  assert.throws(() => health("ab".repeat(31)), /at least 32 bytes/);
});

test("a waiting time that cannot be is refused", () => {
  has(verdict({ listen: { port: 0 }, backoff: { minSec: 10, maxSec: 5 } }).errors, "/backoff minSec must not be above");
});

test("an administration port beyond loopback is a warning, false turns it off", () => {
  has(verdict({ listen: { port: 0 }, admin: { host: "10.0.0.1" } }).warnings, "/admin/host");
  assert.is(parseConfig({ listen: { port: 0 }, admin: false }).admin, undefined);
});

test.run();
