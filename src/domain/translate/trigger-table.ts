/**
 * What a TriggerMessage of 2.x becomes, by `requestedMessage`.
 *
 * | how       | meaning                                                                                  |
 * | --------- | ---------------------------------------------------------------------------------------- |
 * | forward   | TriggerMessage of 1.6 for `message16`; what comes is translated as it comes              |
 * | log       | forward, by the security extension's name of it where the station has that               |
 * | status    | forward, but only for a named connector (F06.FR.12)                                      |
 * | boot      | forward, unless the CSMS has accepted the station (F06.FR.17)                            |
 * | heartbeat | the gateway sends it: the station's are answered by the gateway                          |
 * | event     | TransactionEvent, of what MeterValues say, or else of what is known                      |
 * | tunnel    | through DataTransfer, to a station that speaks ISO 15118                                 |
 * | none      | NotImplemented                                                                           |
 *
 * @see OCPP 2.0.1 F06; OCPP 1.6 edition 2 §5.17; security extension edition 3 §5.3
 */
export type Trigger =
  | { readonly how: "forward" | "status" | "boot"; readonly message16: string }
  | { readonly how: "log" | "heartbeat" | "event" | "tunnel" | "none" };

export const TRIGGERS: { readonly [requestedMessage: string]: Trigger } = {
  BootNotification: { how: "boot", message16: "BootNotification" },
  FirmwareStatusNotification: { how: "forward", message16: "FirmwareStatusNotification" },
  Heartbeat: { how: "heartbeat" },
  LogStatusNotification: { how: "log" },
  MeterValues: { how: "forward", message16: "MeterValues" },
  StatusNotification: { how: "status", message16: "StatusNotification" },
  TransactionEvent: { how: "event" },
  SignV2GCertificate: { how: "tunnel" },
  SignCombinedCertificate: { how: "tunnel" },
  // The gateway's own certificate towards the CSMS: it renews that by its own rules.
  SignChargingStationCertificate: { how: "none" },
  PublishFirmwareStatusNotification: { how: "none" },
  // 2.1; the note for 1.6 has the messages of 2.0.1 only.
  SignV2G20Certificate: { how: "none" },
  CustomTrigger: { how: "none" },
};
