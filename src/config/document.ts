/**
 * The configuration document as the schema admits it: what a YAML file holds, before defaults and secrets.
 * Field meanings are in `schemas/config.schema.json`.
 */
import type { Grant } from "../domain/diagnostics/desk.ts";
import type { FirewallPolicy, LocationPolicy } from "../domain/firewall/policy.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { PrivacyConfig } from "../domain/privacy/profiles.ts";
import type { ReduceConfig } from "../domain/reduce/spec.ts";
import type { TranslationSettings } from "../domain/translate/contract.ts";
import type {
  CertificatesConfig,
  CsmsConfig,
  DashcamConfig,
  GatewayConfig,
  HealthSpoolConfig,
  MqttConfig,
  RevocationMode,
  SecurityProfile,
  StationRule,
  TranslatedVersion,
} from "./types.ts";

/** Where a secret (or a PEM text) comes from; a plain text is the value itself. */
export type SourceDocument = string | { readonly file?: string; readonly credential?: string; readonly env?: string };

export interface TlsServerDocument {
  readonly cert: SourceDocument;
  readonly key: SourceDocument;
  readonly clientCa?: SourceDocument;
  readonly ciphers?: string;
  readonly revocation?: RevocationMode;
  readonly clientCrl?: SourceDocument;
}

export interface ListenerDocument {
  readonly host?: string;
  readonly port: number;
  readonly tls?: TlsServerDocument;
}

export interface TlsClientDocument {
  /** `system`: the operating system's trust store. */
  readonly ca?: SourceDocument;
  readonly cert?: SourceDocument;
  readonly key?: SourceDocument;
  readonly servername?: string;
}

export interface CsmsDocument {
  readonly url?: string;
  readonly profileUrls?: { readonly [profile: string]: string };
  readonly tls?: TlsClientDocument;
  readonly password?: SourceDocument;
  readonly identity?: string;
  readonly deflate?: boolean;
  readonly speaks?: TranslatedVersion;
  readonly allowWildcards?: boolean;
  readonly staticRsa?: boolean;
  readonly securityLog?: CsmsConfig["securityLog"];
  readonly revocation?: RevocationMode;
  readonly certificates?: CertificatesDocument | false;
}

export interface CertificatesDocument extends Partial<Omit<CertificatesConfig, "est">> {
  readonly organisation: string;
  readonly est?: EstDocument;
}

export interface EstDocument {
  readonly url: string;
  readonly label?: string;
  readonly tls?: TlsClientDocument;
  readonly username?: string;
  readonly password?: SourceDocument;
}

export interface TranslateDocument extends Omit<Partial<TranslationSettings>, "siteLimit"> {
  readonly evses?: readonly {
    readonly connectors: readonly { readonly number: number; readonly type?: string }[];
  }[];
}

export interface SiteLimitDocument {
  readonly limitA?: number;
  readonly limitW?: number;
  readonly current?: "AC" | "DC";
  readonly voltageV?: number;
  readonly phases?: number;
  readonly fixedPhases?: boolean;
}

export interface FirewallDocument extends Partial<Omit<FirewallPolicy, "locations">> {
  readonly locations?: Partial<LocationPolicy>;
}

export interface StationSettingsDocument {
  readonly securityProfile?: SecurityProfile;
  readonly password?: SourceDocument;
  readonly versions?: readonly OcppVersion[];
  readonly assumeVersion?: OcppVersion;
  readonly uplinkPolicy?: StationRule["uplinkPolicy"];
  readonly fork?: StationRule["fork"];
  readonly validation?: StationRule["validation"];
  readonly deflate?: boolean;
  readonly health?: boolean;
  readonly siteLimit?: SiteLimitDocument;
  readonly translate?: TranslateDocument;
  readonly firewall?: FirewallDocument;
  readonly ukSmartCharging?: UkSmartChargingDocument | false;
}

export interface UkSmartChargingDocument {
  readonly maxDelaySec?: number;
  readonly offPeak?: { readonly limitA: number; readonly timeZone?: string };
}

export interface StationRuleDocument extends StationSettingsDocument {
  readonly match: string;
  readonly csms?: CsmsDocument | false;
}

export interface MqttDocument {
  readonly url: string;
  readonly protocol?: MqttConfig["protocol"];
  readonly username?: string;
  readonly password?: SourceDocument;
  readonly tls?: TlsClientDocument;
  readonly qos?: MqttConfig["qos"];
  readonly layout?: MqttConfig["layout"];
  readonly inFlight?: number;
}

export interface HttpsSinkDocument {
  readonly url: string;
  readonly token?: SourceDocument;
  readonly tls?: TlsClientDocument;
  readonly batchMessages?: number;
}

export interface HealthDocument {
  readonly tenant?: string;
  readonly gateway: string;
  readonly pseudonymKey?: SourceDocument;
  readonly batchMs?: number;
  readonly encoding?: "json" | "cbor";
  readonly deflate?: boolean;
  readonly reduce?: Partial<ReduceConfig>;
  readonly privacy?: Partial<PrivacyConfig>;
  readonly features?: boolean;
  readonly acknowledged?: Readonly<Record<string, string>>;
  readonly ringCapacity?: number;
  readonly queueCapacity?: number;
  readonly backlogBytesPerSec?: number;
  readonly spool?: Partial<HealthSpoolConfig>;
  readonly dashcam?: Partial<Omit<DashcamConfig, "directory">>;
  readonly platforms?: { readonly [platform: string]: Partial<Grant> };
  readonly mqtt?: MqttDocument;
  readonly https?: HttpsSinkDocument;
}

export interface SyslogDocument {
  readonly url: string;
  readonly enterpriseId?: number;
  readonly tls?: TlsClientDocument;
}

export interface UplinkDocument {
  readonly bandwidthBps?: number;
  readonly overheadBytes?: number;
  readonly healthShare?: number;
  readonly handshakes?: number;
}

export interface AdminDocument {
  readonly host?: string;
  readonly port?: number;
  readonly allowedHosts?: readonly string[];
}

export interface KeysDocument {
  readonly wrap?: SourceDocument;
  readonly store?: string;
  readonly pin?: SourceDocument;
  readonly engine?: string;
  readonly tool?: string;
}

export interface ConfigDocument {
  readonly version?: 1;
  readonly dataDir?: string;
  readonly keys?: KeysDocument;
  readonly listen: ListenerDocument | readonly ListenerDocument[];
  readonly path?: string;
  readonly allowPlainOn?: readonly string[];
  readonly csms?: CsmsDocument;
  readonly stationDefaults?: StationSettingsDocument;
  readonly stations?: readonly StationRuleDocument[];
  readonly health?: HealthDocument;
  readonly limits?: Partial<GatewayConfig["limits"]>;
  readonly firewall?: FirewallDocument;
  readonly intrusion?: Partial<Omit<GatewayConfig["intrusion"], "modes">>;
  readonly syslog?: SyslogDocument;
  readonly backoff?: Partial<GatewayConfig["backoff"]>;
  readonly spool?: Partial<GatewayConfig["spool"]>;
  readonly offline?: Partial<GatewayConfig["offline"]>;
  readonly translate?: TranslateDocument;
  readonly uplink?: UplinkDocument;
  readonly snapshotLagMs?: number;
  readonly admin?: AdminDocument | false;
  readonly log?: { readonly level?: GatewayConfig["log"]["level"]; readonly prefix?: "auto" | "journal" | "none" };
  readonly shutdownSec?: number;
}
