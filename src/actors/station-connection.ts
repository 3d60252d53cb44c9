/**
 * One live connection of one station: its socket, its link to the CSMS, the calls under way in both directions. Everything that
 * belongs to the connection hangs on this object and is found through it, never through the station's id, so that the late end
 * of an old connection cannot touch its successor (field-lessons case 2).
 */
import type { SecurityProfile, StationRule } from "../config/types.ts";
import type { StationGuard } from "../domain/firewall/guard.ts";
import type { MessageId, StationId } from "../domain/ids.ts";
import { AnswerMemory } from "../domain/ocpp/answer-memory.ts";
import { CallGate, type PendingCall } from "../domain/ocpp/call-gate.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { CertificateState } from "../machines/station-context.ts";
import type { HealthTap } from "../ports.ts";
import type { Connection } from "../streams/messages.ts";
import type { NorthLink } from "./north-link.ts";
import type { PeerSocket } from "./peer-socket.ts";
import type { CertificateDesk } from "./pki/certificate-desk.ts";
import { guardFor } from "./security/guards.ts";
import type { StationHost } from "./station-host.ts";
import type { UplinkPort } from "./uplink-shaper.ts";

export interface StationConnectionOptions {
  readonly no: number;
  readonly host: StationHost;
  readonly rule: StationRule;
  readonly health: HealthTap | undefined;
  /** Calls that may wait in one direction. */
  readonly callCapacity: number;
  /** Milliseconds of the monotonic clock. */
  readonly openedAt: number;
  readonly remoteAddress: string;
  /** Security profile by which the station proved itself. */
  readonly strength: SecurityProfile;
  readonly certificate: CertificateState;
}

export class StationConnection implements Connection {
  readonly no: number;
  readonly stationId: StationId;
  readonly version: OcppVersion;
  readonly health: HealthTap | undefined;
  readonly rule: StationRule;
  readonly host: StationHost;
  readonly openedAt: number;
  readonly remoteAddress: string;
  readonly strength: SecurityProfile;
  readonly certificate: CertificateState;
  /** Calls of the station on their way to the CSMS. */
  readonly toCsms: CallGate;
  /** Calls of the CSMS, and our own, on their way to the station. */
  readonly toStation: CallGate;
  readonly answers = new AnswerMemory();
  /** Its firewall; undefined where that is off. */
  readonly guard: StationGuard | undefined;

  socket: PeerSocket | undefined;
  link: NorthLink | undefined;
  /** Its certificates towards the CSMS; undefined where those of the configuration are all there is. */
  certificates: CertificateDesk | undefined;
  /** Security profile of its link as the CSMS has it by now; undefined: as configured. */
  linkProfile: (() => SecurityProfile) | undefined;
  /** Its way onto a shaped uplink; undefined where the uplink is not shaped. */
  uplink: UplinkPort | undefined;
  /** By who sent them. */
  readonly malformedInARow = { south: 0, north: 0 };
  /** True after `heartbeatInterval` × 2 of silence: the next frame is told to the station actor. */
  isSuspect = false;
  /** Milliseconds since 1970 when the station was last heard. */
  lastFrameAt = 0;
  isClosed = false;
  /** True while the gateway answers in the CSMS's place: the link is down for too long, or the CSMS has yet to accept a boot. */
  isAway = false;
  /** True once the link has been up: a first one may take longer (field-lessons 1). */
  linkWasUp = false;
  /** Monotonic milliseconds since which the link is down. */
  downSince: number;
  /** Monotonic milliseconds before which the CSMS does not want to see a boot again. */
  bootHeldUntil = 0;
  /** Monotonic milliseconds at which the CSMS answered last that it does not know the station. */
  bootAskedAt: number | undefined;
  /** Sends what may be sent towards the CSMS; set by whoever opens the connection. */
  pump: () => void = () => undefined;
  /** Frames of the station that were read and wait (frame-order.ts). */
  framesWaiting = 0;

  constructor(options: StationConnectionOptions) {
    this.no = options.no;
    this.host = options.host;
    this.stationId = options.host.stationId;
    this.version = options.host.version;
    this.rule = options.rule;
    this.health = options.health;
    this.openedAt = options.openedAt;
    this.downSince = options.openedAt;
    this.remoteAddress = options.remoteAddress;
    this.strength = options.strength;
    this.certificate = options.certificate;
    this.toCsms = new CallGate(options.callCapacity);
    this.toStation = new CallGate(options.callCapacity);
    this.guard = guardFor(this);
  }

  pendingFor(from: "south" | "north", id: MessageId): PendingCall | undefined {
    return (from === "south" ? this.toStation : this.toCsms).peek(id);
  }
}
