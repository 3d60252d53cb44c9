// deadline: 120s
/** The security log of a gateway at rsyslog, over TCP and over TLS; both unprivileged, on loopback. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test as uvuTest } from "uvu";
import * as assert from "uvu/assert";
import { makeCa } from "../support/certs.ts";
import { openWorld } from "../support/e2e-world.ts";
import { freePort } from "../support/plain-csms.ts";
import { requires } from "../support/requires.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { statusOf } from "../support/ws-peer.ts";

const PROGRAM = "/usr/sbin/rsyslogd";
const GTLS = () => execFileSync("find", ["/usr/lib", "-name", "lmnsd_gtls.so"], { encoding: "utf8" }) !== "";
const test = requires("rsyslog with rsyslog-gnutls", existsSync(PROGRAM) && GTLS());
const ca = makeCa();

async function rsyslog(isSecure: boolean) {
  const dir = tempDir();
  const port = await freePort();
  const server = ca.issue({ cn: "localhost", for: "server" });
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const driver = isSecure
    ? `global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="${file("ca.pem", ca.cert)}"
        DefaultNetstreamDriverCertFile="${file("cert.pem", server.cert)}" DefaultNetstreamDriverKeyFile="${file("key.pem", server.key)}")
       module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")`
    : 'module(load="imtcp")';
  const out = join(dir, "out");
  const config = `global(workDirectory="${dir}")
    ${driver}
    input(type="imtcp" port="${port}" address="127.0.0.1")
    template(name="line" type="string" string="%pri%|%app-name%|%msgid%|%structured-data%|%msg%\\n")
    *.* action(type="omfile" file="${out}" template="line")`;
  const child = spawn(PROGRAM, ["-n", "-f", file("rsyslog.conf", config), "-i", join(dir, "pid")], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const lines = () => (existsSync(out) ? readFileSync(out, "utf8").split("\n").filter(Boolean) : []);
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { port, lines, stop };
}

for (const isSecure of [false, true]) {
  test(`${isSecure ? "RFC 5425" : "RFC 6587"} - rsyslog gets what happens, taken apart as RFC 5424 says`, async () => {
    const { port, lines, stop } = await rsyslog(isSecure);
    const syslog = isSecure
      ? { url: `tls://localhost:${port}`, tls: { ca: ca.cert } }
      : { url: `tcp://127.0.0.1:${port}` };
    const stations = [{ match: "CP1", securityProfile: 1 as const, password: "correct-horse-battery" }];
    const world = await openWorld({ config: { syslog: { ...syslog, enterpriseId: 4711 }, stations } });
    try {
      await until("the connection", () => world.gateway.counters.syslogConnectedNow === 1, 30_000);
      assert.is(await statusOf(world.url("CP1"), ["ocpp1.6"]), 401);
      await until("the line", () => lines().some((line) => line.includes("LanAuthFailure")), 20_000);
      const [line = ""] = lines().filter((each) => each.includes("LanAuthFailure"));
      assert.match(line, /^108\|twinlane\|LanAuthFailure\|\[twinlane@4711 seq="1" station="CP1"\]\|/);
    } finally {
      await world[Symbol.asyncDispose]();
      await stop();
    }
  });
}

test("RFC 5425 - a server whose certificate nobody trusts gets nothing", async () => {
  const { port, lines, stop } = await rsyslog(true);
  const tls = { ca: makeCa("Somebody else's CA").cert };
  const world = await openWorld({ config: { syslog: { url: `tls://localhost:${port}`, tls } } });
  try {
    await until("two attempts", () => world.gateway.counters.syslogFailures >= 2, 30_000);
    assert.is(world.gateway.counters.syslogConnectedNow, 0);
    assert.equal(
      lines().filter((line) => line.includes("twinlane")),
      [],
    );
  } finally {
    await world[Symbol.asyncDispose]();
    await stop();
  }
});

uvuTest.run();
