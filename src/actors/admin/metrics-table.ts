/** Which counter is which metric: one line each. Labels have few values; none names a station or a person. */
import type { Counters } from "../../domain/counters.ts";

/** The counters that are plain numbers. */
export type CounterName = { [K in keyof Counters]: Counters[K] extends number ? K : never }[keyof Counters];

export interface MetricLine {
  readonly counter: CounterName;
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface MetricHelp {
  readonly help: string;
  readonly type: "counter" | "gauge";
}

const metric = (name: string, counter: CounterName, labels?: Readonly<Record<string, string>>): MetricLine => ({
  metric: name,
  counter,
  ...(labels === undefined ? {} : { labels }),
});

export const METRIC_LINES: readonly MetricLine[] = [
  metric("twinlane_connections_total", "connectionsAccepted", { outcome: "accepted" }),
  metric("twinlane_connections_total", "connectionsRefused", { outcome: "refused" }),
  metric("twinlane_connections_total", "connectionsReplaced", { outcome: "replaced" }),
  metric("twinlane_stations_connected", "stationsConnectedNow"),
  metric("twinlane_csms_links_up", "csmsLinksUpNow"),
  metric("twinlane_csms_connects_total", "csmsConnects"),
  metric("twinlane_csms_disconnects_total", "csmsDisconnects"),
  metric("twinlane_est_answers_total", "estIssued", { result: "issued" }),
  metric("twinlane_est_answers_total", "estFailed", { result: "failed" }),
  metric("twinlane_link_frames_total", "framesSouthIn", { side: "south", direction: "in" }),
  metric("twinlane_link_frames_total", "framesSouthOut", { side: "south", direction: "out" }),
  metric("twinlane_link_frames_total", "framesNorthIn", { side: "north", direction: "in" }),
  metric("twinlane_link_frames_total", "framesNorthOut", { side: "north", direction: "out" }),
  metric("twinlane_link_bytes_total", "bytesSouthIn", { side: "south", direction: "in" }),
  metric("twinlane_link_bytes_total", "bytesSouthOut", { side: "south", direction: "out" }),
  metric("twinlane_link_bytes_total", "bytesNorthIn", { side: "north", direction: "in" }),
  metric("twinlane_link_bytes_total", "bytesNorthOut", { side: "north", direction: "out" }),
  metric("twinlane_deferred_frames_total", "framesDeferred"),
  metric("twinlane_deferred_queue_full_total", "deferredFramesFull"),
  metric("twinlane_malformed_frames_total", "malformedFrames"),
  metric("twinlane_schema_violations_total", "schemaViolations"),
  metric("twinlane_firewall_findings_total", "firewallFindings"),
  metric("twinlane_firewall_refusals_total", "refusedByFirewall"),
  metric("twinlane_unexpected_answers_total", "unknownAnswers", { reason: "unknown" }),
  metric("twinlane_unexpected_answers_total", "lateAnswers", { reason: "late" }),
  metric("twinlane_duplicate_calls_total", "duplicateCalls"),
  metric("twinlane_retries_answered_total", "retriesAnsweredFromMemory"),
  metric("twinlane_rewritten_ids_total", "rewrittenIds"),
  metric("twinlane_diverted_frames_total", "diverted"),
  metric("twinlane_tightened_profiles_total", "tightenedProfiles"),
  metric("twinlane_call_timeouts_total", "callTimeoutsNorth", { side: "north" }),
  metric("twinlane_call_timeouts_total", "callTimeoutsSouth", { side: "south" }),
  metric("twinlane_calls_refused_total", "callsRefusedNotConnected", { reason: "not_connected" }),
  metric("twinlane_calls_refused_total", "callQueueFull", { reason: "queue_full" }),
  metric("twinlane_socket_pauses_total", "southPauses", { side: "south" }),
  metric("twinlane_socket_pauses_total", "northPauses", { side: "north" }),
  metric("twinlane_local_answers_total", "answeredLocally"),
  metric("twinlane_bulk_dropped_total", "bulkDropped"),
  metric("twinlane_refused_afterwards_total", "refusedAfterwards"),
  metric("twinlane_north_key_changes_total", "northKeyChanges", { outcome: "taken" }),
  metric("twinlane_north_key_changes_total", "northKeyFallbacks", { outcome: "fell_back" }),
  metric("twinlane_station_clock_faults_total", "stationClockFaults"),
  metric("twinlane_spool_messages_total", "spoolTaken", { event: "taken" }),
  metric("twinlane_spool_messages_total", "spoolOwned", { event: "acknowledged" }),
  metric("twinlane_spool_messages_total", "spoolDelivered", { event: "delivered" }),
  metric("twinlane_spool_messages_total", "spoolRetries", { event: "retried" }),
  metric("twinlane_spool_messages_total", "spoolDead", { event: "dead" }),
  metric("twinlane_spool_messages_total", "spoolThinned", { event: "thinned" }),
  metric("twinlane_spool_messages_total", "spoolFull", { event: "refused_full" }),
  metric("twinlane_spool_messages_total", "spoolNotKept", { event: "not_kept" }),
  metric("twinlane_spool_messages_total", "spoolUnreadable", { event: "unreadable" }),
  metric("twinlane_spool_messages_total", "spoolRequeued", { event: "requeued" }),
  metric("twinlane_spool_messages_total", "spoolDropped", { event: "dropped" }),
  metric("twinlane_spool_write_failures_total", "spoolFailures"),
  metric("twinlane_spool_impaired", "spoolImpairedNow"),
  metric("twinlane_spool_waiting", "spoolWaitingNow"),
  metric("twinlane_spool_bytes", "spoolBytesNow"),
  metric("twinlane_spool_oldest_seconds", "spoolOldestSecNow"),
  metric("twinlane_spool_dead_letters", "spoolDeadNow"),
  metric("twinlane_uplink_queued_bytes", "uplinkBytesV0Now", { class: "V0" }),
  metric("twinlane_uplink_queued_bytes", "uplinkBytesV1Now", { class: "V1" }),
  metric("twinlane_uplink_queued_bytes", "uplinkBytesV2Now", { class: "V2" }),
  metric("twinlane_uplink_queued_bytes", "uplinkBytesV3Now", { class: "V3" }),
  metric("twinlane_uplink_queued_bytes", "uplinkBytesV4Now", { class: "V4" }),
  metric("twinlane_uplink_held_stations", "uplinkHeldStationsNow"),
  metric("twinlane_uplink_taken_back_total", "uplinkTakenBack"),
  metric("twinlane_health_yields_total", "healthYields"),
  metric("twinlane_csms_handshakes_waiting", "handshakesWaitingNow"),
  metric("twinlane_authorisation_losses_total", "authorisationFactsDropped", { reason: "backlog_full" }),
  metric("twinlane_authorisation_losses_total", "authorisationEntriesEvicted", { reason: "evicted" }),
  metric("twinlane_authorisation_losses_total", "authorisationListsLost", { reason: "list_given_up" }),
  metric("twinlane_authorisation_losses_total", "authorisationStoreFailures", { reason: "store_failed" }),
  metric("twinlane_authorisation_losses_total", "authorisationKeyChanges", { reason: "key_changed" }),
  metric("twinlane_station_actors", "actorsNow"),
  metric("twinlane_actor_restarts_total", "actorRestarts"),
  metric("twinlane_actors_given_up_total", "actorsGivenUp"),
  metric("twinlane_cold_starts_total", "coldStarts"),
  metric("twinlane_strangers_forgotten_total", "strangersForgotten"),
  metric("twinlane_snapshot_writes_total", "snapshotWrites", { outcome: "ok" }),
  metric("twinlane_snapshot_writes_total", "snapshotWriteFailures", { outcome: "failed" }),
  metric("twinlane_state_store_unavailable", "stateStoreUnavailableNow"),
  metric("twinlane_translation_notes_total", "translationLosses", { kind: "lost" }),
  metric("twinlane_translation_notes_total", "translationRepairs", { kind: "repaired" }),
  metric("twinlane_translation_notes_total", "translationRefusals", { kind: "refused" }),
  metric("twinlane_translation_notes_total", "translationViolations", { kind: "violation" }),
  metric("twinlane_translation_notes_total", "translationStrays", { kind: "stray" }),
  metric("twinlane_translation_notes_total", "translationRepeats", { kind: "repeated" }),
  metric("twinlane_translation_notes_total", "translationDrops", { kind: "dropped" }),
  metric("twinlane_translation_defects_total", "translationInvalid", { kind: "invalid" }),
  metric("twinlane_translation_defects_total", "translationFaults", { kind: "fault" }),
  metric("twinlane_translation_dead_total", "translationDead"),
  metric("twinlane_translation_store_failures_total", "translationNotKept", { kind: "not_kept" }),
  metric("twinlane_translation_store_failures_total", "translationColdStarts", { kind: "unreadable" }),
  metric("twinlane_lane_errors_total", "laneErrors"),
  metric("twinlane_health_left_out_total", "observationsLeftOut"),
  metric("twinlane_health_bytes_in_total", "healthBytesIn"),
  metric("twinlane_half_open_closed_total", "halfOpenClosed"),
  metric("twinlane_kept_out_total", "keptOut"),
  metric("twinlane_quarantines_total", "quarantined"),
  metric("twinlane_security_events_total", "securityEvents"),
];

/** Counters that other metrics carry: the round-trip histogram. */
export const IN_HISTOGRAM: readonly CounterName[] = ["roundTripSumUs", "roundTripCount"];

export const METRIC_HELP: Readonly<Record<string, MetricHelp>> = {
  twinlane_connections_total: counter("Station connections, by what became of them."),
  twinlane_stations_connected: gauge("Stations connected now."),
  twinlane_csms_links_up: gauge("Connections to the CSMS that are up now."),
  twinlane_csms_connects_total: counter("Connections to the CSMS that came up."),
  twinlane_csms_disconnects_total: counter("Connections to the CSMS that ended."),
  twinlane_est_answers_total: counter("Requests to EST servers, by what they brought."),
  twinlane_link_frames_total: counter("OCPP frames, by side (south: stations, north: CSMS) and direction."),
  twinlane_link_bytes_total: counter("Bytes of OCPP frames, by side and direction."),
  twinlane_deferred_frames_total: counter("Meter values, reports and vendors' data that waited for urgent frames."),
  twinlane_deferred_queue_full_total: counter("Times such a frame did not wait because too many did."),
  twinlane_malformed_frames_total: counter("Frames that are not OCPP-J."),
  twinlane_schema_violations_total: counter("Payloads that violate their official schema."),
  twinlane_firewall_findings_total: counter("Messages that a firewall rule had something to say about."),
  twinlane_firewall_refusals_total: counter("Messages that a firewall rule refused."),
  twinlane_kept_out_total: counter(
    "Connections that were turned away because somebody is in quarantine or locked out.",
  ),
  twinlane_quarantines_total: counter("Times a station or an address was put in quarantine."),
  twinlane_unexpected_answers_total: counter("Answers that belong to no open CALL."),
  twinlane_duplicate_calls_total: counter("CALLs that came twice."),
  twinlane_retries_answered_total: counter("Repeated CALLs that were answered from memory."),
  twinlane_rewritten_ids_total: counter("Message ids that were replaced to avoid a collision."),
  twinlane_diverted_frames_total: counter("Frames that were answered here and kept from the CSMS (fork: divert)."),
  twinlane_tightened_profiles_total: counter("Commands whose charging profile was lowered to the site's limit."),
  twinlane_call_timeouts_total: counter("CALLs that nobody answered in time, by the side that should have."),
  twinlane_calls_refused_total: counter("CALLs and SENDs that could not be passed on."),
  twinlane_socket_pauses_total: counter("Times a socket was not read because the other side is slow."),
  twinlane_local_answers_total: counter("Calls the gateway answered because the CSMS could not be asked."),
  twinlane_bulk_dropped_total: counter("Bulk messages (class V4) dropped, oldest first, while the CSMS was away."),
  twinlane_refused_afterwards_total: counter("Drivers let in by the gateway and refused by the CSMS afterwards."),
  twinlane_north_key_changes_total: counter("Passwords towards the CSMS that the CSMS has changed."),
  twinlane_station_clock_faults_total: counter(
    "Starts and stops whose timestamp shows that the station's clock is wrong.",
  ),
  twinlane_spool_messages_total: counter("Transaction messages in the spool, by what happened to them."),
  twinlane_spool_write_failures_total: counter(
    "Commits of the spool that failed, or were not tried because the disk is full or refuses.",
  ),
  twinlane_spool_impaired: gauge("1 while the spool cannot be written and the value lane only relays."),
  twinlane_spool_waiting: gauge("Messages that wait for the CSMS."),
  twinlane_spool_bytes: gauge("About the bytes of messages that wait for the CSMS."),
  twinlane_spool_oldest_seconds: gauge("Age of the oldest message that waits for the CSMS; 0: none waits."),
  twinlane_spool_dead_letters: gauge("Messages that were put aside; an operator has to look at them."),
  twinlane_uplink_queued_bytes: gauge("Bytes that wait for the shared uplink, by message class (uplink.bandwidthBps)."),
  twinlane_uplink_held_stations: gauge("Stations that are not read because their class has too much waiting."),
  twinlane_uplink_taken_back_total: counter(
    "Frames taken back before they left, because their call was given up or their link ended.",
  ),
  twinlane_health_yields_total: counter("Times the health lane had to wait because value messages needed the uplink."),
  twinlane_csms_handshakes_waiting: gauge("Links to the CSMS that wait until fewer handshakes are under way."),
  twinlane_authorisation_losses_total: counter("What the gateway no longer knows about cards, by why."),
  twinlane_station_actors: gauge("Station actors in memory."),
  twinlane_actor_restarts_total: counter("Station actors that were restarted after a failure."),
  twinlane_actors_given_up_total: counter("Station actors that failed too often and were given up."),
  twinlane_cold_starts_total: counter("Stations that started without their saved state."),
  twinlane_strangers_forgotten_total: counter("Never accepted stations forgotten because too many names had come."),
  twinlane_snapshot_writes_total: counter("Station snapshots written to disk."),
  twinlane_state_store_unavailable: gauge("1 while station snapshots are kept in memory only."),
  twinlane_translation_notes_total: counter(
    "What the translation of messages noted: lost, repaired, refused and so on.",
  ),
  twinlane_translation_defects_total: counter(
    "Frames of the translation that were not valid and did not leave, and rules that failed.",
  ),
  twinlane_translation_dead_total: counter("Translated messages that the CSMS did not take and that were put aside."),
  twinlane_translation_store_failures_total: counter(
    "States of the translation that were not written, or could not be read.",
  ),
  twinlane_lane_errors_total: counter("Messages that a lane had to let go because of an internal error."),
  twinlane_health_bytes_in_total: counter("Bytes of the OCPP frames that the health lane read."),
  twinlane_health_left_out_total: counter(
    "Values of messages that the health lane does not take, e.g. unknown or signed.",
  ),
  twinlane_half_open_closed_total: counter("Sockets closed because the peer no longer answered pings."),
  twinlane_security_events_total: counter("Security events."),
};

function counter(help: string): MetricHelp {
  return { help, type: "counter" };
}

function gauge(help: string): MetricHelp {
  return { help, type: "gauge" };
}
