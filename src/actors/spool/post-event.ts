/**
 * Security events of the gateway's own, in the station's name: written down like a station's, and delivered until the CSMS has answered,
 * in the order in which they came.
 *
 * @see OCPP 2.0.1 Part 2 A04, appendix 1; security extension edition 3 §4.3
 */
import { messageId } from "../../domain/ids.ts";
import { encodeCall } from "../../domain/ocpp/encode-frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { eventName16 } from "../../domain/security/event-names.ts";
import { RECORD_VERSION } from "../../domain/spool/record.ts";
import type { Clock, Random } from "../../ports.ts";
import type { StationHost } from "../station-host.ts";
import type { ValueSpool } from "./value-spool.ts";

export interface PostedEvent {
  readonly spool: ValueSpool;
  readonly host: StationHost;
  /** By its 2.0.1 name. */
  readonly type: string;
  readonly techInfo: string;
  /** Version of the CSMS. */
  readonly speaks: OcppVersion;
  readonly clock: Clock;
  readonly random: Random;
}

const LONGEST_TECH_INFO = 255;

export function postSecurityEvent({ spool, host, type, techInfo, speaks, clock, random }: PostedEvent): void {
  const takenAt = clock.now();
  const id = messageId(random.uuid());
  const action = "SecurityEventNotification";
  const text = encodeCall(id, action, {
    type: speaks === "ocpp1.6" ? eventName16(type) : type,
    timestamp: new Date(takenAt).toISOString(),
    techInfo: techInfo.slice(0, LONGEST_TECH_INFO),
  });
  const head = {
    v: RECORD_VERSION,
    id,
    action,
    messageClass: 1,
    role: "event",
    key: id,
    takenAt,
    owned: true,
  } as const;
  spool.of(host).spool.queue.append(head, text);
  (host.connection ?? host.ghost)?.pump();
}
