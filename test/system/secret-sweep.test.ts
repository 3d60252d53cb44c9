// deadline: 60s
/** A daemon with known secrets does its work; afterwards none of them is in anything that it has written, shown or sent where it does not belong. */
import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openFileKeyStore } from "../../src/actors/pki/file-key-store.actor.ts";
import { startAedes } from "../support/aedes-broker.ts";
import { openCertificateCsms, statusIn, trigger } from "../support/certificate-world.ts";
import { startDaemon } from "../support/daemon.ts";
import { BOOT } from "../support/e2e-world.ts";
import { freePort } from "../support/plain-csms.ts";
import { startCli } from "../support/run-cli.ts";
import { filesOf, type Secret, type Sink, secret, spellings, sweep } from "../support/secret-sweep.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { basicAuth, dial } from "../support/ws-peer.ts";

const random = (prefix: string, length = 20): string =>
  `${prefix}${randomBytes(length).toString("base64url").replace(/[-_]/g, "x")}`.slice(0, length);

const SECRETS = {
  "password of the station": random("sSt/", 24),
  "password towards the CSMS": random("sNo+", 24),
  "password that the CSMS sets": random("sSet", 24),
  "password that is wrong": random("sBad", 24),
  "wrapping secret": random("sWra", 32),
  "password of the broker": random("sMqt", 24),
  "user of a log server": random("sLog", 24),
  "PIN of a SIM": random("sPin", 16),
} as const;
const CARDS = ["CARD-7F3A91C2D4E6", "04A1B2C3D4E5F6A7"] as const;

test("each spelling of a secret is found, wherever it stands", () => {
  const one = secret("it", 'a "secret" of/some+kind, äöü');
  for (const [spelling, bytes] of spellings(one)) {
    const sink = (text: Buffer) => ({
      name: "log",
      bytes: Buffer.concat([Buffer.from("before "), text, Buffer.from(" behind")]),
    });
    assert.ok(
      sweep([one], [sink(bytes)]).some((found) => found.startsWith(`it (${spelling})`)),
      spelling,
    );
    assert.equal(
      sweep([one], [sink(bytes.subarray(1))]).filter((found) => found.includes(`(${spelling})`)),
      [],
      spelling,
    );
  }
  for (const before of ["", "u", "us", "user:"]) {
    const basic = Buffer.from(`${before}${one.bytes.toString()} more`).toString("base64");
    assert.is.not(sweep([one], [{ name: "log", bytes: Buffer.from(basic) }]).length, 0, before);
  }
  const broken = one.bytes.toString("base64").replace(/(.{10})/g, "$1\n");
  assert.is.not(sweep([one], [{ name: "log", bytes: Buffer.from(broken) }]).length, 0);
});

test("nothing secret is in logs, metrics, answers, MQTT, the security log, dumps or files", async () => {
  const dir = mkdtempSync(join(tempDir(), "sweep-"));
  const [dataDir, secretsDir] = [join(dir, "state"), join(dir, "secrets")];
  mkdirSync(secretsDir);
  const broker = await startAedes();
  await using north = await northOf();
  const uploads: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (part: string) => uploads.push(part));
    request.on("end", () => response.writeHead(403).end());
  }).listen(0, "127.0.0.1");
  await until("the log server", () => server.address());
  const logPort = (server.address() as AddressInfo).port;
  const file = (name: keyof typeof SECRETS) => {
    const path = join(secretsDir, name.replaceAll(" ", "-"));
    writeFileSync(path, SECRETS[name], { mode: 0o600 });
    return { file: path };
  };
  const admin = await freePort();
  const config = join(dir, "twinlane.json");
  writeFileSync(
    config,
    JSON.stringify({
      dataDir,
      listen: { host: "127.0.0.1", port: 0 },
      admin: { host: "127.0.0.1", port: admin },
      log: { level: "debug" },
      keys: { wrap: file("wrapping secret") },
      csms: {
        url: north.csms.url,
        tls: { ca: north.root.pem },
        password: file("password towards the CSMS"),
        certificates: { organisation: "Test CPO" },
      },
      stations: [{ match: "CP1", securityProfile: 1, password: file("password of the station") }],
      health: {
        tenant: "t",
        gateway: "g",
        mqtt: { url: broker.url, username: "lane", password: file("password of the broker") },
        batchMs: 200,
      },
      firewall: { locations: { schemes: ["http"], networks: ["127.0.0.0/8"], ports: [logPort], credentials: true } },
      backoff: { minSec: 0.1, maxSec: 0.4, jitterSec: 0.05 },
    }),
  );
  const daemon = startDaemon(["run", "--config", config], { NODE_NO_WARNINGS: "1" });
  try {
    const url = String((await daemon.logged("ready"))["urls"]);
    await exercise(url, north, logPort);
    const sinks: Sink[] = [];
    const add = (name: string, text: string) => sinks.push({ name, bytes: Buffer.from(text) });
    for (const path of ["/metrics", "/healthz", "/readyz"])
      add(`admin ${path}`, await (await fetch(`http://127.0.0.1:${admin}${path}`)).text());
    const commands = [
      ["check-config", config, "--json"],
      ["queue", "list", "--json"],
      ["quarantine", "list", "--json"],
      ["security", "export", "--format", "json"],
      ["dashcam", "list"],
    ].map(async ([command = "", ...rest]) => {
      const args = command === "check-config" ? [command, ...rest] : [command, ...rest, "--config", config];
      const { stdout, stderr } = await startCli(args).finished;
      assert.not.match(stderr, /unknown option/, args.join(" "));
      add(command, stdout + stderr);
    });
    await Promise.all(commands);
    await until("the health lane", () => broker.messages.length > 0);
    // What it has refused is in the log, with whatever the log says of it.
    await dial(`${url}/${CARDS[0]}`, ["ocpp1.6"]).catch(() => undefined);
    daemon.kill("SIGTERM");
    await daemon.exit;
    const leaky = daemon.stdout;
    // The name of nobody's station is written down, as it must be: so the sweep shows that it sees the log.
    assert.is.not(sweep([secret("card", CARDS[0])], [{ name: "log", bytes: Buffer.from(leaky) }]).length, 0, "planted");
    add(
      "log",
      leaky
        .split("\n")
        .filter((line) => !line.includes(`"stationId":"${CARDS[0]}"`))
        .join("\n"),
    );
    add("stderr", daemon.stderr);
    add("MQTT", broker.messages.map(({ topic, text }) => `${topic} ${text}`).join("\n"));
    add("uploads", uploads.join(""));
    const files = filesOf(dataDir);
    assert.ok(files.length > 5 && uploads.length > 0);
    const texts = Object.entries(SECRETS).map(([name, value]) => secret(name, value));
    const always = [...texts, ...(await keysOf(dataDir))];
    assert.equal(sweep(always, [...sinks, ...files]), []);
    const cards = CARDS.map((card) => secret("card", card));
    assert.equal(sweep(cards, [...sinks, ...files.filter(({ name }) => !holdsCards(name))]), []);
  } finally {
    daemon.kill("SIGKILL");
    server.close();
    await broker.close();
  }
});

/** What is owed to the CSMS holds cards, as it must: the spool; and nothing else does. */
const holdsCards = (name: string): boolean => name === "spool/data.mdb";

type North = Awaited<ReturnType<typeof northOf>>;

async function northOf() {
  const north = await openCertificateCsms();
  return { ...north, [Symbol.asyncDispose]: () => north.csms.close() };
}

/** A day in the life of CP1, with everything that holds secrets. */
async function exercise(url: string, north: North, logPort: number): Promise<void> {
  const wrong = { headers: basicAuth("CP1", SECRETS["password that is wrong"]) };
  const refused = await dial(`${url}/CP1`, ["ocpp1.6"], wrong).catch((error: unknown) => String(error));
  assert.match(String(refused), "401");
  const station = await dial(`${url}/CP1`, ["ocpp1.6"], {
    headers: basicAuth("CP1", SECRETS["password of the station"]),
  });
  station.answering((action) => (action === "GetConfiguration" ? { configurationKey: [] } : { status: "Accepted" }));
  await station.ask("BootNotification", BOOT["ocpp1.6"]);
  const first = await north.csms.link("CP1");
  for (const idTag of CARDS) await station.ask("Authorize", { idTag });
  const [idTag] = CARDS;
  const timestamp = new Date().toISOString();
  await station.ask("StartTransaction", { connectorId: 1, idTag, meterStart: 0, timestamp });
  const status = { connectorId: 1, errorCode: "OtherError", status: "Faulted", info: `card ${idTag}`, timestamp };
  await station.ask("StatusNotification", status);
  await station.ask("DataTransfer", { vendorId: "com.example", data: `pin=${SECRETS["PIN of a SIM"]}` });
  station.send(`[2,"broken","Authorize",{"idTag":"${idTag}"`);
  await first.ask("ChangeConfiguration", { key: "apnPin", value: SECRETS["PIN of a SIM"] });
  await first.ask("ChangeConfiguration", { key: "AuthorizationKey", value: SECRETS["password that the CSMS sets"] });
  const second = await north.csms.link("CP1", 1);
  await second.ask("GetConfiguration", {});
  await trigger(second, "ocpp1.6");
  const { privateKey } = leakedKey;
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  assert.is(statusIn(await second.ask("CertificateSigned", { certificateChain: pem })), "Rejected");
  await trigger(second, "ocpp1.6", 1);
  await second.ask("CertificateSigned", { certificateChain: await north.sign("CP1") });
  const third = await north.csms.link("CP1", 2);
  await third.call("Heartbeat");
  const user = SECRETS["user of a log server"];
  const remoteLocation = `http://user:${user}@127.0.0.1:${logPort}/`;
  await third.ask("GetLog", { logType: "SecurityLog", requestId: 1, log: { remoteLocation } });
  await third.call("LogStatusNotification", 1);
  await station.ask("StopTransaction", { transactionId: 1, idTag, meterStop: 5, timestamp });
}

/** One that a CSMS sends along by mistake. */
const leakedKey = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** The keys of the station as DER, and what of them is secret. */
async function keysOf(dataDir: string): Promise<readonly Secret[]> {
  const wrappingSecret = SECRETS["wrapping secret"];
  const store = openFileKeyStore({ directory: join(dataDir, "station-keys"), wrappingSecret });
  const kept = await Promise.all(
    (await store.list("CP1")).map(async (id) =>
      createPrivateKey(String(((await store.tls(id)) as { key: string }).key)),
    ),
  );
  assert.ok(kept.length > 0);
  return [leakedKey.privateKey, ...kept].flatMap((key, i) => [
    secret(`key ${i}`, key.export({ type: "pkcs8", format: "der" })),
    secret(`number of key ${i}`, Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url")),
  ]);
}

test.run();
