/** What an operator can set about the firewall, with every default filled in. */
import type { Modes } from "./rules.ts";

export interface LocationPolicy {
  /** Lower case, without `:`. */
  readonly schemes: readonly string[];
  /** Host names, `*.example.com` for all below one; empty: any public name. */
  readonly hosts: readonly string[];
  /** Networks (CIDR) whose addresses may be named; empty: no address may. */
  readonly networks: readonly string[];
  readonly ports: readonly number[];
  /** Whether `user:password@` may be in it. */
  readonly credentials: boolean;
}

export interface VendorPolicy {
  readonly vendorId: string;
  /** Undefined: all. */
  readonly messageIds?: readonly string[];
}

/** Commands that a source may, or may not, give: `Reset`, or with a key, `ChangeConfiguration/HeartbeatInterval`. */
export interface RightsPolicy {
  /** Undefined: all that are not denied. */
  readonly allow?: readonly string[];
  /** Undefined: none. */
  readonly deny?: readonly string[];
}

/** Who gives a command; `ems`: energy management on site, through the program the gateway is part of. */
export type CommandSource = "csms" | "ems";

/** What a station was found to be when it was commissioned; what is left out is not compared. */
export interface CommissionedIdentity {
  readonly serialNumber?: string;
  readonly model?: string;
  readonly vendor?: string;
}

export interface FirewallPolicy {
  readonly enabled: boolean;
  readonly modes: Modes;
  /**
   * `pass`: a transaction message of the station is never refused, whatever a rule says, because what is refused is not billed;
   * `enforce`: rules act on it as on others.
   */
  readonly billing: "pass" | "enforce";
  readonly locations: LocationPolicy;
  /** Undefined: every vendor may. */
  readonly vendors: readonly VendorPolicy[] | undefined;
  readonly dataTransferBytes: number;
  readonly rights: { readonly [source in CommandSource]?: RightsPolicy };
  /** Configuration keys of this make that move its CSMS, besides the well-known ones. */
  readonly guardedKeys: readonly string[];
  readonly signedFirmwareOnly: boolean;
  /** Whether root certificates may be installed and deleted at all. */
  readonly certificateMaintenance: boolean;
  readonly certificatesPerHour: number;
  readonly resetsPerHour: number;
  readonly unlocksPerHour: number;
  readonly availabilityPerHour: number;
  readonly remoteStartsPerMin: number;
  readonly profilesPerMin: number;
  readonly maxPeriods: number;
  readonly maxStackLevel: number;
  /** What one EVSE can deliver; undefined: not known, and not compared. */
  readonly ratedCurrentA: number | undefined;
  readonly ratedPowerW: number | undefined;
  /** CALLs in ten seconds and at once; meter values and transaction events count half. */
  readonly stationCallsPer10Sec: number;
  readonly csmsCallsPer10Sec: number;
  readonly burst: number;
  /** Different cards in ten minutes. */
  readonly cardsPer10Min: number;
  readonly identity: CommissionedIdentity | undefined;
}
