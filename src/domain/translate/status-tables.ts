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

/** Whether another error is a problem of the same component. */
export const isShared = (errorCode: string): boolean =>
  Object.entries(PROBLEM_COMPONENT).some(
    ([other, component]) => other !== errorCode && component === PROBLEM_COMPONENT[errorCode],
  );

/**
 * Severity of a `Problem` by component, for SetMonitoringLevel: 2 what may hurt somebody or keeps the station from charging at all, 3
 * what makes a charge wrong, 4 the rest. The CSMS has set no monitors, so it is ours to say.
 *
 * @see OCPP 2.0.1 Part 2 N05, SetMonitoringLevelRequest.severity
 */
export const PROBLEM_SEVERITY: Readonly<Record<string, number>> = {
  RCD: 2,
  OverCurrentProtection: 2,
  ElectricalFeed: 2,
  PowerContactor: 2,
  TemperatureSensor: 3,
  FiscalMetering: 3,
  Controller: 3,
};
export const USUAL_SEVERITY = 4;

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
