/**
 * The OCPP messages of the load: what stations send and what the CSMS double answers. Sizes follow real stations: a
 * MeterValues or TransactionEvent of about 800 bytes, the rest as small as the specification makes them. All are valid
 * against the official schemas (`test/bench/messages.test.ts`), so a gateway that validates does all of its work.
 */

export type LoadVersion = "ocpp1.6" | "ocpp2.0.1";

/**
 * `authorize`, `heartbeat`, `status`: the messages of that name. `meter`: meter values of a running transaction.
 * `health`: condition data and nothing else: MeterValues outside a transaction, NotifyEvent.
 */
export type MessageKind = "authorize" | "meter" | "status" | "heartbeat" | "health";

/** What a station's messages mention. */
export interface StationFacts {
  readonly idTag: string;
  /** 1.6: as the CSMS gave it. 2.0.1: the station's own. Undefined outside a transaction. */
  readonly transactionId: number | string | undefined;
  /** ISO 8601, put into every timestamp. */
  readonly timestamp: string;
}

export interface LoadMessage {
  readonly action: string;
  readonly payload: object;
}

/** First count of a transaction: seven digits, so that the generator can count on in place. */
export const FIRST_SEQ_NO = 1_000_000;

/** What stands before the count of a message of this action: `seqNo`, or in 1.6, which has none, the reading of the meter. */
const COUNTED: { readonly [action: string]: string } = { TransactionEvent: '"seqNo":', MeterValues: '"value":"' };

/**
 * Where the seven digits begin that grow with every meter message of a station, so that no two of them are equal and their order
 * can be checked; −1 when `text` has none.
 */
export function countAt(text: Buffer, action: string): number {
  const before = COUNTED[action];
  const at = before === undefined ? -1 : text.indexOf(before);
  return before === undefined || at < 0 ? -1 : at + before.length;
}

/** The message of `kind` as a station of `version` sends it. */
export function loadMessage(version: LoadVersion, kind: MessageKind, facts: StationFacts): LoadMessage {
  return version === "ocpp1.6" ? MESSAGES_16[kind](facts) : MESSAGES_201[kind](facts);
}

/** The messages of a station that comes up; the last one starts a transaction. */
export function bootMessage(version: LoadVersion): LoadMessage {
  const names = { model: "Twin-22", vendorName: "Benchmark" };
  return version === "ocpp1.6"
    ? {
        action: "BootNotification",
        payload: { chargePointModel: names.model, chargePointVendor: names.vendorName, firmwareVersion: "1.4.2" },
      }
    : {
        action: "BootNotification",
        payload: { reason: "PowerUp", chargingStation: { ...names, firmwareVersion: "1.4.2" } },
      };
}

export function startMessage(version: LoadVersion, facts: StationFacts): LoadMessage {
  if (version === "ocpp1.6") {
    const { idTag, timestamp } = facts;
    return { action: "StartTransaction", payload: { connectorId: 1, idTag, meterStart: 1000, timestamp } };
  }
  return transactionEvent(facts, "Started", "Authorized", FIRST_SEQ_NO);
}

export function stopMessage(version: LoadVersion, facts: StationFacts, seqNo: number): LoadMessage {
  if (version === "ocpp1.6") {
    const { transactionId, timestamp } = facts;
    return { action: "StopTransaction", payload: { transactionId, meterStop: 21_000, timestamp, reason: "Local" } };
  }
  return transactionEvent(facts, "Ended", "StopAuthorized", seqNo);
}

function transactionEvent(facts: StationFacts, eventType: string, triggerReason: string, seqNo: number): LoadMessage {
  const { transactionId, timestamp, idTag } = facts;
  return {
    action: "TransactionEvent",
    payload: {
      eventType,
      timestamp,
      triggerReason,
      seqNo,
      transactionInfo: { transactionId, chargingState: eventType === "Ended" ? "Idle" : "Charging" },
      idToken: { idToken: idTag, type: "ISO14443" },
      evse: { id: 1, connectorId: 1 },
    },
  };
}

const MESSAGES_16: Record<MessageKind, (facts: StationFacts) => LoadMessage> = {
  authorize: ({ idTag }) => ({ action: "Authorize", payload: { idTag } }),
  heartbeat: () => ({ action: "Heartbeat", payload: {} }),
  status: ({ timestamp }) => ({
    action: "StatusNotification",
    payload: { connectorId: 1, errorCode: "NoError", status: "Charging", timestamp },
  }),
  meter: ({ transactionId, timestamp }) => ({
    action: "MeterValues",
    payload: {
      connectorId: 1,
      transactionId,
      meterValue: [
        {
          timestamp,
          sampledValue: [
            sample16(String(FIRST_SEQ_NO), "Energy.Active.Import.Register", "Wh"),
            sample16("11021.4", "Power.Active.Import", "W"),
            { ...sample16("15.98", "Current.Import", "A"), phase: "L1" },
            { ...sample16("229.7", "Voltage", "V"), phase: "L1" },
            sample16("41.5", "Temperature", "Celsius"),
            { value: "63", context: "Sample.Periodic", measurand: "SoC", location: "EV", unit: "Percent" },
          ],
        },
      ],
    },
  }),
  health: ({ timestamp }) => ({
    action: "MeterValues",
    payload: {
      connectorId: 1,
      meterValue: [
        {
          timestamp,
          sampledValue: [
            sample16("41.5", "Temperature", "Celsius"),
            { ...sample16("229.7", "Voltage", "V"), phase: "L1" },
          ],
        },
      ],
    },
  }),
};

const MESSAGES_201: Record<MessageKind, (facts: StationFacts) => LoadMessage> = {
  authorize: ({ idTag }) => ({ action: "Authorize", payload: { idToken: { idToken: idTag, type: "ISO14443" } } }),
  heartbeat: () => ({ action: "Heartbeat", payload: {} }),
  status: ({ timestamp }) => ({
    action: "StatusNotification",
    payload: { timestamp, connectorStatus: "Occupied", evseId: 1, connectorId: 1 },
  }),
  meter: ({ transactionId, timestamp }) => ({
    action: "TransactionEvent",
    payload: {
      eventType: "Updated",
      timestamp,
      triggerReason: "MeterValuePeriodic",
      seqNo: FIRST_SEQ_NO,
      transactionInfo: { transactionId, chargingState: "Charging" },
      evse: { id: 1, connectorId: 1 },
      meterValue: [
        {
          timestamp,
          sampledValue: [
            sample201(12345.6, "Energy.Active.Import.Register", "Wh"),
            sample201(11021.4, "Power.Active.Import", "W"),
            { ...sample201(15.98, "Current.Import", "A"), phase: "L1" },
            { ...sample201(229.7, "Voltage", "V"), phase: "L1" },
          ],
        },
      ],
    },
  }),
  health: ({ timestamp }) => ({
    action: "NotifyEvent",
    payload: {
      generatedAt: timestamp,
      seqNo: 0,
      eventData: [
        {
          eventId: 4711,
          timestamp,
          trigger: "Periodic",
          actualValue: "41.5",
          eventNotificationType: "CustomMonitor",
          component: { name: "ChargingStation", evse: { id: 1, connectorId: 1 } },
          variable: { name: "Temperature" },
        },
      ],
    },
  }),
};

const sample16 = (value: string, measurand: string, unit: string) => ({
  value,
  context: "Sample.Periodic",
  measurand,
  location: "Outlet",
  unit,
});

const sample201 = (value: number, measurand: string, unit: string) => ({
  value,
  context: "Sample.Periodic",
  measurand,
  location: "Outlet",
  unitOfMeasure: { unit },
});

/**
 * The CSMS double's answer to `action`, as JSON text; undefined for an action it does not know. The same for every
 * station, so that the generator can compare bytes. StartTransaction is not here: its `transactionId` differs.
 */
export function answerText(version: LoadVersion, action: string): string | undefined {
  return (version === "ocpp1.6" ? ANSWERS_16 : ANSWERS_201)[action];
}

/** `currentTime` of the double. It stands still, so that a reply that was altered on its way shows. */
const CURRENT_TIME = new Date().toISOString();

const COMMON_ANSWERS: Record<string, string> = {
  BootNotification: JSON.stringify({ currentTime: CURRENT_TIME, interval: 86_400, status: "Accepted" }),
  Heartbeat: JSON.stringify({ currentTime: CURRENT_TIME }),
  StatusNotification: "{}",
  MeterValues: "{}",
};

const ANSWERS_16: Record<string, string> = {
  ...COMMON_ANSWERS,
  Authorize: JSON.stringify({ idTagInfo: { status: "Accepted", expiryDate: "2030-01-01T00:00:00Z" } }),
  StopTransaction: "{}",
};

const ANSWERS_201: Record<string, string> = {
  ...COMMON_ANSWERS,
  Authorize: JSON.stringify({ idTokenInfo: { status: "Accepted", cacheExpiryDateTime: "2030-01-01T00:00:00Z" } }),
  NotifyEvent: "{}",
  TransactionEvent: "{}",
};

/** What the generator must get back for `action`; the double's own answer wherever it has a fixed one. */
export function expectedAnswer(version: LoadVersion, action: string): string {
  return answerText(version, action) ?? "{}";
}
