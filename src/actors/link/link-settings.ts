/**
 * The links to the CSMSs as these have set them: profile, endpoint, operator's name. What is set is on disk before it is answered, tried
 * with the next dial, and given up for what was before when three dials have failed.
 *
 *     1.6  SecurityProfile ────────────────▶ target, back ─▶ Accepted ─▶ redial ─┬─ up, and a Heartbeat answered ─▶ stays
 *     2.x  NetworkConfigurationPriority ─▶ next ─▶ RebootRequired ─▶ the station ┘└─ three dials in vain ─▶ back, reported
 *                                                      comes back
 *
 * @see security extension edition 3 A01, A05; OCPP 2.0.1 Part 2 A01, A05, B09, B10
 */
import type { CsmsConfig } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import type { Payload } from "../../domain/ocpp/frame.ts";
import { pkiPolicy } from "../../domain/pki/policy.ts";
import type { SetOutcome } from "../../domain/security/link-call.ts";
import { asProfile, isOfCsms, type LinkMeans, meansFault, profileFault } from "../../domain/security/link-profile.ts";
import { type LinkFacts, LONGEST_ORGANISATION, TRIAL_DIALS } from "../../domain/security/link-variables.ts";
import { type LinkTarget, networkProfile, priorityOf, withoutLower } from "../../domain/security/network-slots.ts";
import type { Logger } from "../../ports.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import type { NorthKeys } from "../north-keys.ts";
import { callCsms } from "../own-call.ts";
import type { RelayOptions } from "../relay.ts";
import type { StationConnection } from "../station-connection.ts";
import { configuredTarget, csmsAt, raisedTarget, setupOf } from "./link-csms.ts";
import type { LinkStore } from "./link-store.ts";

export interface LinkSettingsOptions {
  readonly store: LinkStore;
  /** Undefined: none can be kept. */
  readonly northKeys: NorthKeys | undefined;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly bus: GatewayBus;
  readonly relay: () => RelayOptions;
}

/** A setting that was judged. */
export interface Judged extends SetOutcome {
  /** It shows with a new link. */
  readonly redial?: boolean;
}

const REJECTED: Judged = { status: "Rejected" };
const rejected = (reason: string): Judged => ({ status: "Rejected", reason });

type Conn = StationConnection;

export class LinkSettings {
  readonly #options: LinkSettingsOptions;
  /** Dials of the present trial that have failed, by station; -1: the link before it has yet to end. */
  readonly #failed = new Map<string, number>();

  constructor(options: LinkSettingsOptions) {
    this.#options = options;
  }

  // --- what the link is -----------------------------------------------------------------------------------------------

  /** Where a station's link goes now. */
  targetOf({ stationId }: Conn, csms: CsmsConfig): LinkTarget {
    const { target } = this.#options.store.of(stationId);
    const configured = configuredTarget(csms);
    if (target === undefined) return configured;
    // The configuration counts where it has caught up, or leads to another CSMS by now.
    if (target.slot === 0)
      return target.profile > configured.profile ? (raisedTarget(csms, target.profile) ?? configured) : configured;
    return target.profile >= configured.profile && isOfCsms(target.url, setupOf(csms)) ? target : configured;
  }

  csmsOf(connection: Conn, csms: CsmsConfig): CsmsConfig {
    return csmsAt(csms, this.targetOf(connection, csms));
  }

  /** Undefined where the profile has none, though one may be kept for a higher one. */
  passwordOf(connection: Conn, csms: CsmsConfig): Buffer | undefined {
    return this.#usesPassword(connection, csms) ? this.#passwordKept(connection, csms) : undefined;
  }

  #passwordKept({ host }: Conn, { password }: CsmsConfig): Buffer | undefined {
    const { northKeys } = this.#options;
    if (northKeys !== undefined) return northKeys.passwordOf(host, password);
    return password === undefined ? undefined : Buffer.from(password);
  }

  /** A profile 3 that is configured beside a password sends both, for the CSMS may be about to change over. */
  #usesPassword(connection: Conn, csms: CsmsConfig): boolean {
    const { profile } = this.targetOf(connection, csms);
    return (
      profile === 1 || profile === 2 || (csms.password !== undefined && profile === configuredTarget(csms).profile)
    );
  }

  organisationOf(stationId: Conn["stationId"]): string | undefined {
    return this.#options.store.of(stationId).organisation;
  }

  factsOf(connection: Conn, csms: CsmsConfig): LinkFacts {
    const { certificates: settings, speaks } = csms;
    const held = connection.certificates?.held;
    const { waitMinimumSec, repeatTimes } = pkiPolicy(speaks ?? connection.version);
    const target = this.targetOf(connection, csms);
    return {
      profile: target.profile,
      priority: this.#options.store.of(connection.stationId).priority ?? [target.slot],
      certificates: settings && {
        organisation: this.organisationOf(connection.stationId) ?? settings.organisation,
        maxChainLength: settings.maxChainLength,
        additionalRootCheck: settings.additionalRootCheck,
        entries: held?.entries ?? 0,
        maxEntries: settings.maxRoots + (held?.configured ?? 0),
        waitMinimumSec,
        repeatTimes,
      },
    };
  }

  #meansOf(connection: Conn, csms: CsmsConfig): LinkMeans {
    const held = connection.certificates?.held;
    return {
      hasPassword: this.#passwordKept(connection, csms) !== undefined,
      hasRoot: (csms.tls?.ca ?? "") !== "" || (held?.roots ?? 0) > 0,
      hasCertificate: csms.tls?.cert !== undefined || held?.hasCertificate === true,
    };
  }

  // --- what the CSMS sets ---------------------------------------------------------------------------------------------

  /** Each is on disk when this resolves with `Accepted`. */
  set(
    connection: Conn,
    csms: CsmsConfig,
    variable: string,
    value: string,
    password: Buffer | undefined,
  ): Promise<Judged> {
    switch (variable) {
      case "BasicAuthPassword":
        return this.#setPassword(connection, csms, password);
      case "OrganizationName":
        return this.#setOrganisation(connection, value);
      case "SecurityProfile":
        return this.#raise(connection, csms, value);
      case "NetworkConfigurationPriority":
        return this.#setPriority(connection, csms, value);
      default:
        return Promise.resolve(rejected("ReadOnly"));
    }
  }

  async setNetworkProfile(connection: Conn, csms: CsmsConfig, slot: unknown, data: Payload): Promise<Judged> {
    const { store } = this.#options;
    const { profile: current } = this.targetOf(connection, csms);
    const target = networkProfile(slot, data, { setup: setupOf(csms), current });
    if (typeof target === "string") return rejected(target);
    const kept = store.of(connection.stationId);
    // B09: a slot that is in use is not written over.
    if (kept.target?.slot === target.slot) return rejected("PriorityNetworkConf");
    const isKept = await store.change(connection.stationId, {
      slots: { ...kept.slots, [String(target.slot)]: target },
    });
    return isKept ? this.#changed(connection, `network profile ${target.slot}`) : REJECTED;
  }

  #setPassword(connection: Conn, csms: CsmsConfig, password: Buffer | undefined): Promise<Judged> {
    const { northKeys } = this.#options;
    if (password === undefined) return Promise.resolve(rejected("InvalidValue"));
    if (northKeys === undefined) return Promise.resolve(REJECTED);
    return new Promise((resolve) => {
      northKeys.change(connection.host, password, csms.password, (isKept) => {
        // Where none is used, it is what a higher profile may begin with.
        const redial = this.#usesPassword(connection, csms);
        resolve(isKept ? { ...this.#changed(connection, "password"), redial } : REJECTED);
      });
    });
  }

  async #setOrganisation(connection: Conn, organisation: string): Promise<Judged> {
    if (organisation.trim() === "" || organisation.length > LONGEST_ORGANISATION) return rejected("InvalidValue");
    const isKept = await this.#options.store.change(connection.stationId, { organisation });
    return isKept ? this.#changed(connection, "organisation") : REJECTED;
  }

  async #raise(connection: Conn, csms: CsmsConfig, value: string): Promise<Judged> {
    const { store } = this.#options;
    const current = this.targetOf(connection, csms);
    if (store.of(connection.stationId).back !== undefined) return rejected("Busy");
    const wanted = /^\d$/.test(value) ? asProfile(Number(value)) : undefined;
    const target = wanted === undefined ? undefined : raisedTarget(csms, wanted);
    const means = this.#meansOf(connection, csms);
    const fault = profileFault(wanted, { current: current.profile, means, url: target?.url });
    if (fault !== undefined || target === undefined) return this.#refused(connection, fault ?? "no-endpoint");
    this.#failed.set(connection.stationId, -1);
    if (!(await store.change(connection.stationId, { target, back: current }))) return REJECTED;
    this.#options.counters.linkProfileTrials += 1;
    return { ...this.#changed(connection, `security profile ${target.profile} on trial`), redial: true };
  }

  async #setPriority(connection: Conn, csms: CsmsConfig, value: string): Promise<Judged> {
    const { store } = this.#options;
    const { slots = {}, back } = store.of(connection.stationId);
    if (back !== undefined) return rejected("Busy");
    const order = priorityOf(value, slots);
    if (order === undefined) return rejected("InvalidValue");
    const current = this.targetOf(connection, csms);
    const means = this.#meansOf(connection, csms);
    const targets = order.map((slot) => slots[String(slot)] ?? configuredTarget(csms));
    for (const { profile, url } of targets) {
      const fault = profile < current.profile ? "not-higher" : meansFault(profile, means, url);
      if (fault !== undefined) return this.#refused(connection, fault);
    }
    const [first = current] = targets;
    const isSame = first.slot === current.slot && first.url === current.url && first.profile === current.profile;
    const isKept = await store.change(connection.stationId, { priority: order, next: isSame ? undefined : first });
    if (!isKept) return REJECTED;
    return { ...this.#changed(connection, "network priority"), status: isSame ? "Accepted" : "RebootRequired" };
  }

  #changed({ stationId }: Conn, what: string): Judged {
    const detail = `north:${what}`;
    this.#options.bus.emit("security", { type: "ReconfigurationOfSecurityParameters", stationId, detail });
    return { status: "Accepted" };
  }

  #refused({ stationId }: Conn, fault: string): Judged {
    this.#options.logger.warn({ stationId, code: "ERR_LINK_PROFILE", reason: fault }, "security profile refused");
    return rejected(REASONS[fault] ?? "InvalidValue");
  }

  // --- the trial ------------------------------------------------------------------------------------------------------

  /** A station has connected: what waited for its reboot is tried now. */
  begins(connection: Conn): void {
    const { stationId, rule } = connection;
    const { csms } = rule;
    if (csms === undefined) return;
    connection.linkProfile = () => this.targetOf(connection, csms).profile;
    const { store, counters } = this.#options;
    const { next } = store.of(stationId);
    if (next === undefined) return;
    const { target = configuredTarget(csms) } = store.of(stationId);
    this.#failed.set(stationId, 0);
    counters.linkProfileTrials += 1;
    void store.change(stationId, { target: next, back: target, next: undefined });
  }

  up(connection: Conn): void {
    const { northKeys, relay, store } = this.#options;
    const { stationId, host } = connection;
    northKeys?.worked(host);
    if (store.of(stationId).back === undefined) return;
    // TLS 1.3 refuses certificates after its handshake, and so may a CSMS the profile: only an answer shows that the link works.
    void callCsms(connection, "Heartbeat", {}, relay()).then(({ kind }) => {
      if (kind === "result" || kind === "error") this.#worked(connection);
      else if (kind === "timeout") connection.link?.redial();
    });
  }

  /** The CSMS has answered 401. */
  refused({ host }: Conn): void {
    this.#options.northKeys?.refused(host);
  }

  down({ stationId }: Conn): void {
    const { back, slots } = this.#options.store.of(stationId);
    if (back === undefined) return;
    const failed = (this.#failed.get(stationId) ?? 0) + 1;
    this.#failed.set(stationId, failed);
    if (failed < TRIAL_DIALS) return;
    const { store, counters, bus, logger } = this.#options;
    counters.linkProfileFallbacks += 1;
    logger.warn({ stationId, code: "ERR_LINK_PROFILE", reason: "not-reached" }, "security profile given up");
    void store.change(stationId, { target: back, back: undefined, priority: [back.slot], slots });
    const detail = "the CSMS cannot be reached with the profile it has set; the one before is used again";
    bus.emit("security", { type: "NorthProfileFailed", stationId, detail });
  }

  #worked(connection: Conn): void {
    const { stationId } = connection;
    const { store, counters } = this.#options;
    const { back, target, slots = {} } = store.of(stationId);
    if (back === undefined || target === undefined) return;
    counters.linkProfileChanges += 1;
    const left = withoutLower(slots, target.profile);
    void store.change(stationId, { back: undefined, slots: left, priority: [target.slot] });
    this.#changed(connection, `security profile ${target.profile}`);
  }
}

/** OCPP 2.0.1 appendix 5 (reason codes) where it has one. */
const REASONS: { readonly [fault: string]: string } = {
  "not-higher": "NoSecurityDowngrade",
  "no-certificate": "InvalidNetworkConf",
  "no-root": "InvalidNetworkConf",
  "no-endpoint": "InvalidNetworkConf",
  "no-password": "InvalidNetworkConf",
};
