/** Certificates, and ISO 15118 through DataTransfer (A02, M03–M05; the note on Plug & Charge with 1.6). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { Outcome, TranslationState } from "../../../src/domain/translate/contract.ts";
import { PNC_VENDOR } from "../../../src/domain/translate/plug-and-charge.ts";
import { tokenSentDown } from "../../../src/domain/translate/token-alias.ts";
import { CommandWorld, NONE, refusal, result, SETTINGS } from "../../support/command-world.ts";
import { messageSchema } from "../../support/schemas.ts";

const secure = (state: TranslationState): TranslationState => ({
  ...state,
  capabilities: { ...state.capabilities, hasSecurityExtension: true },
});
/** A station with both ways, as far as they are named. */
function world(...ways: readonly ("security" | "tunnel")[]): CommandWorld {
  const made = new CommandWorld();
  if (ways.includes("tunnel")) made.settings = { ...SETTINGS, plugAndCharge: true };
  return ways.includes("security") ? made.change(secure) : made;
}
const wrapped = (payload: Payload): Outcome => result({ status: "Accepted", data: JSON.stringify(payload) });
const say = (made: CommandWorld, action: string, payload: Payload): unknown => {
  const reply = made.fromCsms(action, payload) as { payload: { status: string; statusInfo?: Payload } };
  const { status, statusInfo } = reply.payload;
  return statusInfo === undefined ? status : `${status} ${statusInfo["reasonCode"]}`;
};
const tunnelled = (messageId: string, payload: Payload) => [
  "DataTransfer",
  { vendorId: PNC_VENDOR, messageId, data: JSON.stringify(payload) },
];
const hash = (serialNumber: string) => ({
  hashAlgorithm: "SHA256",
  issuerNameHash: "n",
  issuerKeyHash: "k",
  serialNumber,
});

// --- where they go ----------------------------------------------------------------------------------------------------

const INSTALL = {
  CSMSRootCertificate: "nowhere",
  ManufacturerRootCertificate: "security",
  V2GRootCertificate: "tunnel",
  MORootCertificate: "tunnel",
  OEMRootCertificate: "nowhere",
} as const;

test("InstallCertificate: every use of 2.1 has its way", () => {
  const all = messageSchema("ocpp2.1", "InstallCertificate").definitions?.["InstallCertificateUseEnumType"]?.enum ?? [];
  assert.equal([...all].sort(), Object.keys(INSTALL).sort());
  for (const [certificateType, way] of Object.entries(INSTALL)) {
    const request = { certificateType, certificate: "pem" };
    const able = world("security", "tunnel");
    able.northVersion = "ocpp2.1";
    able.station = (action) =>
      action === "DataTransfer" ? wrapped({ status: "Accepted" }) : result({ status: "Accepted" });
    const expected = way === "nowhere" ? "Rejected UnsupportedRequest" : "Accepted";
    assert.is(say(able, "InstallCertificate", request), expected);
    const sent = {
      security: ["InstallCertificate", request],
      tunnel: tunnelled("InstallCertificate", request),
      nowhere: undefined,
    };
    assert.equal(able.to("station")[0], sent[way]);
    const unable = world();
    unable.northVersion = "ocpp2.1";
    assert.is(say(unable, "InstallCertificate", request), "Rejected UnsupportedRequest");
    assert.equal(unable.to("station"), []);
  }
});

for (const status of ["Accepted", "Failed", "Rejected"]) {
  test(`InstallCertificate: ${status} is the same in both versions`, () => {
    const made = world("security");
    made.station = () => result({ status });
    assert.is(
      say(made, "InstallCertificate", { certificateType: "ManufacturerRootCertificate", certificate: "p" }),
      status,
    );
  });
}

test("a certificate of 2.1 that is too long for 1.6 is rejected", () => {
  const made = world("security");
  made.northVersion = "ocpp2.1";
  const request = { certificateType: "ManufacturerRootCertificate", certificate: "x".repeat(5_501) };
  assert.is(say(made, "InstallCertificate", request), "Rejected TooLargeElement");
});

for (const [certificateType, expected] of [
  [undefined, "Rejected UnsupportedRequest"],
  ["ChargingStationCertificate", "Rejected UnsupportedRequest"],
  ["V2GCertificate", "Accepted"],
  ["V2G20Certificate", "Rejected UnsupportedRequest"],
] as const) {
  test(`CertificateSigned ${certificateType}: ${expected}`, () => {
    const made = world("security", "tunnel");
    made.northVersion = "ocpp2.1";
    made.station = () => wrapped({ status: "Accepted" });
    const request =
      certificateType === undefined ? { certificateChain: "p" } : { certificateChain: "p", certificateType };
    assert.is(say(made, "CertificateSigned", request), expected);
    assert.equal(made.to("station"), expected === "Accepted" ? [tunnelled("CertificateSigned", request)] : []);
  });
}

test("the station's own SignCertificate is rejected, and never sent to the CSMS", () => {
  const made = world("security");
  assert.equal(made.fromStation("SignCertificate", { csr: "csr" }), { payload: { status: "Rejected" } });
  assert.equal(made.to("csms"), []);
});

// --- deleting and listing ---------------------------------------------------------------------------------------------

const DELETE = { certificateHashData: hash("1") };

for (const [what, ways, station, expected, actions] of [
  ["nobody to ask", [], "Accepted", "NotFound", []],
  ["the station has it", ["security", "tunnel"], "Accepted", "Accepted", ["DeleteCertificate"]],
  ["the station cannot", ["security"], "Failed", "Failed", ["DeleteCertificate"]],
  ["nobody has it", ["security"], "NotFound", "NotFound", ["DeleteCertificate"]],
  ["the vehicle's side has it", ["security", "tunnel"], "NotFound", "Accepted", ["DeleteCertificate", "DataTransfer"]],
  ["only the tunnel", ["tunnel"], "NotFound", "Accepted", ["DataTransfer"]],
] as const) {
  test(`DeleteCertificate: ${what}`, () => {
    const made = world(...ways);
    made.station = (action) =>
      action === "DataTransfer" ? wrapped({ status: "Accepted" }) : result({ status: station });
    assert.is(say(made, "DeleteCertificate", DELETE), expected);
    assert.equal(
      made.to("station").map(([action]) => action),
      actions,
    );
  });
}

test("a station that refuses or is silent has deleted nothing", () => {
  for (const outcome of [NONE, refusal("InternalError"), result({ status: "Accepted", data: "no JSON" })]) {
    for (const way of ["security", "tunnel"] as const) {
      const made = world(way);
      made.station = (action) => (action === "DataTransfer" || outcome.kind !== "result" ? outcome : NONE);
      assert.is(say(made, "DeleteCertificate", DELETE), "Failed InternalError");
    }
  }
});

const chain = (certificateType: string, serialNumber: string) => ({
  certificateType,
  certificateHashData: hash(serialNumber),
});

test("GetInstalledCertificateIds puts together what the station says of each kind", () => {
  const made = world("security", "tunnel");
  const v2g = { ...chain("V2GCertificateChain", "2"), childCertificateHashData: [hash("3")] };
  made.station = (action) =>
    action === "DataTransfer"
      ? wrapped({ status: "Accepted", certificateHashDataChain: [v2g] })
      : result({ status: "Accepted", certificateHashData: [hash("1")] });
  assert.equal(made.fromCsms("GetInstalledCertificateIds", {}), {
    payload: { status: "Accepted", certificateHashDataChain: [chain("ManufacturerRootCertificate", "1"), v2g] },
  });
  assert.equal(made.to("station"), [
    ["GetInstalledCertificateIds", { certificateType: "ManufacturerRootCertificate" }],
    tunnelled("GetInstalledCertificateIds", {
      certificateType: ["V2GRootCertificate", "MORootCertificate", "V2GCertificateChain"],
    }),
  ]);
});

test("only the kinds that are wanted are asked for", () => {
  const made = world("security", "tunnel");
  made.station = () => wrapped({ status: "NotFound" });
  made.fromCsms("GetInstalledCertificateIds", { certificateType: ["MORootCertificate", "CSMSRootCertificate"] });
  assert.equal(made.to("station"), [
    tunnelled("GetInstalledCertificateIds", { certificateType: ["MORootCertificate"] }),
  ]);
});

test("what nobody has, or nobody says, is NotFound", () => {
  for (const outcome of [NONE, refusal("NotSupported"), result({ status: "NotFound" })]) {
    const made = world("security");
    made.station = () => outcome;
    assert.match(String(say(made, "GetInstalledCertificateIds", {})), /^NotFound/);
  }
  assert.is(say(world(), "GetInstalledCertificateIds", {}), "NotFound");
});

test("what comes out of the tunnel and is no answer of 2.0.1 is none", () => {
  const made = world("tunnel");
  made.station = () => wrapped({ status: "Accepted", certificateHashDataChain: [{ certificateType: "Odd" }] });
  assert.is(say(made, "GetInstalledCertificateIds", {}), "NotFound");
});

// --- the tunnel -------------------------------------------------------------------------------------------------------

const up = (messageId: string, payload: unknown) => ({
  vendorId: PNC_VENDOR,
  messageId,
  data: typeof payload === "string" ? payload : JSON.stringify(payload),
});
const CONTRACT = { idToken: { idToken: "DEABC12345678", type: "eMAID" } };
const REQUESTS: { readonly [action: string]: Payload } = {
  Authorize: CONTRACT,
  Get15118EVCertificate: { iso15118SchemaVersion: "urn:iso:15118", action: "Install", exiRequest: "AAAA" },
  GetCertificateStatus: { ocspRequestData: { ...hash("1"), responderURL: "https://ocsp.example" } },
  SignCertificate: { csr: "csr", certificateType: "V2GCertificate" },
};

for (const [action, request] of Object.entries(REQUESTS)) {
  test(`a wrapped ${action} of the station is one of its own for the CSMS`, () => {
    const made = world("tunnel");
    const answer = { status: "Accepted", statusInfo: { reasonCode: "NoError" }, idTokenInfo: { status: "Accepted" } };
    made.csms = () => result({ ...answer, tariff: { tariffId: "2.1 only" } });
    const reply = made.fromStation("DataTransfer", up(action, request)) as {
      payload: { status: string; data: string };
    };
    assert.equal(made.to("csms"), [[action, request]]);
    assert.is(reply.payload.status, "Accepted");
    const { idTokenInfo, ...others } = answer;
    assert.equal(JSON.parse(reply.payload.data), action === "Authorize" ? { idTokenInfo } : others);
  });

  test(`without the feature a wrapped ${action} is a DataTransfer like any other`, () => {
    const made = world();
    made.csms = () => result({ status: "Accepted" });
    made.fromStation("DataTransfer", up(action, request));
    assert.equal(made.to("csms"), [["DataTransfer", up(action, request)]]);
  });
}

test("the contract of a wrapped Authorize is known when its idTag starts a transaction", () => {
  const made = world("tunnel");
  made.fromStation("DataTransfer", up("Authorize", CONTRACT));
  assert.is(tokenSentDown(made.state, "deabc12345678")?.type, "eMAID");
});

test("what is wrapped and no message of 2.0.1 is rejected and counted", () => {
  for (const payload of ["no JSON", "[]", "null", { idToken: {} }, "x".repeat(70_000)]) {
    const made = world("tunnel");
    const reply = made.fromStation("DataTransfer", up("Authorize", payload));
    assert.equal(reply, { payload: { status: "Rejected" } });
    assert.equal(made.to("csms"), []);
    assert.equal(made.lost, ["DataTransfer.data=Authorize"]);
  }
});

test("a message the note does not know is unknown, whatever its name", () => {
  for (const messageId of ["Heartbeat", "constructor", ""]) {
    const made = world("tunnel");
    assert.equal(made.fromStation("DataTransfer", up(messageId, {})), { payload: { status: "UnknownMessageId" } });
  }
});

test("a CSMS that refuses or is silent rejects", () => {
  for (const outcome of [NONE, refusal("NotImplemented")]) {
    const made = world("tunnel");
    made.csms = () => outcome;
    assert.equal(made.fromStation("DataTransfer", up("Authorize", CONTRACT)), { payload: { status: "Rejected" } });
  }
});

for (const requestedMessage of ["SignV2GCertificate", "SignCombinedCertificate"]) {
  test(`TriggerMessage(${requestedMessage}) goes through the tunnel`, () => {
    for (const [outcome, expected] of [
      [wrapped({ status: "Accepted" }), "Accepted"],
      [wrapped({ status: "Rejected" }), "Rejected"],
      [wrapped({ status: "Odd" }), "NotImplemented InternalError"],
      [result({ status: "UnknownVendorId" }), "NotImplemented UnsupportedRequest"],
      [result({ status: "UnknownMessageId" }), "NotImplemented UnsupportedRequest"],
    ] as const) {
      const made = world("tunnel");
      made.station = () => outcome;
      assert.is(say(made, "TriggerMessage", { requestedMessage }), expected);
      assert.equal(made.to("station"), [tunnelled("TriggerMessage", { requestedMessage })]);
    }
  });
}

test.run();
