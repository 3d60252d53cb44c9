import { RULE_IDS } from "./firewall/rules.ts";

/**
 * The gateway's counters: plain numbers, added to on the hot path and read by whoever asks (`/metrics`, the demo, the
 * bench). Each has one place that adds to it. They only grow, except those named `…Now`.
 */
export class Counters {
  // connections
  connectionsAccepted = 0;
  connectionsRefused = 0;
  connectionsReplaced = 0;
  /** Passwords that went through scrypt, and those for which there was no time. */
  passwordsHashed = 0;
  passwordChecksBusy = 0;
  stationsConnectedNow = 0;
  csmsLinksUpNow = 0;
  csmsConnects = 0;
  csmsDisconnects = 0;
  /** Answers of EST servers: certificates, and everything else. */
  estIssued = 0;
  estFailed = 0;
  // frames, south = from the station, north = from the CSMS
  framesSouthIn = 0;
  framesSouthOut = 0;
  framesNorthIn = 0;
  framesNorthOut = 0;
  bytesSouthIn = 0;
  bytesSouthOut = 0;
  bytesNorthIn = 0;
  bytesNorthOut = 0;
  /** Bulky frames that waited for the urgent ones of their turn, and how often one more did not fit. */
  framesDeferred = 0;
  deferredFramesFull = 0;
  // what inspection found
  malformedFrames = 0;
  schemaViolations = 0;
  firewallFindings = 0;
  refusedByFirewall = 0;
  unknownAnswers = 0;
  lateAnswers = 0;
  duplicateCalls = 0;
  retriesAnsweredFromMemory = 0;
  rewrittenIds = 0;
  diverted = 0;
  /** Commands in which a charging limit was lowered to what the site allows. */
  tightenedProfiles = 0;
  /** Commands that Great Britain's rule has held back, and what became of them. */
  commandsHeld = 0;
  heldCommandsExecuted = 0;
  heldCommandsFailed = 0;
  /** What was heard of certificates that were presented: answers, not connections. Busy: not asked, for too many were. */
  revocationGood = 0;
  revocationRevoked = 0;
  revocationUnknown = 0;
  revocationBusy = 0;
  /** Records of the security log that a syslog server got, and that were rotated away before; connections that failed or broke. */
  syslogSent = 0;
  syslogLost = 0;
  syslogFailures = 0;
  syslogConnectedNow = 0;
  // calls
  callTimeoutsNorth = 0;
  callTimeoutsSouth = 0;
  callsRefusedNotConnected = 0;
  callQueueFull = 0;
  southPauses = 0;
  northPauses = 0;
  // what the gateway does while the CSMS cannot be asked
  answeredLocally = 0;
  bulkDropped = 0;
  refusedAfterwards = 0;
  northKeyChanges = 0;
  northKeyFallbacks = 0;
  linkProfileTrials = 0;
  linkProfileChanges = 0;
  linkProfileFallbacks = 0;
  logUploads = 0;
  logUploadFailures = 0;
  stationClockFaults = 0;
  spoolTaken = 0;
  spoolOwned = 0;
  spoolDelivered = 0;
  spoolRetries = 0;
  spoolDead = 0;
  spoolThinned = 0;
  spoolFull = 0;
  spoolNotKept = 0;
  spoolUnreadable = 0;
  spoolFailures = 0;
  /** Dead letters that an operator sent again, and dropped. */
  spoolRequeued = 0;
  spoolDropped = 0;
  spoolImpairedNow = 0;
  spoolWaitingNow = 0;
  spoolBytesNow = 0;
  /** Age of the oldest message that waits, seconds. */
  spoolOldestSecNow = 0;
  spoolDeadNow = 0;
  // shared uplink
  uplinkBytesV0Now = 0;
  uplinkBytesV1Now = 0;
  uplinkBytesV2Now = 0;
  uplinkBytesV3Now = 0;
  uplinkBytesV4Now = 0;
  uplinkHeldStationsNow = 0;
  /** Frames taken back before they left: their call was given up, or their link ended. */
  uplinkTakenBack = 0;
  healthYields = 0;
  handshakesWaitingNow = 0;
  // what is remembered about cards
  authorisationFactsDropped = 0;
  authorisationEntriesEvicted = 0;
  authorisationListsLost = 0;
  authorisationStoreFailures = 0;
  authorisationKeyChanges = 0;
  // station actors
  actorsNow = 0;
  actorRestarts = 0;
  actorsGivenUp = 0;
  coldStarts = 0;
  strangersForgotten = 0;
  snapshotWrites = 0;
  snapshotWriteFailures = 0;
  stateStoreUnavailableNow = 0;
  // translation of 1.6 stations for a CSMS that speaks 2.x
  /** Information that the other version cannot carry. */
  translationLosses = 0;
  /** Faults of form that were put right. */
  translationRepairs = 0;
  translationRefusals = 0;
  /** Messages of peers that their schema does not allow. */
  translationViolations = 0;
  /** Frames of ours that their schema does not allow, and that did not leave; rules that failed: defects. */
  translationInvalid = 0;
  translationFaults = 0;
  translationStrays = 0;
  translationRepeats = 0;
  translationDrops = 0;
  translationDead = 0;
  translationColdStarts = 0;
  translationNotKept = 0;
  // lanes
  laneErrors = 0;
  observationsLeftOut = 0;
  /** Bytes of the frames that condition data was looked for in. */
  healthBytesIn = 0;
  halfOpenClosed = 0;
  /** Peers that were turned away because they are in quarantine, and how often somebody was put there. */
  keptOut = 0;
  quarantined = 0;
  securityEvents = 0;

  /** CALLs and SENDs per action: `[catalogue index * 2 + (from station ? 0 : 1)]`. */
  readonly perAction: Float64Array;
  /** Findings and refusals per firewall rule: `[place in RULE_IDS * 2 + (0: found, 1: refused)]`. */
  readonly perRule = new Float64Array(RULE_IDS.length * 2);

  /** Time from a station's CALL arriving to its answer leaving, by power-of-√2 buckets of microseconds. */
  readonly roundTripBuckets = new Float64Array(64);
  roundTripSumUs = 0;
  roundTripCount = 0;

  constructor(actions: number) {
    this.perAction = new Float64Array(actions * 2);
  }

  /** Adds one round trip. Bucket i holds times up to 2^(i/2) µs. */
  roundTrip(us: number): void {
    this.roundTripSumUs += us;
    this.roundTripCount += 1;
    const i = us <= 1 ? 0 : Math.min(63, Math.ceil(2 * Math.log2(us)));
    this.roundTripBuckets[i] = (this.roundTripBuckets[i] ?? 0) + 1;
  }
}
