/**
 * Every default of the configuration, in one table. `schemas/config.schema.json` repeats them for editors and for the
 * documentation; `test/config/defaults.test.ts` keeps the two equal.
 */
import { OCPP_VERSIONS } from "../domain/ocpp/version.ts";

export const DEFAULTS = {
  dataDir: "data",
  path: "",
  listenHost: "127.0.0.1",
  csms: { deflate: false, allowWildcards: false, staticRsa: false },
  certificates: {
    key: "ec-p256",
    clientChain: "strict",
    additionalRootCheck: false,
    maxChainLength: 10_000,
    maxRoots: 8,
  },
  station: {
    versions: OCPP_VERSIONS,
    uplinkPolicy: "hold",
    fork: "copy",
    validation: "observe",
    deflate: false,
    health: true,
  },
  health: {
    tenant: "default",
    batchMs: 10_000,
    ringCapacity: 65_536,
    queueCapacity: 10_000,
  },
  mqtt: {
    protocol: "auto",
    qos: 1,
    // One client that waits for each PUBACK is bound by the broker's delayed acknowledgements, not by its speed.
    inFlight: 64,
  },
  limits: {
    maxConnections: 20_000,
    connectionsPerAddress: 1_000,
    connectRatePerAddress: 3_000,
    maxPayloadBytes: 131_072,
    maxDepth: 16,
    callQueue: 64,
    callTimeoutSec: 30,
    stationCallTimeoutSec: 25,
    pingIntervalSec: 30,
    missedPongs: 2,
    malformedInARow: 10,
    probeMs: 2_000,
    bootHoldMs: 10_000,
  },
  backoff: { minSec: 2, maxSec: 120, jitterSec: 5 },
  spool: {
    enabled: true,
    maxMessagesPerStation: 50_000,
    maxBytes: 1_073_741_824,
    maxAgeDays: 90,
    attempts: 5,
    attemptIntervalSec: 10,
    drainPerSec: 3_000,
    orphanSec: 60,
  },
  offline: {
    graceSec: 3,
    takeOverSec: 10,
    unknownTokens: "refuse",
    onInvalidToken: "stop",
    neverAccepted: "pending",
    heartbeatSec: 300,
    cacheEntries: 50_000,
  },
  translate: {
    immediateReset: "Soft",
    logSource: "charger",
    ignoreInstallDate: false,
    compositeSource: "gateway",
    // Local cards come from the station's RFID reader; a Central token must not be sent in an Authorize (C03, C05).
    defaultTokenType: "ISO14443",
    noAuthorizationTokens: [],
    masterGroups: [],
    skipUnsupportedTokens: false,
    plugAndCharge: false,
  },
  siteLimit: { current: "AC", voltageV: 230, phases: 3, fixedPhases: false },
  uplink: { overheadBytes: 90, healthShare: 0, handshakes: 50 },
  snapshotLagMs: 250,
  admin: { host: "127.0.0.1", port: 9797, allowedHosts: [] },
  log: { level: "info", prefix: "auto" },
  shutdownSec: 10,
} as const;
