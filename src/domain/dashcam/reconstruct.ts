/**
 * Messages again, from what a scene has kept: what a frame said of the equipment is in the observations of the same instant; what it said of
 * people never was. Placeholders stand for cards and transactions, and the station's own words are left out.
 *
 * | action                                       | from                                               |
 * | -------------------------------------------- | -------------------------------------------------- |
 * | StatusNotification                           | `status`, `errorCode`, `vendorErrorCode`           |
 * | MeterValues                                  | all measurands                                     |
 * | BootNotification, Heartbeat, Authorize       | placeholders, `bootReason`                         |
 * | StartTransaction, StopTransaction            | placeholders, the energy register, `stoppedReason` |
 * | TransactionEvent                             | measurands, `stoppedReason`                        |
 *
 * What has no observation at its instant, being another EVSE's, cannot be told, and neither can any other action.
 */
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { MEASURAND_NAMES } from "../telemetry/measurands.ts";
import type { Scene, SceneFrame, SceneReading } from "./scene.ts";

/** Stands for every card. */
export const REPLAY_TOKEN = "REPLAY";
const REPLAY_TRANSACTION = "replay";
const REGISTER = "Energy.Active.Import.Register";

export interface Moment {
  readonly scene: Scene;
  readonly frame: SceneFrame;
  readonly version: OcppVersion;
  /** What the message says of its time, ISO 8601. */
  readonly timestamp: string;
  /** Of 1.6: the transaction that this one belongs to, as the CSMS has named it. */
  readonly transactionId: number;
  /** Of 2.x: messages of this transaction before this one. */
  readonly seqNo: number;
}

type Build = (moment: Moment, readings: readonly SceneReading[]) => Payload | undefined;

/** What the frame said; undefined where the scene does not tell. */
export function payloadOf(moment: Moment): Payload | undefined {
  const { scene, frame, version } = moment;
  const readings = scene.readings.filter(({ dt }) => dt === frame.dt);
  const build = version === "ocpp1.6" ? IN_16[frame.action] : IN_2[frame.action];
  return build?.(moment, readings);
}

const word = (readings: readonly SceneReading[], name: string): string | undefined => {
  const found = readings.find(({ channel, value }) => channel.name === name && typeof value === "string");
  return found && String(found.value);
};

const connectorOf = ({ scene }: Moment): number => Math.max(1, scene.evse);

const IN_16: Readonly<Record<string, Build>> = {
  BootNotification: () => ({ chargePointVendor: REPLAY_TOKEN, chargePointModel: REPLAY_TOKEN }),
  Heartbeat: () => ({}),
  Authorize: () => ({ idTag: REPLAY_TOKEN }),
  StatusNotification: ({ scene, timestamp }, readings) => {
    const status = word(readings, "status");
    if (status === undefined) return undefined;
    const vendorErrorCode = word(readings, "vendorErrorCode");
    const errorCode = word(readings, "errorCode") ?? "NoError";
    return { connectorId: scene.evse, status, errorCode, timestamp, ...(vendorErrorCode && { vendorErrorCode }) };
  },
  MeterValues: (moment, readings) => {
    const sampledValue = sampled(readings).map(sampled16);
    if (sampledValue.length === 0) return undefined;
    return { connectorId: moment.scene.evse, meterValue: [{ timestamp: moment.timestamp, sampledValue }] };
  },
  StartTransaction: (moment) => {
    const { timestamp } = moment;
    return { connectorId: connectorOf(moment), idTag: REPLAY_TOKEN, meterStart: meterAt(moment), timestamp };
  },
  StopTransaction: (moment, readings) => {
    const { transactionId, timestamp } = moment;
    const reason = word(readings, "stoppedReason");
    return { transactionId, meterStop: meterAt(moment), timestamp, ...(reason && { reason }) };
  },
};

const IN_2: Readonly<Record<string, Build>> = {
  BootNotification: (_, readings) => ({
    reason: word(readings, "bootReason") ?? "Unknown",
    chargingStation: { model: REPLAY_TOKEN, vendorName: REPLAY_TOKEN },
  }),
  Heartbeat: () => ({}),
  Authorize: () => ({ idToken: { idToken: REPLAY_TOKEN, type: "Central" } }),
  StatusNotification: ({ scene, timestamp }, readings) => {
    const connectorStatus = word(readings, "status");
    if (connectorStatus === undefined) return undefined;
    return { timestamp, connectorStatus, evseId: scene.evse, connectorId: 1 };
  },
  MeterValues: ({ scene, timestamp }, readings) => {
    const sampledValue = sampled(readings).map(sampled2);
    return sampledValue.length === 0 ? undefined : { evseId: scene.evse, meterValue: [{ timestamp, sampledValue }] };
  },
  TransactionEvent: (moment, readings) => {
    const { timestamp, seqNo } = moment;
    const stoppedReason = word(readings, "stoppedReason");
    const sampledValue = sampled(readings).map(sampled2);
    // The first that is seen of a transaction begins it: nobody would know it otherwise.
    const begun = seqNo === 0 ? "Started" : "Updated";
    return {
      eventType: stoppedReason === undefined ? begun : "Ended",
      timestamp,
      triggerReason: stoppedReason === undefined ? "MeterValuePeriodic" : "AbnormalCondition",
      seqNo,
      transactionInfo: { transactionId: REPLAY_TRANSACTION, ...(stoppedReason && { stoppedReason }) },
      evse: { id: connectorOf(moment) },
      ...(sampledValue.length > 0 && { meterValue: [{ timestamp, sampledValue }] }),
    };
  },
};

const MEASURANDS: ReadonlySet<string> = new Set(MEASURAND_NAMES);

const sampled = (readings: readonly SceneReading[]): readonly SceneReading[] =>
  readings.filter(({ channel, value }) => Number.isFinite(value) && MEASURANDS.has(channel.name));

/** Units that 1.6 has a word for; without one the default of the measurand is meant. */
const UNITS_16: ReadonlySet<string> = new Set(["Wh", "varh", "W", "var", "VA", "A", "V", "Celsius", "Percent"]);

function sampled16({ channel, value }: SceneReading): Payload {
  const { name, unit = "", phase, location } = channel;
  return {
    value: String(value),
    measurand: name,
    ...(UNITS_16.has(unit) && { unit }),
    ...(phase && { phase }),
    ...(location && { location }),
  };
}

function sampled2({ channel, value }: SceneReading): Payload {
  const { name, unit, phase, location } = channel;
  return {
    value,
    measurand: name,
    ...(unit && unit !== "1" && { unitOfMeasure: { unit } }),
    ...(phase && { phase }),
    ...(location && { location }),
  };
}

/** The register's last value until then, in whole Wh. */
function meterAt({ scene, frame }: Moment): number {
  const last = scene.readings.findLast(({ dt, channel }) => dt <= frame.dt && channel.name === REGISTER);
  return Math.max(0, Math.round(Number(last?.value ?? 0)));
}
