/**
 * Where everything suspicious arrives: firewall verdicts, failed logins, floods, changed neighbours. It counts, says so once in five
 * minutes for each kind and station, and confines who will not stop.
 *
 *     finding ─▶ count by rule ─▶ log, or security event (throttled) ─▶ strike? ─▶ quarantine
 *
 * Nothing here waits for anything or throws.
 */
import type { IntrusionConfig } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import { isInNetwork } from "../../domain/firewall/host-kind.ts";
import {
  isCriticalEvent,
  type Mode,
  modeOf,
  RULE_IDS,
  RULES,
  type RuleId,
  type SecurityEventName,
} from "../../domain/firewall/rules.ts";
import { EventThrottle, eventDetail } from "../../domain/intrusion/event-throttle.ts";
import { type PeerTls, tlsChange } from "../../domain/intrusion/peer-tls.ts";
import { type Confinement, Quarantine, type Subject } from "../../domain/intrusion/quarantine.ts";
import { Repeated } from "../../domain/intrusion/repeated.ts";
import type { Clock, Logger } from "../../ports.ts";
import type { GatewayBus } from "../gateway-bus.ts";

export interface SentinelOptions {
  readonly settings: IntrusionConfig;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly bus: GatewayBus;
  readonly logger: Logger;
}

export interface Incident extends Subject {
  readonly rule: RuleId;
  readonly reason: string;
  /** Undefined: as configured for all stations. */
  readonly mode?: Mode;
  /** Where it is not the rule's usual one. */
  readonly event?: SecurityEventName;
  /** Something was kept out or refused because of it. */
  readonly isRefused?: boolean;
}

/** Places of a rule's two counters: how often it found something, how often it refused. */
const PLACES: ReadonlyMap<RuleId, number> = new Map(RULE_IDS.map((id, i) => [id, i * 2]));

const MINUTE_MS = 60_000;
const TEN_MIN_MS = 10 * MINUTE_MS;
/** Sockets that say nothing in a minute: a scanner, or a load balancer that looks too often. */
const SILENT_PER_MIN = 10;
/** Names in ten minutes that are still typing errors. */
const UNKNOWN_NAMES = 20;
/** Sockets beyond the limits in a minute after which their address is kept out for a while. */
const FLOOD_PER_MIN = 100;
const FLOOD_MIN = 5;
/** Connections closed for cause in ten minutes that are still forgiven. */
const FORGIVEN = 2;
const MAX_CSMS = 256;

export class Sentinel {
  readonly quarantine = new Quarantine();
  readonly #options: SentinelOptions;
  readonly #throttle = new EventThrottle();
  readonly #logins: Repeated;
  readonly #floods = new Repeated(FLOOD_PER_MIN, MINUTE_MS);
  readonly #silent = new Repeated(SILENT_PER_MIN, MINUTE_MS);
  readonly #names = new Repeated(UNKNOWN_NAMES, TEN_MIN_MS);
  readonly #strikes = new Repeated(FORGIVEN, TEN_MIN_MS);
  readonly #csms = new Map<string, PeerTls>();

  constructor(options: SentinelOptions) {
    this.#options = options;
    this.#logins = new Repeated(Math.max(1, options.settings.lockOutAfter - 1), TEN_MIN_MS);
  }

  report({ rule, reason, mode = this.#modeOf(rule), event, isRefused = false, stationId, address }: Incident): void {
    if (mode === "off") return;
    const { counters, bus, clock, logger } = this.#options;
    const place = PLACES.get(rule) ?? 0;
    counters.perRule[place] = (counters.perRule[place] ?? 0) + 1;
    counters.firewallFindings += 1;
    if (isRefused) {
      counters.perRule[place + 1] = (counters.perRule[place + 1] ?? 0) + 1;
      counters.refusedByFirewall += 1;
    }
    const count = this.#throttle.tell(`${rule}\u0000${stationId ?? ""}\u0000${address ?? ""}`, clock.now());
    if (count === undefined) return;
    const detail = eventDetail(rule, address === undefined ? reason : `${reason};src=${address}`, count);
    if (mode === "log") logger.info({ rule, stationId, detail }, "firewall finding");
    else {
      const type = event ?? RULES[rule].event;
      bus.emit("security", { type, stationId, detail, rule, critical: isCriticalEvent(type) });
    }
  }

  /** Why this peer may not come in now; undefined: it may. Counted, but not told each time. */
  confinementOf(stationId: string | undefined, address: string): Confinement | undefined {
    const confinement = this.quarantine.find(stationId, address, this.#options.clock.now());
    if (confinement !== undefined) this.#options.counters.keptOut += 1;
    return confinement;
  }

  /** False: the address may not even begin (R01, R02). */
  mayConnect(address: string): boolean {
    const { allowFrom } = this.#options.settings;
    if (allowFrom.length > 0 && !allowFrom.some((network) => isInNetwork(address, network))) {
      const isRefused = this.#modeOf("R01") === "enforce";
      this.report({ rule: "R01", reason: "not an allowed network", address, isRefused });
      if (isRefused) return false;
    }
    return this.confinementOf(undefined, address) === undefined;
  }

  /** One socket more than the limits allow (R02). */
  flooded(address: string): void {
    this.report({ rule: "R02", reason: "too many connections of this address", address, isRefused: true });
    if (this.#modeOf("R02") !== "enforce") return;
    if (this.#floods.isPattern(address, this.#options.clock.now())) this.#confine({ address }, "flood", FLOOD_MIN);
  }

  /** A socket that ended without a word (R27). */
  saidNothing(address: string): void {
    if (!this.#silent.isPattern(address, this.#options.clock.now())) return;
    this.report({ rule: "R27", reason: "many connections that say nothing", event: "LanFlood", address });
  }

  /** Wrong credentials (R03): the pair of name and address waits, never the name alone. */
  loginFailed(stationId: string | undefined, address: string): void {
    const { clock, settings } = this.#options;
    if (!this.#logins.isPattern(loginKey(stationId, address), clock.now())) return;
    const subject = stationId === undefined ? { address } : { stationId, address };
    const isRefused = this.#modeOf("R03") === "enforce";
    if (isRefused)
      this.quarantine.confine(subject, "wrong credentials", settings.lockOutSec * 1000, clock.now(), MOST_LOCK_OUT_MS);
    this.report({ rule: "R03", reason: "credentials are being tried", ...subject, isRefused });
  }

  /** A name that no rule knows (R03): many of them from one address are told; the address may be that of a whole site. */
  nameUnknown(address: string): void {
    if (!this.#names.isPattern(address, this.#options.clock.now())) return;
    this.report({ rule: "R03", reason: "names are being tried", address });
  }

  loggedIn(stationId: string, address: string): void {
    this.#logins.forget(loginKey(stationId, address));
  }

  /** A connection was closed for cause: the third in ten minutes is answered with quarantine. */
  strike(stationId: string, address: string, reason: string): void {
    const { clock, settings } = this.#options;
    if (!this.#strikes.isPattern(loginKey(stationId, address), clock.now()) || settings.quarantineMin === 0) return;
    this.#confine({ stationId, address }, reason, settings.quarantineMin);
  }

  /**
   * A TLS connection to a CSMS is up (R28). Enforced, what was seen first stays the measure until a restart.
   *
   * @returns false: it must not be used
   */
  csmsSeen(url: string, now: PeerTls): boolean {
    const change = tlsChange(this.#csms.get(url), now);
    if (change !== undefined) {
      const isRefused = this.#modeOf("R28") === "enforce";
      this.report({ rule: "R28", reason: change, isRefused });
      if (isRefused) return false;
    }
    this.#csms.delete(url);
    this.#csms.set(url, now);
    if (this.#csms.size > MAX_CSMS) {
      for (const oldest of this.#csms.keys()) {
        this.#csms.delete(oldest);
        break;
      }
    }
    return true;
  }

  /** By an operator's hand. */
  confine(subject: Subject, reason: string, minutes: number): Confinement {
    return this.#confine(subject, reason, minutes);
  }

  release(name: string): number {
    const released = this.quarantine.release(name);
    if (released > 0) this.#options.logger.warn({ name, released }, "released from quarantine");
    return released;
  }

  #modeOf(rule: RuleId): Mode {
    return modeOf(this.#options.settings.modes, rule);
  }

  #confine(subject: Subject, reason: string, minutes: number): Confinement {
    const { clock, counters, logger } = this.#options;
    const entry = this.quarantine.confine(subject, reason, minutes * MINUTE_MS, clock.now(), MOST_QUARANTINE_MS);
    counters.quarantined += 1;
    const { stationId, address } = subject;
    logger.warn({ stationId, address, reason, untilMs: entry.untilMs }, "in quarantine");
    return entry;
  }
}

const MOST_LOCK_OUT_MS = 15 * MINUTE_MS;
const MOST_QUARANTINE_MS = 24 * 60 * MINUTE_MS;

const loginKey = (stationId: string | undefined, address: string): string => `${stationId ?? ""}\u0000${address}`;
