/** UpdateFirmware and the statuses of an update (L01, L02). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { bootHint } from "../../../src/domain/translate/boot-hint.ts";
import type { TranslationState } from "../../../src/domain/translate/contract.ts";
import { CommandWorld, NONE, refusal, result, SETTINGS, START } from "../../support/command-world.ts";
import { messageSchema, resolveRef } from "../../support/schemas.ts";

const secure = (state: TranslationState): TranslationState => ({
  ...state,
  capabilities: { ...state.capabilities, hasSecurityExtension: true },
});
const at = (ms: number) => new Date(START + ms).toISOString();
const FIRMWARE = { location: "https://files.example/fw", retrieveDateTime: at(-1_000) };
const SIGNED = { ...FIRMWARE, signingCertificate: "pem", signature: "sig", installDateTime: at(86_400_000) };
const update = (firmware: Payload, more: Payload = {}): Payload => ({ requestId: 5, firmware, ...more });
const say = (world: CommandWorld, payload: Payload): unknown => {
  const reply = world.fromCsms("UpdateFirmware", payload) as { payload: { status: string; statusInfo?: Payload } };
  const { status, statusInfo } = reply.payload;
  return statusInfo === undefined ? status : `${status} ${statusInfo["reasonCode"]}`;
};
const statuses = (world: CommandWorld) => world.to("csms").map(([, payload]) => payload);
const boot = (world: CommandWorld, firmwareVersion: string) =>
  world.fromStation("BootNotification", { chargePointModel: "M", chargePointVendor: "V", firmwareVersion });

test("unsigned firmware is UpdateFirmware, whose empty answer is a yes", () => {
  for (const change of [secure, (state: TranslationState) => state]) {
    const world = new CommandWorld().change(change);
    world.station = () => result({});
    assert.is(say(world, update(FIRMWARE, { retries: 1, retryInterval: 30 })), "Accepted");
    const { location, retrieveDateTime: retrieveDate } = FIRMWARE;
    assert.equal(world.to("station"), [["UpdateFirmware", { location, retrieveDate, retries: 1, retryInterval: 30 }]]);
    assert.equal(world.to("csms"), []);
  }
});

test("signed firmware is SignedUpdateFirmware, field by field", () => {
  const world = new CommandWorld().change(secure);
  assert.is(say(world, update(SIGNED, { retries: 1 })), "Accepted");
  assert.equal(world.to("station"), [["SignedUpdateFirmware", update(SIGNED, { retries: 1 })]]);
});

for (const status of ["Accepted", "Rejected", "AcceptedCanceled", "InvalidCertificate", "RevokedCertificate"]) {
  test(`SignedUpdateFirmware: ${status} is the same in both versions`, () => {
    const world = new CommandWorld().change(secure);
    world.station = () => result({ status });
    assert.is(say(world, update(SIGNED)), status);
  });
}

const { signature: _signature, ...withoutSignature } = SIGNED;
for (const [what, change, firmware, expected] of [
  ["a signature that 1.6 would not check", undefined, SIGNED, "Rejected UnsupportedParam"],
  ["half a signature, of a plain station", undefined, withoutSignature, "Rejected UnsupportedParam"],
  ["half a signature", secure, withoutSignature, "Rejected MissingParam"],
  [
    "an installation later than the download",
    undefined,
    { ...FIRMWARE, installDateTime: at(1) },
    "Rejected UnsupportedParam",
  ],
  ["a location that is no URI", undefined, { ...FIRMWARE, location: "the usual place" }, "Rejected InvalidURL"],
] as const) {
  test(`rejects ${what} without asking`, () => {
    const world = new CommandWorld();
    if (change !== undefined) world.change(change);
    assert.is(say(world, update(firmware)), expected);
    assert.equal(world.to("station"), []);
  });
}

test("a location longer than the extension's 512 is rejected, as 2.1 may send it", () => {
  const world = new CommandWorld().change(secure);
  world.northVersion = "ocpp2.1";
  assert.is(
    say(world, update({ ...SIGNED, location: `https://x.example/${"y".repeat(600)}` })),
    "Rejected TooLargeElement",
  );
});

test("a station without the feature profile is not asked", () => {
  const world = new CommandWorld().change((state) => ({
    ...state,
    capabilities: { ...state.capabilities, featureProfiles: ["Core"] },
  }));
  assert.is(say(world, update(FIRMWARE)), "Rejected UnsupportedRequest");
});

test("an installation that was due already, or that the operator does not mind, is only counted", () => {
  for (const [installDateTime, ignoreInstallDate] of [
    [at(-1), false],
    [at(86_400_000), true],
  ] as const) {
    const world = new CommandWorld();
    world.settings = { ...SETTINGS, ignoreInstallDate };
    assert.is(say(world, update({ ...FIRMWARE, installDateTime })), "Accepted");
    assert.equal(world.lost, ["Firmware.installDateTime"]);
  }
});

test("1.6 cannot call an update off: a second one is rejected until the first has ended, or must have", () => {
  for (const end of ["Installed", "InstallationFailed", "DownloadFailed", "a day"]) {
    const world = new CommandWorld().change(secure);
    world.station = () => result({});
    say(world, update(FIRMWARE));
    world.fromStation("FirmwareStatusNotification", { status: "Downloading" });
    assert.is(say(world, update(FIRMWARE)), "Rejected FwUpdateInProgress");
    assert.is(say(world, update(SIGNED)), "Rejected FwUpdateInProgress");
    if (end === "a day") world.pass(86_400_000);
    else world.fromStation("FirmwareStatusNotification", { status: end });
    assert.is(say(world, update(FIRMWARE, { requestId: 6 })), "Accepted", end);
  }
});

test("of two signed updates the station decides", () => {
  const world = new CommandWorld().change(secure);
  say(world, update(SIGNED));
  world.station = () => result({ status: "AcceptedCanceled" });
  assert.is(say(world, update(SIGNED, { requestId: 6 })), "AcceptedCanceled");
});

test("a station that refuses or is silent has not accepted, and has no update", () => {
  for (const firmware of [FIRMWARE, SIGNED]) {
    for (const outcome of [NONE, refusal("InternalError")]) {
      const world = new CommandWorld().change(secure);
      world.station = () => outcome;
      assert.is(say(world, update(firmware)), "Rejected InternalError");
      world.fromStation("FirmwareStatusNotification", { status: "Downloading" });
      assert.equal(world.to("csms"), []);
      assert.equal(world.lost, ["FirmwareStatusNotification.status=Downloading"]);
    }
  }
});

test("L02.FR.07 - an update that is to be fetched later is scheduled, which 1.6 cannot say", () => {
  const world = new CommandWorld();
  world.station = () => result({});
  say(world, update({ ...FIRMWARE, retrieveDateTime: at(1) }));
  assert.equal(statuses(world), [{ status: "DownloadScheduled", requestId: 5 }]);
});

const enumOf = (action: string): readonly string[] => {
  const schema = messageSchema("ocpp1.6", action);
  return resolveRef(schema.properties?.["status"] ?? {}, schema).enum ?? [];
};

test("L02.FR.14 - every status of 1.6 goes up under its name, with the update's requestId unless it is Idle", () => {
  const all = enumOf("FirmwareStatusNotification");
  assert.is(all.length, 7);
  for (const status of all) {
    const world = new CommandWorld();
    world.station = () => result({});
    say(world, update(FIRMWARE));
    assert.equal(world.fromStation("FirmwareStatusNotification", { status }), { payload: {} });
    assert.equal(statuses(world), [status === "Idle" ? { status } : { status, requestId: 5 }]);
  }
});

test("every status of SignedFirmwareStatusNotification goes up with its requestId", () => {
  const all = enumOf("SignedFirmwareStatusNotification");
  assert.is(all.length, 14);
  for (const status of all) {
    const world = new CommandWorld().change(secure);
    world.fromStation("SignedFirmwareStatusNotification", { status, requestId: 8 });
    assert.equal(statuses(world), [status === "Idle" ? { status } : { status, requestId: 8 }]);
  }
});

test("a status that comes after the end is still of the latest update", () => {
  const world = new CommandWorld();
  world.station = () => result({});
  say(world, update(FIRMWARE));
  world.fromStation("FirmwareStatusNotification", { status: "Installed" });
  world.fromStation("FirmwareStatusNotification", { status: "Installed" });
  assert.equal(statuses(world).at(-1), { status: "Installed", requestId: 5 });
});

test("a new version after an update that never said so is Installed, once", () => {
  const world = new CommandWorld();
  world.station = () => result({});
  boot(world, "1.0");
  say(world, update(FIRMWARE));
  world.fromStation("FirmwareStatusNotification", { status: "Installing" });
  assert.is(bootHint(world.state, world.now), "FirmwareUpdate");
  boot(world, "1.0");
  assert.is(statuses(world).length, 1);
  boot(world, "1.1");
  boot(world, "1.1");
  assert.equal(statuses(world).slice(1), [{ status: "Installed", requestId: 5 }]);
  world.pass(600_001);
  assert.is(bootHint(world.state, world.now), undefined);
});

test("a boot soon after Installed is for the update as well", () => {
  const world = new CommandWorld();
  world.station = () => result({});
  say(world, update(FIRMWARE));
  for (const [status, hint] of [
    ["Downloading", undefined],
    ["Downloaded", undefined],
    ["Installing", "FirmwareUpdate"],
    ["Installed", "FirmwareUpdate"],
  ] as const) {
    world.fromStation("FirmwareStatusNotification", { status });
    assert.is(bootHint(world.state, world.now), hint, status);
  }
});

test("the first version that is ever heard of is no new one", () => {
  const world = new CommandWorld();
  world.station = () => result({});
  say(world, update(FIRMWARE));
  boot(world, "1.1");
  assert.equal(statuses(world), []);
  boot(world, "1.2");
  assert.equal(statuses(world), [{ status: "Installed", requestId: 5 }]);
});

test("a new version says nothing when the update has ended, or there was none", () => {
  const world = new CommandWorld();
  world.station = () => result({});
  boot(world, "1.0");
  boot(world, "1.1");
  say(world, update(FIRMWARE));
  world.fromStation("FirmwareStatusNotification", { status: "Installed" });
  boot(world, "1.2");
  assert.is(statuses(world).length, 1);
});

test.run();
