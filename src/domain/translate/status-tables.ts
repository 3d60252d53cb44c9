/** The words of 1.6's StatusNotification, and what 2.x says instead. */

/** `connectorStatus` of 2.x: what keeps a driver away from the connector, and no more. */
export const CONNECTOR_STATUS: Readonly<Record<string, string>> = {
  Available: "Available",
  Preparing: "Occupied",
  Charging: "Occupied",
  SuspendedEVSE: "Occupied",
  SuspendedEV: "Occupied",
  Finishing: "Occupied",
  Reserved: "Reserved",
  Unavailable: "Unavailable",
  Faulted: "Faulted",
};

/** `chargingState` of an open transaction; absent: the status says nothing about it, the state stays. */
export const CHARGING_STATE: Readonly<Record<string, string>> = {
  Available: "Idle",
  Preparing: "EVConnected",
  Charging: "Charging",
  SuspendedEVSE: "SuspendedEVSE",
  SuspendedEV: "SuspendedEV",
  Finishing: "EVConnected",
};

/** `chargingState` of a transaction that starts: it has to have one, and a car is there (TxStartPoint PowerPathClosed). */
export const STARTING_STATE: Readonly<Record<string, string>> = {
  Preparing: "EVConnected",
  Charging: "Charging",
  SuspendedEVSE: "SuspendedEVSE",
  SuspendedEV: "SuspendedEV",
  Finishing: "EVConnected",
};

/**
 * Component whose `Problem` an errorCode is. Only ConnectorLockFailure is prescribed (G05.FR.02). "place": Connector, or
 * ChargingStation for connector 0. "communication": CPPWMController, or ISO15118Ctrlr of a DC connector.
 */
export const PROBLEM_COMPONENT: Readonly<Record<string, string>> = {
  ConnectorLockFailure: "ConnectorPlugRetentionLock",
  EVCommunicationError: "communication",
  GroundFailure: "RCD",
  HighTemperature: "TemperatureSensor",
  InternalError: "Controller",
  LocalListConflict: "LocalAuthListCtrlr",
  OtherError: "place",
  OverCurrentFailure: "OverCurrentProtection",
  OverVoltage: "ElectricalFeed",
  PowerMeterFailure: "FiscalMetering",
  PowerSwitchFailure: "PowerContactor",
  ReaderFailure: "TokenReader",
  ResetFailure: "ChargingStation",
  UnderVoltage: "ElectricalFeed",
  WeakSignal: "DataLink",
};

/**
 * Severity of a problem's event, on the scale of monitors: what endangers people or parts, what ends charging, all else.
 *
 * @see OCPP 2.0.1 Part 2 N05, SetMonitoringLevelRequest
 */
const PROBLEM_SEVERITY: Readonly<Record<string, number>> = {
  ConnectorLockFailure: 3,
  EVCommunicationError: 4,
  GroundFailure: 2,
  HighTemperature: 2,
  InternalError: 3,
  LocalListConflict: 4,
  OtherError: 4,
  OverCurrentFailure: 2,
  OverVoltage: 2,
  PowerMeterFailure: 3,
  PowerSwitchFailure: 2,
  ReaderFailure: 3,
  ResetFailure: 3,
  UnderVoltage: 3,
  WeakSignal: 4,
};

/** Of what the table does not know, and of data that could not be told. */
export const LEAST_SEVERITY = 4;
/** Of the whole station's availability. A connector's is a status, whatever message tells it, and is always told. */
export const STATION_SEVERITY = 4;

export const severityOf = (errorCode: string): number => PROBLEM_SEVERITY[errorCode] ?? LEAST_SEVERITY;

/** Components that a station has once, wherever the problem was noticed. */
export const STATION_COMPONENTS: ReadonlySet<string> = new Set(["ChargingStation", "LocalAuthListCtrlr"]);

/** `ConnectorEnumType` of connectors that charge with direct current. */
const DC_TYPES: ReadonlySet<string> = new Set([
  "cCCS1",
  "cCCS2",
  "cChaoJi",
  "cG105",
  "cGBT-DC",
  "cMCS",
  "cNACS",
  "cNACS-CCS1",
  "cCCS1-NACS",
  "cTesla",
  "cUltraChaoJi",
  "Pan",
]);

export const isDcConnector = (type: string | undefined): boolean => type !== undefined && DC_TYPES.has(type);
