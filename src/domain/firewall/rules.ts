/**
 * The rules of firewall and intrusion detection as data: what each watches, how it acts unless configured otherwise, and the
 * security event it raises. What a rule looks for is in the files `check-*.ts`, joined in `compile.ts`.
 *
 * Modes: `off` · `log` counted and in the log · `alert` a security event as well · `enforce` the message is refused as well.
 *
 * Three defaults are gentler than one might expect. Whatever needs the memory of this process to judge (an id used twice, a
 * transaction nobody knows) only alerts, because a restart forgets. What stations in the field do every day (messages before the
 * boot, actions of their vendor) is only logged. Rules about amounts and rates (R16 to R22) alert until an operator has seen what
 * is normal on the site.
 */

export type Mode = "off" | "log" | "alert" | "enforce";

export interface RuleSpec {
  readonly title: string;
  /** Whose messages it looks at. `lan`: connections; `gateway`: the gateway itself. */
  readonly from: "south" | "north" | "both" | "lan" | "gateway";
  readonly mode: Mode;
  /** Type of the security event, in OCPP's own spelling where OCPP has one. */
  readonly event: SecurityEventName;
}

/** OCPP's names (2.0.1 spelling) as far as the rules use them, then our own for what happens on the LAN. */
export type SecurityEventName =
  | "AttemptedReplayAttacks"
  | "FirmwareUpdated"
  | "InvalidChargingStationCertificate"
  | "InvalidCsmsCertificate"
  | "InvalidFirmwareSigningCertificate"
  | "InvalidMessages"
  | "MemoryExhaustion"
  | "ReconfigurationOfSecurityParameters"
  | "ResetOrReboot"
  | "SettingSystemTime"
  | "TamperDetectionActivated"
  | "DuplicateIdentity"
  | "DiagnosticsRequested"
  | "FirmwareUrlRejected"
  | "LanAuthBruteForce"
  | "LanAuthFailure"
  | "LanFlood"
  | "UploadUrlRejected";

const CRITICAL: ReadonlySet<string> = new Set<SecurityEventName>([
  "FirmwareUpdated",
  "InvalidChargingStationCertificate",
  "InvalidCsmsCertificate",
  "InvalidFirmwareSigningCertificate",
  "MemoryExhaustion",
  "ResetOrReboot",
  "SettingSystemTime",
  "TamperDetectionActivated",
]);

/**
 * Whether OCPP wants the CSMS to be told at once. Our own names are not critical.
 *
 * @see OCPP 2.0.1 appendices, security events (v1.4)
 */
export const isCriticalEvent = (type: string): boolean => CRITICAL.has(type);

const rule = (title: string, from: RuleSpec["from"], mode: Mode, event: SecurityEventName): RuleSpec =>
  Object.freeze({ title, from, mode, event });

export const RULES = Object.freeze({
  R01: rule("connections from outside the allowed networks", "lan", "enforce", "LanFlood"),
  R02: rule("floods of connections", "lan", "enforce", "LanFlood"),
  R03: rule("guessing of credentials", "lan", "enforce", "LanAuthBruteForce"),
  R04: rule("a second connection of a live station", "lan", "enforce", "DuplicateIdentity"),
  R05: rule("a boot of another device than the commissioned one", "south", "alert", "TamperDetectionActivated"),
  "R05-unproven": rule("the same of a station without credentials", "south", "enforce", "TamperDetectionActivated"),
  R06: rule("a certificate nobody asked for", "north", "alert", "InvalidChargingStationCertificate"),
  R07: rule("malformed frames", "both", "enforce", "InvalidMessages"),
  R08: rule("message rate", "both", "alert", "MemoryExhaustion"),
  "R09-reuse": rule("a message id used again for something else", "both", "alert", "AttemptedReplayAttacks"),
  "R09-stray": rule("answers to calls that nobody made", "both", "alert", "AttemptedReplayAttacks"),
  "R10-network": rule(
    "settings that move a station to another CSMS",
    "north",
    "enforce",
    "ReconfigurationOfSecurityParameters",
  ),
  "R10-trust": rule("settings that let anybody charge", "north", "alert", "ReconfigurationOfSecurityParameters"),
  R11: rule("a security profile that is not higher", "north", "enforce", "ReconfigurationOfSecurityParameters"),
  R12: rule("root certificates outside of maintenance", "north", "enforce", "ReconfigurationOfSecurityParameters"),
  R13: rule("where firmware is fetched from", "north", "enforce", "FirmwareUrlRejected"),
  R14: rule("where logs are sent to", "north", "enforce", "UploadUrlRejected"),
  R15: rule("unsigned firmware where only signed is wanted", "north", "enforce", "InvalidFirmwareSigningCertificate"),
  "R16-busy": rule("firmware or an immediate reset while a vehicle charges", "north", "alert", "ResetOrReboot"),
  "R16-rate": rule("many resets, unlocks, changes of availability", "north", "alert", "ResetOrReboot"),
  "R17-values": rule("charging limits that cannot be meant", "north", "alert", "InvalidMessages"),
  "R17-rate": rule("charging limits that change too often or swing", "north", "alert", "InvalidMessages"),
  R18: rule("remote starts and stops that do not fit", "north", "alert", "InvalidMessages"),
  R19: rule("stops that do not fit their start", "south", "alert", "InvalidMessages"),
  "R20-vendor": rule("DataTransfer of a vendor who is not listed", "both", "enforce", "InvalidMessages"),
  "R20-content": rule("DataTransfer that is long or hides commands", "both", "alert", "InvalidMessages"),
  "R21-format": rule("timestamps that are none", "south", "enforce", "InvalidMessages"),
  "R21-range": rule("timestamps far from now", "south", "log", "InvalidMessages"),
  R22: rule("meter values that physics does not allow", "south", "alert", "InvalidMessages"),
  "R23-direction": rule("calls in the wrong direction", "both", "enforce", "InvalidMessages"),
  "R23-boot": rule("messages of a station that is not accepted", "south", "log", "InvalidMessages"),
  "R23-transaction": rule(
    "messages of a transaction that is not open, or twice open",
    "south",
    "alert",
    "InvalidMessages",
  ),
  R24: rule("actions that the protocol version does not have", "both", "log", "InvalidMessages"),
  R25: rule("commands that their source has no right to", "north", "enforce", "InvalidMessages"),
  R26: rule("trying out of cards", "south", "alert", "InvalidMessages"),
  "R26-text": rule("cards in places for free text", "south", "alert", "InvalidMessages"),
  R27: rule("another device under a station's address", "lan", "alert", "TamperDetectionActivated"),
  R28: rule("a CSMS whose certificate or TLS has changed", "north", "alert", "InvalidCsmsCertificate"),
  R29: rule("personal data on its way to the health lane", "gateway", "enforce", "InvalidMessages"),
  R30: rule("resources and clock of the gateway", "gateway", "alert", "MemoryExhaustion"),
} as const satisfies Readonly<Record<string, RuleSpec>>);

export type RuleId = keyof typeof RULES;

export const RULE_IDS = Object.freeze(Object.keys(RULES)) as readonly RuleId[];

/** The number a rule has in reports: that of `R10-trust` is `R10`. */
export const groupOf = (id: RuleId): string => id.slice(0, 3);

/** Modes as configured: by rule (`R10-trust`), or for all rules of a number (`R10`). The more exact one counts. */
export type Modes = { readonly [name: string]: Mode };

export const modeOf = (modes: Modes, id: RuleId): Mode => modes[id] ?? modes[groupOf(id)] ?? RULES[id].mode;

/** Whether something is a name that {@link Modes} may have. */
export const isRuleName = (name: string): boolean => RULE_IDS.some((id) => id === name || groupOf(id) === name);
