/** Stories with what a CSMS of 2.0.1 answers. */
import type { Values } from "./example.ts";
import type { Scenario } from "./observe.ts";
import { at, csms, GET_PROFILES, SAYS_NOTHING, setProfile, start, status, stop, token } from "./stations.ts";
import type { Move } from "./world.ts";

const answer = (action: string, cause: Move, story: Partial<Scenario> = {}): Scenario => ({
  from: "csms",
  action,
  kind: "response",
  cause,
  ...story,
});

const AUTHORIZE: Move = ["station", "Authorize", { idTag: "04A1B2C3" }];
const BOOT: Move = ["station", "BootNotification", { chargePointVendor: "V", chargePointModel: "M" }];
const info = (path: string): Values => ({
  ...token(`${path}.groupIdToken`, "GROUP"),
  [`${path}.cacheExpiryDateTime`]: at(50),
});

export const CSMS_ANSWERS: readonly Scenario[] = [
  answer("Authorize", AUTHORIZE, {
    world: SAYS_NOTHING,
    values: info("idTokenInfo"),
    after: [start(), ["station", "Authorize", { idTag: "group" }]],
  }),
  answer("BootNotification", BOOT, { after: [["pass", 400_000]] }),
  answer("DataTransfer", ["station", "DataTransfer", { vendorId: "v" }]),
  answer("FirmwareStatusNotification", ["station", "FirmwareStatusNotification", { status: "Idle" }]),
  answer("Heartbeat", ["pass", 400_000]),
  answer("LogStatusNotification", ["station", "DiagnosticsStatusNotification", { status: "Idle" }]),
  answer("MeterValues", meter()),
  answer("NotifyEvent", status("Faulted", { errorCode: "GroundFailure" })),
  answer("NotifyReport", csms("GetBaseReport", { requestId: 1, reportBase: "FullInventory" })),
  answer("ReportChargingProfiles", GET_PROFILES, { before: [setProfile()] }),
  answer("ReservationStatusUpdate", status("Faulted"), {
    before: [
      csms("ReserveNow", { id: 1, evseId: 1, expiryDateTime: at(50), idToken: { idToken: "A", type: "Local" } }),
    ],
  }),
  answer("SecurityEventNotification", [
    "station",
    "SecurityEventNotification",
    { type: "SettingSystemTime", timestamp: at(1) },
  ]),
  answer("StatusNotification", status("Unavailable")),
  answer("TransactionEvent", start(), {
    values: info("idTokenInfo"),
    after: [["station", "Authorize", { idTag: "group" }]],
  }),
  answer("TransactionEvent", stop({ idTag: "04A1B2C3" }), {
    values: info("idTokenInfo"),
    before: [start()],
    after: [["station", "Authorize", { idTag: "group" }]],
  }),
];

function meter(): Move {
  const sampledValue = [{ value: "1" }];
  return ["station", "MeterValues", { connectorId: 0, meterValue: [{ timestamp: at(1), sampledValue }] }];
}
