// deadline: 120s
/**
 * SI 2021/1467 between real sockets, with a clock that jumps: relayed 1.6, relayed 2.0.1, and a 1.6 station of a 2.0.1 CSMS. The random
 * number is one half, so each delay is 300 of 600 seconds.
 */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { UkSmartChargingDocument } from "../../src/config/document.ts";
import type { Logger } from "../../src/index.ts";
import { BOOT, openWorld, type World } from "../support/e2e-world.ts";
import { LeapingClock } from "../support/leaping-clock.ts";
import { PlainCsms } from "../support/plain-csms.ts";
import { memoryLogger } from "../support/stub-gateway.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";

const ACCEPTED = { status: "Accepted" };
const KEYS = {
  NumberOfConnectors: "1",
  SupportedFeatureProfiles: "Core,SmartCharging",
  ChargeProfileMaxStackLevel: "8",
  ChargingScheduleMaxPeriods: "24",
  ChargingScheduleAllowedChargingRateUnit: "Current",
  MaxChargingProfilesInstalled: "8",
};
const CONFIGURATION = {
  configurationKey: Object.entries(KEYS).map(([key, value]) => ({ key, readonly: true, value })),
};
const random = { next: () => 0.5, uuid: () => randomUUID() };
const SEC = 1000;
/** Found wherever it is written down as it is. */
const CARD = "CARD04A1B2C3D4";

interface Kind {
  readonly name: string;
  readonly station: "ocpp1.6" | "ocpp2.0.1";
  readonly speaks?: "ocpp2.0.1";
  /** In the CSMS's words. */
  readonly start: readonly [string, object];
  readonly set: (limit: number) => readonly [string, object];
  readonly stop: readonly [string, object];
  /** In the station's. */
  readonly started: string;
}

const schedule = (limit: number) => ({
  chargingRateUnit: "A",
  startSchedule: "2026-01-01T00:00:00.000Z",
  chargingSchedulePeriod: [{ startPeriod: 0, limit }],
});
const profile = { stackLevel: 1, chargingProfilePurpose: "TxDefaultProfile", chargingProfileKind: "Absolute" };
const set201 = (limit: number, purpose = "TxDefaultProfile") =>
  [
    "SetChargingProfile",
    {
      evseId: purpose === "TxDefaultProfile" ? 1 : 0,
      chargingProfile: {
        ...profile,
        chargingProfilePurpose: purpose,
        id: purpose === "TxDefaultProfile" ? 7 : 8,
        chargingSchedule: [{ id: 1, ...schedule(limit) }],
      },
    },
  ] as const;
const start201 = [
  "RequestStartTransaction",
  { idToken: { idToken: CARD, type: "Central" }, remoteStartId: 5, evseId: 1 },
] as const;

const KINDS: readonly Kind[] = [
  {
    name: "1.6",
    station: "ocpp1.6",
    start: ["RemoteStartTransaction", { idTag: CARD, connectorId: 1 }],
    set: (limit) => [
      "SetChargingProfile",
      { connectorId: 1, csChargingProfiles: { ...profile, chargingProfileId: 7, chargingSchedule: schedule(limit) } },
    ],
    stop: ["RemoteStopTransaction", { transactionId: 4711 }],
    started: "RemoteStartTransaction",
  },
  {
    name: "2.0.1",
    station: "ocpp2.0.1",
    start: start201,
    set: set201,
    stop: ["RequestStopTransaction", { transactionId: "4711" }],
    started: "RequestStartTransaction",
  },
  {
    name: "1.6, translated",
    station: "ocpp1.6",
    speaks: "ocpp2.0.1",
    start: start201,
    set: set201,
    stop: ["RequestStopTransaction", { transactionId: "4711" }],
    started: "RemoteStartTransaction",
  },
];

interface Opened {
  readonly clock: LeapingClock;
  readonly world: World;
}

const uk = (speaks: Kind["speaks"], settings: UkSmartChargingDocument) => [
  {
    match: "*",
    securityProfile: 0 as const,
    ukSmartCharging: settings,
    ...(speaks === undefined ? {} : { csms: { speaks } }),
  },
];

async function open({ speaks }: Kind, settings: UkSmartChargingDocument = {}, logger?: Logger): Promise<Opened> {
  const clock = new LeapingClock();
  const ports = { clock, random, ...(logger === undefined ? {} : { logger }) };
  const world = await openWorld({ ports, config: { stations: uk(speaks, settings) } });
  return { clock, world };
}

/** A booted station that keeps what it is told. */
async function booted(world: World, { station: version, speaks }: Kind, answer: object = ACCEPTED) {
  const station = await world.dial("CP1", version);
  const told: { action: string; payload: Readonly<Record<string, unknown>> }[] = [];
  station.answering((action, payload) => {
    told.push({ action, payload });
    return action === "GetConfiguration" ? CONFIGURATION : answer;
  });
  await station.ask("BootNotification", BOOT[version] ?? {});
  if (speaks !== undefined)
    await until("its configuration", () => told.some(({ action }) => action === "GetConfiguration"));
  const csms = await world.csms.link("CP1", world.csms.linksOf("CP1").length - 1);
  const commands = () => told.filter(({ action }) => /Start|Charging|Stop/.test(action)).map(({ action }) => action);
  return { station, csms, told, commands };
}

/** Files below a directory that contain the text, anywhere in their bytes. */
const filesWith = (directory: string, text: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text))
    .map(({ name }) => name);

for (const kind of KINDS) {
  test(`reg. 11, ${kind.name} - a remote start is accepted at once, reaches the station after its delay, and once`, async () => {
    const { clock, world } = await open(kind);
    await using _ = world;
    const { csms, commands } = await booted(world, kind);
    assert.equal((await csms.ask(...kind.start))[2], ACCEPTED);
    clock.leap(295 * SEC);
    await csms.ask("TriggerMessage", { requestedMessage: "Heartbeat" });
    assert.equal(commands(), []);
    assert.is(world.gateway.delays?.list().length, 1);
    clock.leap(10 * SEC);
    await until("the start", () => commands().length === 1);
    await until("its end", () => world.gateway.delays?.list().length === 0);
    assert.equal(commands(), [kind.started]);
    const { commandsHeld, heldCommandsExecuted, heldCommandsFailed, unknownAnswers } = world.gateway.counters;
    assert.equal([commandsHeld, heldCommandsExecuted, heldCommandsFailed, unknownAnswers], [1, 1, 0, 0]);
  });

  test(`reg. 11, ${kind.name} - profiles keep their order behind a start, a stop does not wait`, async () => {
    const { clock, world } = await open(kind);
    await using _ = world;
    const { csms, told, commands } = await booted(world, kind);
    await csms.ask(...kind.start);
    clock.leap(200 * SEC);
    assert.equal((await csms.ask(...kind.set(10)))[2], ACCEPTED);
    // The same place again: only the later one goes.
    assert.equal((await csms.ask(...kind.set(16)))[2], ACCEPTED);
    await csms.ask(...kind.stop);
    assert.not(commands().includes("SetChargingProfile"));
    clock.leap(105 * SEC);
    await until("both", () => world.gateway.delays?.list().length === 0 && commands().includes("SetChargingProfile"));
    const sent = commands().filter((action) => !/Stop|Clear/.test(action));
    assert.equal(sent, [kind.started, "SetChargingProfile"]);
    const profileSent = JSON.stringify(told.find(({ action }) => action === "SetChargingProfile")?.payload);
    assert.match(profileSent, /"limit":16[,}]/);
  });

  test(`reg. 11, ${kind.name} - the owner overrides: what is held goes at once, and the next is not held`, async () => {
    const { world } = await open(kind);
    await using _ = world;
    const { csms, commands } = await booted(world, kind);
    await csms.ask(...kind.start);
    assert.is(world.gateway.delays?.override("CP2", 10), 0);
    assert.is(world.gateway.delays?.override("CP1", 10), 1);
    await until("the start", () => commands().length === 1);
    await csms.ask(...kind.set(10));
    await until("the profile", () => commands().includes("SetChargingProfile"));
  });

  test(`reg. 11, ${kind.name} - what is held survives a restart, and is due when it was`, async () => {
    const clock = new LeapingClock();
    const csms = await PlainCsms.listen();
    const config = { dataDir: tempDir(), csms: { url: csms.url }, stations: uk(kind.speaks, {}) };
    const at = { csmsUrl: csms.url, config, ports: { clock, random } };
    const first = await openWorld(at);
    const before = await first.dial("CP1", kind.station);
    const quiet = (action: string) => (action === "GetConfiguration" ? CONFIGURATION : ACCEPTED);
    before.answering(quiet);
    await before.ask("BootNotification", BOOT[kind.station] ?? {});
    assert.equal((await (await csms.link("CP1", 0)).ask(...kind.start))[2], ACCEPTED);
    await first[Symbol.asyncDispose]();
    assert.equal(filesWith(config.dataDir, CARD), []);
    clock.leap(400 * SEC);
    const second = await openWorld(at);
    assert.is(second.gateway.delays?.list().length, 1);
    const after = await second.dial("CP1", kind.station);
    const told: string[] = [];
    after.answering((action) => {
      told.push(action);
      return quiet(action);
    });
    await after.ask("BootNotification", BOOT[kind.station] ?? {});
    await csms.link("CP1", 1);
    for (let tries = 0; tries < 20 && !told.includes(kind.started); tries += 1) {
      clock.leap(10 * SEC);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(told.includes(kind.started), told.join());
    await second[Symbol.asyncDispose]();
    await csms.close();
    assert.equal(filesWith(config.dataDir, CARD), []);
  });

  test(`reg. 10, ${kind.name} - the default hours are installed once, and not again where they were cleared`, async () => {
    const { logger, lines } = memoryLogger();
    const { clock, world } = await open(kind, { maxDelaySec: 0, offPeak: { limitA: 32 } }, logger);
    await using _ = world;
    const { told, station } = await booted(world, kind);
    const installed = () => told.filter(({ action }) => action === "SetChargingProfile");
    await until("the profile", () => {
      if (installed().length === 0) clock.leap(20 * SEC);
      return installed().length === 1;
    });
    const text = JSON.stringify(installed()[0]?.payload);
    assert.match(text, /"TxDefaultProfile"/);
    assert.match(text, /"limit":0[,}]/);
    station.close();
    await until("its end", () => world.gateway.counters.stationsConnectedNow === 0);
    const again = await booted(world, kind);
    clock.leap(61 * SEC);
    await again.station.ask("Heartbeat");
    const installations = lines.filter(
      ({ message, fields }) => /off-peak/.test(message) && fields["status"] === "Accepted",
    );
    assert.is(installations.length, 1);
  });
}

test("reg. 11 - the owner's override holds over a restart, and ends when it said", async () => {
  const kind = KINDS[1] as Kind;
  const clock = new LeapingClock();
  const csms = await PlainCsms.listen();
  const config = { dataDir: tempDir(), csms: { url: csms.url }, stations: uk(undefined, {}) };
  const open = () => openWorld({ csmsUrl: csms.url, config, ports: { clock, random } });
  /** How many of the station's commands wait after one more. */
  const heldAfter = async (world: World, limit: number) => {
    const links = csms.linksOf("CP1").length;
    const station = await world.dial("CP1", kind.station);
    station.answering(() => ACCEPTED);
    await station.ask("BootNotification", BOOT[kind.station] ?? {});
    assert.equal((await (await csms.link("CP1", links)).ask(...kind.set(limit)))[2], ACCEPTED);
    return world.gateway.delays?.list().length;
  };
  const first = await open();
  assert.is(await heldAfter(first, 10), 1);
  assert.is(first.gateway.delays?.override("CP1", 60), 1);
  await until("it has gone", () => first.gateway.delays?.list().length === 0);
  await first[Symbol.asyncDispose]();
  const second = await open();
  assert.is(await heldAfter(second, 11), 0);
  await second[Symbol.asyncDispose]();
  clock.leap(3601 * SEC);
  const third = await open();
  assert.is(await heldAfter(third, 12), 1);
  await third[Symbol.asyncDispose]();
  await csms.close();
});

test("reg. 11 - what was sealed under another key is left out, said once, and the gateway works", async () => {
  const kind = KINDS[1] as Kind;
  const csms = await PlainCsms.listen();
  const config = { dataDir: tempDir(), csms: { url: csms.url }, stations: uk(undefined, {}) };
  const first = await openWorld({ csmsUrl: csms.url, config, ports: { random } });
  const station = await first.dial("CP1", kind.station);
  await station.ask("BootNotification", BOOT[kind.station] ?? {});
  assert.equal((await (await csms.link("CP1", 0)).ask(...kind.start))[2], ACCEPTED);
  await first[Symbol.asyncDispose]();
  writeFileSync(join(config.dataDir, "authorisation.key"), "5a".repeat(32), { mode: 0o600 });
  for (const told of [1, 0]) {
    const { logger, lines } = memoryLogger();
    const world = await openWorld({ csmsUrl: csms.url, config, ports: { random, logger } });
    assert.is(lines.filter(({ message }) => /held back cannot be read/.test(message)).length, told);
    assert.equal(world.gateway.delays?.list(), []);
    await world[Symbol.asyncDispose]();
  }
  await csms.close();
});

test("reg. 11 - a limit of the installation and a command that the station would refuse are not held", async () => {
  const kind = KINDS[1] as Kind;
  const { world } = await open(kind);
  await using _ = world;
  const { csms, commands, station } = await booted(world, kind);
  await csms.ask(...set201(20, "ChargingStationMaxProfile"));
  assert.equal(commands(), ["SetChargingProfile"]);
  const status = { timestamp: "2026-01-01T00:00:00Z", connectorStatus: "Faulted", evseId: 1, connectorId: 1 };
  await station.ask("StatusNotification", status);
  await csms.ask(...kind.start);
  assert.is(commands().length, 2);
  await csms.ask("ClearChargingProfile", { chargingProfileId: 8 });
  assert.is(commands().length, 2, "there is something to clear");
});

test("reg. 11 - what the station refuses when it is due is counted, and the rest goes on", async () => {
  const kind = KINDS[0] as Kind;
  const { clock, world } = await open(kind);
  await using _ = world;
  const { csms } = await booted(world, kind, { status: "Rejected" });
  await csms.ask(...kind.start);
  await csms.ask(...kind.set(10));
  clock.leap(301 * SEC);
  await until("both", () => world.gateway.delays?.list().length === 0);
  assert.is(world.gateway.counters.heldCommandsFailed, 2);
});

test("reg. 11 - a start that could not be given for five minutes is not given any more", async () => {
  const kind = KINDS[0] as Kind;
  const { clock, world } = await open(kind);
  await using _ = world;
  const { csms, station } = await booted(world, kind);
  await csms.ask(...kind.start);
  await csms.ask(...kind.set(10));
  station.close();
  await until("its end", () => world.gateway.counters.stationsConnectedNow === 0);
  clock.leap(650 * SEC);
  const again = await booted(world, kind);
  clock.leap(11 * SEC);
  await until("the profile", () => again.commands().length === 1);
  assert.equal(again.commands(), ["SetChargingProfile"]);
  assert.is(world.gateway.counters.heldCommandsFailed, 1);
});

test.run();
