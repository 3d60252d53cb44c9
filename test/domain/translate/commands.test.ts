/**
 * Every action a CSMS may send has exactly one owner, and every answer of ours is one its version allows: with the station there,
 * away, refusing, and saying everything that 1.6 can say.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import { rpcErrorCodes } from "../../../src/domain/ocpp/error-codes.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { commandBlocks } from "../../../src/domain/translate/commands.ts";
import type { Outcome, TranslationState } from "../../../src/domain/translate/contract.ts";
import { CommandWorld, NONE, openTransaction, refusal, result, SETTINGS } from "../../support/command-world.ts";
import { goodMessage } from "../../support/schema-arbitrary.ts";
import { type JsonSchema, messageSchema, messageSchemas, resolveRef } from "../../support/schemas.ts";

const V2 = ["ocpp2.0.1", "ocpp2.1"] as const;

/** Actions whose rules are with transactions, the device model and smart charging. */
const OF_OTHERS: readonly string[] = [
  ...["RequestStartTransaction", "RequestStopTransaction", "GetTransactionStatus"],
  ...["GetBaseReport", "GetReport", "GetVariables", "SetVariables", "GetMonitoringReport"],
  ...["SetMonitoringBase", "SetMonitoringLevel", "SetVariableMonitoring", "ClearVariableMonitoring"],
  ...["SetChargingProfile", "ClearChargingProfile", "GetChargingProfiles", "GetCompositeSchedule"],
];

const OURS = commandBlocks.flatMap(({ from }) => Object.keys(from.csms ?? {}));

test("every action of a 2.0.1 and of a 2.1 CSMS has exactly one owner", () => {
  for (const version of V2) {
    const inSchemas = new Set(messageSchemas(version).map(({ action }) => action));
    const actions = CATALOGUE.filter(({ versions, from }) => versions.includes(version) && from !== "station");
    for (const { action } of actions) {
      assert.ok(inSchemas.has(action), action);
      const owners = [...OURS, ...OF_OTHERS].filter((owned) => owned === action);
      assert.equal(owners, [action], `${version} ${action}`);
    }
  }
});

test("every message of a 2.x schema that is not the station's is the CSMS's", () => {
  const known = new Set(CATALOGUE.map(({ action }) => action));
  for (const { action } of messageSchemas("ocpp2.1")) assert.ok(known.has(action), action);
});

test("the station's messages that are no transactions have one owner", () => {
  const owned = commandBlocks.flatMap(({ from }) => Object.keys(from.station ?? {})).sort();
  assert.equal(owned, [
    "DataTransfer",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
  ]);
});

test("a kind of job belongs to one block", () => {
  for (const table of ["answers", "wakes"] as const) {
    const kinds = commandBlocks.flatMap((block) => Object.keys(block[table] ?? {}));
    assert.is(new Set(kinds).size, kinds.length, table);
  }
});

// --- every answer -----------------------------------------------------------------------------------------------------

/** Every value of every enum of an answer, in an otherwise good answer. */
function answersOf(action: string): readonly Payload[] {
  const schema: JsonSchema = messageSchema("ocpp1.6", action, "response");
  const samples = fc.sample(goodMessage(schema, { fields: "all" }), { seed: 1, numRuns: 2 });
  const bare = fc.sample(goodMessage(schema, { fields: "none" }), { seed: 1, numRuns: 1 });
  const good = [...samples, ...bare] as Payload[];
  const values = resolveRef(schema.properties?.["status"] ?? {}, schema).enum ?? [];
  return values.length === 0 ? good : good.flatMap((payload) => values.map((status) => ({ ...payload, status })));
}

const ANSWERS = new Map(
  [...new Set(messageSchemas("ocpp1.6").map(({ action }) => action))].map((action) => [action, answersOf(action)]),
);

/** Requests that reach the station, whatever random ones do. */
const TOKEN = { idToken: "0123456789ABCDEF0123456789", type: "Central" };
const HASH = { hashAlgorithm: "SHA256", issuerNameHash: "a", issuerKeyHash: "b", serialNumber: "c" };
const LOG = { remoteLocation: "ftp://files.example/logs" };
const FIRMWARE = { location: "https://files.example/fw.bin", retrieveDateTime: "2026-05-04T12:00:00Z" };
const TARGETED: { readonly [action: string]: readonly Payload[] } = {
  ChangeAvailability: [
    { operationalStatus: "Inoperative" },
    { operationalStatus: "Inoperative", evse: { id: 3 } },
    { operationalStatus: "Operative", evse: { id: 3, connectorId: 2 } },
  ],
  ReserveNow: [
    { id: 1, expiryDateTime: "2026-05-04T12:00:00Z", idToken: TOKEN, evseId: 1, groupIdToken: TOKEN },
    { id: 1, expiryDateTime: "2026-05-04T12:00:00Z", idToken: TOKEN },
  ],
  Reset: [{ type: "Immediate" }, { type: "OnIdle" }],
  GetLog: [
    { logType: "DiagnosticsLog", requestId: 4, log: LOG },
    { logType: "SecurityLog", requestId: 4, log: LOG },
  ],
  UpdateFirmware: [
    { requestId: 5, firmware: FIRMWARE },
    { requestId: 5, firmware: { ...FIRMWARE, signature: "s", signingCertificate: "c" } },
  ],
  SendLocalList: [
    {
      versionNumber: 2,
      updateType: "Full",
      localAuthorizationList: [{ idToken: { idToken: "CARD", type: "ISO14443" }, idTokenInfo: { status: "Accepted" } }],
    },
  ],
  UnlockConnector: [
    { evseId: 1, connectorId: 1 },
    { evseId: 2, connectorId: 1 },
  ],
  InstallCertificate: ["ManufacturerRootCertificate", "V2GRootCertificate", "CSMSRootCertificate"].map(
    (certificateType) => ({ certificateType, certificate: "pem" }),
  ),
  CertificateSigned: [{ certificateChain: "pem", certificateType: "V2GCertificate" }, { certificateChain: "pem" }],
  DeleteCertificate: [{ certificateHashData: HASH }],
  GetInstalledCertificateIds: [{}, { certificateType: ["V2GRootCertificate"] }],
  CostUpdated: [{ totalCost: 1.5, transactionId: "tx-2" }],
  TriggerMessage: [
    ...["BootNotification", "LogStatusNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues"],
    ...["SignChargingStationCertificate", "SignV2GCertificate", "StatusNotification", "TransactionEvent"],
    ...["SignCombinedCertificate", "PublishFirmwareStatusNotification"],
  ].flatMap((requestedMessage) => [{ requestedMessage }, { requestedMessage, evse: { id: 2, connectorId: 1 } }]),
};

const RICH: Partial<CommandWorld> = {
  settings: { ...SETTINGS, plugAndCharge: true, resetEscalationMin: 5, skipUnsupportedTokens: true },
};

/** A station that can everything, and one that can what 1.6 demands. */
const able = (state: TranslationState): TranslationState => ({
  ...state,
  capabilities: { featureProfiles: [], hasSecurityExtension: true, reservesConnectorZero: true, showsCost: true },
  tx: { ...state.tx, registration: "Pending", transactions: [openTransaction(2)] },
});
const plain = (state: TranslationState): TranslationState => ({
  ...state,
  capabilities: { featureProfiles: ["Core"], hasSecurityExtension: false },
});

function world(version: (typeof V2)[number], kind: "able" | "plain" | "unknown"): CommandWorld {
  const made = new CommandWorld();
  made.northVersion = version;
  if (kind === "able") Object.assign(made, RICH);
  if (kind === "unknown") return made;
  return made.change(kind === "able" ? able : plain);
}

/** How a station may behave, whatever it is asked: the n-th of its answers to each action. */
const BEHAVIOURS: readonly (readonly [string, (action: string) => Outcome])[] = [
  ["silent", () => NONE],
  ...rpcErrorCodes("ocpp1.6").map((code): [string, () => Outcome] => [code, () => refusal(code)]),
  ["prose", () => refusal("Not today")],
  ["nonsense", () => result({ status: "Perhaps" })],
  ["empty", () => result({})],
  ...Array.from({ length: 24 }, (_, n): [string, (action: string) => Outcome] => [
    `answer ${n}`,
    (action) => {
      const answers = ANSWERS.get(action) ?? [];
      return result(answers[n % answers.length] ?? {});
    },
  ]),
];

test("24 behaviours are enough to hear every answer of 1.6", () => {
  for (const [action, answers] of ANSWERS) assert.ok(answers.length <= 24, `${action}: ${answers.length}`);
});

for (const version of V2) {
  test(`every command of a ${version} CSMS is answered once, and well, whatever the station does`, () => {
    for (const action of OURS) {
      if (CATALOGUE.every((spec) => spec.action !== action || !spec.versions.includes(version))) continue;
      const random = fc.sample(goodMessage(messageSchema(version, action)), { seed: 7, numRuns: 6 }) as Payload[];
      for (const payload of [...random, ...(TARGETED[action] ?? [])]) {
        for (const kind of ["able", "plain", "unknown"] as const) {
          for (const [name, behaviour] of BEHAVIOURS) {
            const made = world(version, kind);
            made.station = behaviour;
            const reply = made.fromCsms(action, payload);
            assert.ok(reply, `${action} unanswered: ${name}`);
            made.pass(600_000);
          }
          const away = world(version, kind);
          away.isStationOnline = false;
          assert.ok(away.fromCsms(action, payload), `${action} unanswered: away`);
          assert.equal(away.to("station"), [], `${action} to a station that is away`);
        }
      }
    }
  });
}

test("every message of the station is answered once, and well, whatever the CSMS does", () => {
  const outcomes: readonly Outcome[] = [
    NONE,
    ...rpcErrorCodes("ocpp2.0.1").map(refusal),
    ...["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId", "Odd"].map((status) =>
      result({ status, data: [1] }),
    ),
    result({}),
  ];
  for (const version of V2) {
    for (const action of commandBlocks.flatMap(({ from }) => Object.keys(from.station ?? {}))) {
      const messages = fc.sample(goodMessage(messageSchema("ocpp1.6", action)), { seed: 3, numRuns: 40 }) as Payload[];
      for (const payload of messages) {
        for (const outcome of outcomes) {
          const made = world(version, "able");
          made.csms = () => outcome;
          assert.ok(made.fromStation(action, payload), action);
        }
      }
    }
  }
});

test("a station that says nothing is not said to have accepted, but for what the gateway does itself", () => {
  const bySelf = ["Heartbeat", "TransactionEvent"];
  for (const [action, requests] of Object.entries(TARGETED)) {
    for (const payload of requests) {
      const made = world("ocpp2.0.1", "able");
      made.station = () => NONE;
      const reply = made.fromCsms(action, payload);
      if (bySelf.includes(String(payload["requestedMessage"]))) continue;
      const status = reply !== undefined && "payload" in reply ? reply.payload["status"] : undefined;
      assert.is.not(status, "Accepted", `${action} ${JSON.stringify(payload)}`);
    }
  }
});

test("an action of 2.1 is unknown to a 2.0.1 station, and not supported by a 2.1 one", () => {
  const only21 = CATALOGUE.filter(
    ({ versions, from }) => from === "csms" && versions.length === 1 && versions[0] === "ocpp2.1",
  );
  assert.is(only21.length, 15);
  for (const { action } of only21) {
    assert.equal(world("ocpp2.0.1", "able").fromCsms(action, {}), { code: "NotImplemented" }, action);
    assert.equal(world("ocpp2.1", "able").fromCsms(action, {}), { code: "NotSupported" }, action);
  }
});

test.run();
