/**
 * The gateway's configuration after parsing: every default filled in, every secret read, frozen.
 * `schemas/config.schema.json` describes the file; `parseConfig` turns one into the other; nobody else reads files or the
 * environment.
 */

import type { SiteLimit } from "../domain/charging/site-limit.ts";
import type { Grants } from "../domain/diagnostics/desk.ts";
import type { FirewallPolicy } from "../domain/firewall/policy.ts";
import type { Modes } from "../domain/firewall/rules.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { ClientChain } from "../domain/pki/check-signed.ts";
import type { KeyKind } from "../domain/pki/key-kind.ts";
import type { TokenUri } from "../domain/pki/pkcs11-uri.ts";
import type { PrivacyConfig } from "../domain/privacy/profiles.ts";
import type { ReduceConfig } from "../domain/reduce/spec.ts";
import type { Topology, TranslationSettings } from "../domain/translate/contract.ts";

/** 0: nobody authenticates · 1: HTTP Basic · 2: TLS + Basic · 3: mutual TLS (OCPP security profiles). */
export type SecurityProfile = 0 | 1 | 2 | 3;

/** Whether it is asked if a certificate was withdrawn, and whether a certificate of which nobody can say is believed (`soft`). */
export type RevocationMode = "off" | "soft" | "hard";

export interface TlsServerConfig {
  /** PEM text. */
  readonly cert: string;
  readonly key: string;
  /** PEM text of the CAs that station certificates chain to; undefined: no client certificates are asked for. */
  readonly clientCa: string | undefined;
  readonly ciphers: string | undefined;
  /** Of stations' certificates. */
  readonly revocation: RevocationMode;
  /** CRLs of `clientCa` in DER; undefined: the certificates say where to ask. */
  readonly clientCrls: readonly Uint8Array[] | undefined;
}

export interface ListenerConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tls: TlsServerConfig | undefined;
}

export interface TlsClientConfig {
  /** PEM text of trusted roots; undefined: Node's bundled roots are NOT used, the connection is refused. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
}

export interface CsmsConfig {
  /** ws:// or wss:// endpoint; the station's identity is appended as one path segment. */
  readonly url: string;
  /** Endpoints for security profiles that the CSMS may raise the link to, by profile. */
  readonly profileUrls: { readonly [profile: string]: string };
  readonly tls: TlsClientConfig | undefined;
  /** HTTP Basic password towards the CSMS (security profile 1 and 2). A separate secret from the station's own. */
  readonly password: string | undefined;
  /** Identity used north when it differs from the station's own. Only in a rule that matches one station. */
  readonly identity: string | undefined;
  readonly deflate: boolean;
  /** Version of the CSMS; a station that speaks 1.6 is translated. Undefined: whatever the station speaks. */
  readonly speaks: TranslatedVersion | undefined;
  /** A certificate that fits the host by a wildcard is believed (AllowCSMSTLSWildcards). */
  readonly allowWildcards: boolean;
  /** Whose log GetLog of the security log is answered with. */
  readonly securityLog: "gateway" | "station";
  /** Suites without forward secrecy are offered as well. */
  readonly staticRsa: boolean;
  /** Of the CSMS's certificate. */
  readonly revocation: RevocationMode;
  /** Undefined: the certificate towards the CSMS is the configuration's affair, and the CSMS cannot renew it. */
  readonly certificates: CertificatesConfig | undefined;
}

/** The certificates that a station has towards its CSMS, where the CSMS signs and renews them by OCPP, or an EST server does. */
export interface CertificatesConfig {
  /** O in certificates: the operator's name (CpoName, OrganizationName). */
  readonly organisation: string;
  /** C in certificates; undefined: none. */
  readonly country: string | undefined;
  /** CN in certificates: the station's serial number; undefined: its identity. Only in a rule that matches one station. */
  readonly serial: string | undefined;
  readonly key: KeyKind;
  readonly clientChain: ClientChain;
  /** AdditionalRootCertificateCheck: a new root must be signed by the present one, and replaces it. */
  readonly additionalRootCheck: boolean;
  /** MaxCertificateChainSize, characters. */
  readonly maxChainLength: number;
  /** Roots that the CSMS can install. */
  readonly maxRoots: number;
  /** Undefined: the CSMS signs, by OCPP. */
  readonly est: EstConfig | undefined;
}

/** An EST server that issues and renews the certificates (RFC 7030). */
export interface EstConfig {
  /** Its origin, https://. */
  readonly url: string;
  /** Which of its authorities; one path segment (RFC 7030 §3.2.2). */
  readonly label: string | undefined;
  /** Its roots; certificate and key for the first enrolment. */
  readonly tls: TlsClientConfig;
  /** HTTP Basic, for the first enrolment. */
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** What a station that speaks 1.6 can be translated to. */
export type TranslatedVersion = Exclude<OcppVersion, "ocpp1.6">;

/** How a station that speaks 1.6 is translated. */
export interface TranslateConfig extends TranslationSettings {
  /** Undefined: each connector is an EVSE of its own. */
  readonly topology: Topology | undefined;
}

export interface StationRule {
  /** Station identity, or a glob with `*` and `?`. The first matching rule wins; defaults fill the rest. */
  readonly match: string;
  readonly securityProfile: SecurityProfile;
  /** Basic-auth key as configured (text, or 32–40 hex digits). */
  readonly password: string | undefined;
  readonly versions: readonly OcppVersion[];
  /** Version assumed when the station offers no subprotocol at all; undefined: refuse. */
  readonly assumeVersion: OcppVersion | undefined;
  readonly csms: CsmsConfig | undefined;
  /** `hold`: the station stays connected while the CSMS is away; `close`: it is closed with 1013. */
  readonly uplinkPolicy: "hold" | "close";
  /** `copy`: everything reaches the CSMS; `divert`: frames of the catalogue's health lane are answered here. */
  readonly fork: "copy" | "divert";
  /** `observe`: schema violations are counted, frames pass; `enforce`: CALLs that violate are answered CALLERROR. */
  readonly validation: "observe" | "enforce";
  readonly deflate: boolean;
  /** Whether this station's observations go to the health lane at all. */
  readonly health: boolean;
  /** Charging profiles on their way to the station are lowered to this; undefined: they are not looked at. */
  readonly siteLimit: SiteLimit | undefined;
  readonly translate: TranslateConfig;
  readonly firewall: FirewallPolicy;
  /** Great Britain's rule for private charge points; undefined: nothing is held back. */
  readonly ukSmartCharging: UkSmartChargingConfig | undefined;
}

export interface UkSmartChargingConfig {
  /** Longest random delay, whole seconds. */
  readonly maxDelaySec: number;
  /** Default off-peak hours; undefined: none are installed. */
  readonly offPeak: { readonly limitA: number; readonly timeZone: string } | undefined;
}

/** Where the security log is sent to. */
export interface SyslogConfig {
  readonly host: string;
  readonly port: number;
  /** Undefined: plain TCP. */
  readonly tls: TlsClientConfig | undefined;
  /** Private enterprise number in the structured data of its messages (RFC 5424 §7.2.2). */
  readonly enterpriseId: number;
}

/** What connections from the LAN may do. */
export interface IntrusionConfig {
  /** Networks (CIDR) from which stations may connect; empty: all. */
  readonly allowFrom: readonly string[];
  /** Wrong credentials of one name and address in ten minutes that lock the pair out. */
  readonly lockOutAfter: number;
  /** How long, the first time; doubled up to a quarter of an hour. */
  readonly lockOutSec: number;
  /** How long a station is kept out, from its address, after three connections closed for cause; doubled up to a day. 0: not at all. */
  readonly quarantineMin: number;
  /** Of the rules about connections and about the gateway itself: what `firewall.modes` of the top level says. */
  readonly modes: Modes;
}

export interface MqttConfig {
  /** mqtt:// or mqtts:// */
  readonly url: string;
  /** `auto`: MQTT 5, then 3.1.1 when the broker refuses 5. */
  readonly protocol: "auto" | "5" | "3.1.1";
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsClientConfig | undefined;
  readonly qos: 0 | 1;
  readonly layout: "native" | "sparkplug";
  /** PUBLISHes in flight at most. */
  readonly inFlight: number;
}

export interface HealthSpoolConfig {
  readonly enabled: boolean;
  /** Of all classes of messages together. */
  readonly maxBytes: number;
}

export interface DashcamConfig {
  readonly enabled: boolean;
  /** Where sealed scenes lie. */
  readonly directory: string;
  /** How much of a scene lies before the fault, and after it. */
  readonly beforeSec: number;
  readonly afterSec: number;
  /** Scenes on disk, and their bytes; the oldest go. */
  readonly maxScenes: number;
  readonly maxBytes: number;
  /** Scenes of all stations together. */
  readonly scenesPerHour: number;
  /** Of what is remembered in case of a fault, all stations together. */
  readonly memoryBytes: number;
}

export interface HttpsSinkConfig {
  /** https:// URL that batches are posted to. */
  readonly url: string;
  /** Sent as bearer token. */
  readonly token: string | undefined;
  readonly tls: TlsClientConfig | undefined;
  /** Messages of one POST at most. */
  readonly batchMessages: number;
}

export interface HealthConfig {
  readonly tenant: string;
  readonly gateway: string;
  /** Where finished messages go: a broker or a server, one of them. */
  readonly mqtt: MqttConfig | undefined;
  readonly https: HttpsSinkConfig | undefined;
  /** Milliseconds between batches of one asset. */
  readonly batchMs: number;
  /** How numbered messages are written; `state` and `birth` are JSON. */
  readonly encoding: "json" | "cbor";
  /** Whether batches are deflated. */
  readonly deflate: boolean;
  readonly reduce: ReduceConfig;
  /** What leaves the gateway. */
  readonly privacy: PrivacyConfig;
  /** Whether sessions are judged here, for figures and state of health. */
  readonly features: boolean;
  /** Until when safety events of an asset are acknowledged, in milliseconds since the epoch, by the asset's pseudonym. */
  readonly acknowledged: Readonly<Record<string, number>>;
  /** Where the analysis keeps what it has learnt; undefined: in memory alone. */
  readonly analysisFile: string | undefined;
  /** Observations the main thread's ring holds; the oldest are dropped. */
  readonly ringCapacity: number;
  /** MQTT messages the worker holds in memory while the broker is away and no disk keeps them; the oldest are dropped. */
  readonly queueCapacity: number;
  /** Of what an outage has left, its events apart; 0: no limit. */
  readonly backlogBytesPerSec: number;
  readonly spool: HealthSpoolConfig;
  readonly dashcam: DashcamConfig;
  /** Maintenance platforms that may ask for diagnostics, by name; none: nothing is listened to. */
  readonly platforms: Grants;
  /** 32 bytes or more; station pseudonyms are HMACs under it. */
  readonly pseudonymKey: Uint8Array;
}

/** The health lane as configured: its key may still have to be read, or made, when the gateway starts. */
export interface HealthSettings extends Omit<HealthConfig, "pseudonymKey"> {
  /** The key, or the file it is kept in (made at the first start, mode 0600). */
  readonly pseudonymKey: Uint8Array | { readonly file: string };
}

export interface LimitsConfig {
  readonly maxConnections: number;
  /** Open sockets from one address; 0: no limit. */
  readonly connectionsPerAddress: number;
  /** New connections a minute from one address; 0: no limit. */
  readonly connectRatePerAddress: number;
  readonly maxPayloadBytes: number;
  readonly maxDepth: number;
  /** Calls of one station and direction that may wait; then its socket is paused. */
  readonly callQueue: number;
  /** A CALL to the CSMS is given up after this. */
  readonly callTimeoutSec: number;
  /** A CALL to the station is given up after this; below the CSMS's own timeout. */
  readonly stationCallTimeoutSec: number;
  readonly pingIntervalSec: number;
  /** Pings a peer may leave unanswered. */
  readonly missedPongs: number;
  /** Malformed frames in a row before the socket is closed with 1002. */
  readonly malformedInARow: number;
  /** How long a live socket that a newcomer wants to replace has to answer a ping. */
  readonly probeMs: number;
  /** CSMS calls wait at most this long for a station's first exchange (field-lessons 13). */
  readonly bootHoldMs: number;
}

export interface BackoffConfig {
  readonly minSec: number;
  readonly maxSec: number;
  /** Uniform random seconds added to each wait. */
  readonly jitterSec: number;
}

export interface SpoolConfig {
  /** False: the gateway keeps nothing, and a station stays responsible until the CSMS has answered. */
  readonly enabled: boolean;
  /** Messages of one station that may wait for the CSMS. */
  readonly maxMessagesPerStation: number;
  /** About the bytes that may wait, all stations together. */
  readonly maxBytes: number;
  /** Older messages go to the dead letters; 0: never. */
  readonly maxAgeDays: number;
  /** Deliveries that may be refused or left unanswered before a message is put aside. */
  readonly attempts: number;
  /** Wait after the n-th such delivery: n times this. */
  readonly attemptIntervalSec: number;
  /** Messages a second that all stations together deliver from the spool. */
  readonly drainPerSec: number;
  /** Messages of a station that stays away are delivered without it after this. */
  readonly orphanSec: number;
}

export interface OfflineConfig {
  /** The link may be down for this long before the gateway answers in the CSMS's place. */
  readonly graceSec: number;
  /** A CSMS that is connected may take this long to answer before the gateway does. */
  readonly takeOverSec: number;
  /** Cards that no list and no cache knows. */
  readonly unknownTokens: "refuse" | "accept";
  /** A transaction whose driver the CSMS refuses afterwards. */
  readonly onInvalidToken: "stop" | "continue";
  /** BootNotification of a station that no CSMS has ever accepted. */
  readonly neverAccepted: "accept" | "pending" | "reject";
  /** Longest heartbeat interval that the gateway gives on its own account. */
  readonly heartbeatSec: number;
  /** Cards remembered, all stations together; the one that was seen longest ago goes. */
  readonly cacheEntries: number;
}

/** The line towards CSMSs and broker, shared by all stations and both lanes. */
export interface UplinkConfig {
  /** Bits a second; undefined: nothing is shaped, and congestion is sensed. */
  readonly bandwidthBps: number | undefined;
  /** Bytes that each message costs beside its payload, for each segment of it. */
  readonly overheadBytes: number;
  /** Part of the bandwidth that the health lane gets although value messages wait. */
  readonly healthShare: number;
  /** Handshakes with CSMSs under way at once. */
  readonly handshakes: number;
}

export interface AdminConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `Host` header names that requests may carry besides `localhost` and `host`. */
  readonly allowedHosts: readonly string[];
}

export interface LogConfig {
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** Lines begin with `<N>`, their priority for journald. */
  readonly journal: boolean;
}

/** A PKCS #11 token that keeps the private keys. */
export interface TokenConfig {
  readonly uri: TokenUri;
  readonly pin: string;
  /** Path of OpenSSL's engine `pkcs11`; undefined: where distributions put it. */
  readonly engine: string | undefined;
  /** `pkcs11-tool`; undefined: the one in PATH. */
  readonly tool: string | undefined;
}

export interface GatewayConfig {
  /** Directory for LMDB and generated keys. Created 0700. */
  readonly dataDir: string;
  /** Seals private keys in `dataDir`; undefined: they lie there as they are, for their owner's eyes only. */
  readonly keyWrappingSecret: string | undefined;
  /** Undefined: keys are files in `dataDir`. */
  readonly token: TokenConfig | undefined;
  readonly listeners: readonly ListenerConfig[];
  /** URL path prefix before the identity, e.g. `/ocpp`. Empty: any path, the last segment counts. */
  readonly path: string;
  /** Rules in order; a station that none matches is unknown (404). */
  readonly stations: readonly StationRule[];
  /** Undefined: no health lane. */
  readonly health: HealthSettings | undefined;
  readonly limits: LimitsConfig;
  readonly intrusion: IntrusionConfig;
  /** Undefined: the security log stays here. */
  readonly syslog: SyslogConfig | undefined;
  readonly backoff: BackoffConfig;
  readonly spool: SpoolConfig;
  readonly offline: OfflineConfig;
  readonly uplink: UplinkConfig;
  /** A changed station state is on disk after at most this. */
  readonly snapshotLagMs: number;
  readonly admin: AdminConfig | undefined;
  readonly log: LogConfig;
  /** Time for the drain at shutdown. */
  readonly shutdownSec: number;
}
