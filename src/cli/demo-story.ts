/**
 * What happens to a demonstration besides the stations' own life: an operator at the CSMS who sends commands, and a CSMS
 * that fails now and then. Repeatable from the seed as far as the choices go.
 */
import type { Csms } from "../sim/csms.ts";
import type { CsmsStation } from "../sim/csms-core.ts";
import { createRandom, type SeededRandom } from "../sim/random.ts";
import type { Payload } from "../sim/wire.ts";
import type { DemoObserver } from "./demo-observer.ts";

const COMMAND_EVERY_MS = 1_500;
const TROUBLE_EVERY_MS = 5_000;
const SLOW_MS = 1_200;

type Command = readonly [action: string, payload: Payload];

/** Begins; the function returned ends it and switches every fault off. */
export function tellStory(csms: Csms, observer: DemoObserver, seed: string): () => void {
  const random = createRandom(`${seed}/story`);
  const commands = setInterval(() => command(csms, random), COMMAND_EVERY_MS);
  const troubles = setInterval(() => trouble(csms, observer, random), TROUBLE_EVERY_MS);
  return () => {
    clearInterval(commands);
    clearInterval(troubles);
    csms.clearFaults();
  };
}

function anyStation(csms: Csms, random: SeededRandom): CsmsStation | undefined {
  return random.pick(csms.stations().filter(({ connected }) => connected));
}

function command(csms: Csms, random: SeededRandom): void {
  const station = anyStation(csms, random);
  if (station === undefined) return;
  const [action, payload] = random.pick(station.version === "ocpp1.6" ? commands16(random) : commands201(random));
  // Whether it is accepted is the station's affair.
  void csms.call(station.stationId, action, payload);
}

function commands16(random: SeededRandom): readonly [Command, ...Command[]] {
  const limit = random.pick([4_000, 7_400, 11_000]);
  return [
    ["TriggerMessage", { requestedMessage: "StatusNotification" }],
    ["TriggerMessage", { requestedMessage: "MeterValues", connectorId: 1 }],
    ["GetConfiguration", {}],
    ["GetCompositeSchedule", { connectorId: 1, duration: 300 }],
    ["SetChargingProfile", { connectorId: 1, csChargingProfiles: { chargingProfileId: 1, ...profile(limit) } }],
    ["ClearChargingProfile", { id: 1 }],
  ];
}

function commands201(random: SeededRandom): readonly [Command, ...Command[]] {
  const { chargingSchedule, ...rest } = profile(random.pick([20_000, 50_000, 90_000]));
  const heartbeat = { component: { name: "OCPPCommCtrlr" }, variable: { name: "HeartbeatInterval" } };
  return [
    ["TriggerMessage", { requestedMessage: "StatusNotification" }],
    ["TriggerMessage", { requestedMessage: "MeterValues", evse: { id: 1 } }],
    ["GetVariables", { getVariableData: [heartbeat] }],
    ["GetBaseReport", { requestId: random.integer(1, 1_000), reportBase: "FullInventory" }],
    [
      "SetChargingProfile",
      { evseId: 1, chargingProfile: { id: 1, ...rest, chargingSchedule: [{ id: 1, ...chargingSchedule }] } },
    ],
    ["ClearChargingProfile", { chargingProfileId: 1 }],
  ];
}

function profile(limitW: number) {
  return {
    stackLevel: 0,
    chargingProfilePurpose: "TxDefaultProfile",
    chargingProfileKind: "Relative",
    chargingSchedule: { chargingRateUnit: "W", chargingSchedulePeriod: [{ startPeriod: 0, limit: limitW }] },
  };
}

function trouble(csms: Csms, observer: DemoObserver, random: SeededRandom): void {
  const station = anyStation(csms, random);
  if (station === undefined) return;
  const { stationId } = station;
  const kind = random.pick(["slow", "close"] as const);
  if (kind === "close") {
    csms.disconnect(1012, stationId);
    observer.fault(stationId, "CSMS closes the connection (1012)");
    return;
  }
  csms.fault({ kind, stationId, ms: SLOW_MS, times: 2 });
  observer.fault(stationId, `CSMS answers two calls ${SLOW_MS} ms late`);
}
