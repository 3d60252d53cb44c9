/**
 * The certificates of one station towards its CSMS, in the process: the machine with its I/O, what of it is on disk, the TLS contexts of
 * the dials, and the CSMS's calls about them.
 *
 *     CSMS's call ─▶ CertificateDesk ─▶ machine ─▶ step written down ─▶ contexts for the next dial ─▶ KeySweep
 *     CsmsLink ── dial? ──▶ what is written        ── up, down ──▶ machine
 *
 * Dials go by what is on disk, never by what is only in memory: a certificate with which the CSMS has let the station in is one that a
 * crash does not lose.
 */
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { createActor, type EventObject, fromCallback, fromPromise, type Snapshot } from "xstate";
import type { CertificatesConfig, CsmsConfig, EstConfig } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import { type EpochMs, epochMs, type KeyId } from "../../domain/ids.ts";
import type { GatewayAnswer } from "../../domain/ocpp/call-gate.ts";
import type { Payload } from "../../domain/ocpp/frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import type { CertificateFacts } from "../../domain/pki/certificate.ts";
import { signCertificate } from "../../domain/pki/certificate-call.ts";
import type { Credential } from "../../domain/pki/credential.ts";
import type { CertificateHashData } from "../../domain/pki/hash-data.ts";
import { EVENT_OF, linkFault } from "../../domain/pki/link-fault.ts";
import { readPem } from "../../domain/pki/pem.ts";
import { pkiPolicy } from "../../domain/pki/policy.ts";
import { isTokenFault } from "../../domain/pki/token-fault.ts";
import { afterRollover, type InstalledRoot, isRollingOver, type Roots } from "../../domain/pki/trust.ts";
import {
  type CertificateActor,
  type CertificateEvent,
  certificateMachine,
} from "../../machines/certificate.machine.ts";
import { type CertificateContext, credentialOf, keysOf } from "../../machines/certificate-context.ts";
import type { Clock, KeyStore, Logger, Random } from "../../ports.ts";
import type { CertificateEventType } from "../gateway-bus.ts";
import type { LinkIdentity } from "../link-identity.ts";
import type { StationConnection } from "../station-connection.ts";
import { checkServerIdentity } from "../tls-settings.ts";
import { readRecord, recordText, withPolicy, writeRecord } from "./certificate-record.ts";
import { enrolOverEst, SPREAD_MS } from "./est-enrolment.ts";
import { KeySweep } from "./key-sweep.ts";
import { LiveLink } from "./live-link.ts";
import { makeRequest, type RequestOutcome } from "./make-request.ts";
import { topOf } from "./presented.ts";
import { StationContexts } from "./station-contexts.ts";
import { tellOutcomes } from "./tell-outcomes.ts";
import type { X509 } from "./x509.ts";

export interface StationCertificatesOptions {
  readonly csms: CsmsConfig;
  readonly settings: CertificatesConfig;
  /** Of the CSMS. */
  readonly version: OcppVersion;
  /** Names the station's keys. */
  readonly slot: string;
  /** Towards the CSMS. */
  readonly identity: string;
  /** As the CSMS has set it (CpoName, OrganizationName). */
  readonly organisation: () => string | undefined;
  readonly file: string;
  readonly keys: KeyStore;
  readonly x509: X509;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly callCsms: (connection: StationConnection, action: string, payload: object) => Promise<GatewayAnswer>;
  /** A security event, by its 2.0.1 name. */
  readonly report: (type: CertificateEventType, techInfo: string) => void;
}

/** Between two questions whether the CSMS, which has let the station in, also answers it. */
const PROVE_AGAIN_MS = 5_000;
/** A link that has lived for this long was not ended because of its certificate. */
const LIVED_MS = 10_000;

type Bare<E> = E extends unknown ? Omit<E, "at"> : never;

export class StationCertificates implements Omit<LinkIdentity, "isByInstalledRoot"> {
  readonly #options: StationCertificatesOptions;
  readonly #live: LiveLink;
  readonly #contexts: StationContexts;
  readonly #sweep: KeySweep;
  #actor: CertificateActor | undefined;
  #configured: readonly CertificateFacts[] = [];
  #installed: readonly InstalledRoot[] = [];
  #written: CertificateContext | undefined;
  #text = "";
  #keepsKeys = false;
  #saving: Promise<boolean> = Promise.resolve(true);
  #dialled: Credential | null = null;
  /** The key could not be used, so what the CSMS thinks of this dial says nothing about a certificate. */
  #isSubstituted = false;
  #isProven = false;
  #upAt = 0;
  #untrusted = 0;
  #rootInUse: string | undefined;
  #lastFault: string | undefined;

  private constructor(options: StationCertificatesOptions) {
    this.#options = options;
    this.#live = new LiveLink(options.clock);
    this.#contexts = new StationContexts(options);
    this.#sweep = new KeySweep({ ...options, named: () => this.#namedKeys() });
  }

  /** Reads what is on disk and goes on where it was left. Rejects when the key store or the disk cannot be read. */
  static async open(options: StationCertificatesOptions): Promise<StationCertificates> {
    const { file, logger, slot, csms, x509 } = options;
    const opened = new StationCertificates(options);
    const record = await readRecord(file, (reason) => {
      // Its keys stay: whoever can read it after all needs them.
      opened.#keepsKeys = true;
      logger.error({ stationId: slot, code: "ERR_STORE", reason }, "certificate record unreadable, begins anew");
    });
    const roots = readPem(csms.tls?.ca ?? "");
    const read = await Promise.all(roots.ok ? roots.value.map(({ der }) => x509.read(der)) : []);
    opened.#configured = read.filter((facts) => facts !== undefined);
    opened.#installed = record.installed;
    opened.#run(record.machine);
    await opened.saved();
    return opened;
  }

  get settings(): CertificatesConfig {
    return this.#options.settings;
  }

  get roots(): Roots {
    return { configured: this.#configured, installed: this.#installed };
  }

  /** Names of the station's own certificates. */
  get own(): readonly CertificateHashData[] {
    return this.#contexts.own;
  }

  /** Fingerprint of the root that the present link hangs on. */
  get rootInUse(): string | undefined {
    return this.#rootInUse;
  }

  get context(): CertificateContext | undefined {
    return this.#actor?.getSnapshot().context;
  }

  get subject() {
    const { settings, identity } = this.#options;
    return {
      country: settings.country,
      organisation: this.#options.organisation() ?? settings.organisation,
      commonName: settings.serial ?? identity,
    };
  }

  /** The connection whose link this is from now on. */
  attach(connection: StationConnection): void {
    this.#live.connection = connection;
  }

  send(event: Bare<CertificateEvent>): void {
    this.#actor?.send({ ...event, at: this.#options.clock.now() } as CertificateEvent);
  }

  /** Resolves when everything so far is on disk; with false when the disk did not take it. */
  saved(): Promise<boolean> {
    return this.#saving;
  }

  /** Resolves as `saved`. */
  install(installed: readonly InstalledRoot[]): Promise<boolean> {
    this.#installed = installed;
    this.#untrusted = 0;
    this.#save();
    return this.saved();
  }

  /** Ends the machine once its last step is on disk. */
  async stop(): Promise<void> {
    await this.saved();
    this.#sweep.stop();
    this.#actor?.stop();
    this.#live.connection = undefined;
  }

  // --- the link -------------------------------------------------------------------------------------------------------

  dial(csms: CsmsConfig): object | undefined {
    const { logger, slot } = this.#options;
    if (this.#written === undefined) return undefined;
    if (!csms.url.startsWith("wss:")) {
      // Nobody looks at a certificate here: a new one is kept, and its trial is the profile that needs it.
      this.#dialled = credentialOf(this.#written);
      this.#isSubstituted = false;
      return undefined;
    }
    const isBack = this.#isRollingOver && this.#untrusted % 2 === 1;
    const set = isBack ? "wayBack" : "present";
    const wanted = credentialOf(this.#written);
    const context = this.#contexts.find(wanted, set);
    this.#isSubstituted = context === undefined && wanted !== null;
    if (this.#isSubstituted) {
      logger.error({ stationId: slot }, "the certificate's key cannot be used");
      this.#contexts.tryAgain();
    }
    this.#dialled = context === undefined ? null : wanted;
    return {
      secureContext: context ?? this.#contexts.find(null, set),
      ALPNProtocols: ["http/1.1"],
      checkServerIdentity: checkServerIdentity(csms.allowWildcards),
      ...(csms.tls?.servername === undefined ? {} : { servername: csms.tls.servername }),
    };
  }

  up(socket: Duplex | undefined): void {
    if (this.#dialled !== null) this.#options.keys.handshake?.(true);
    this.#isProven = false;
    this.#upAt = this.#options.clock.monotonicMs();
    this.#rootInUse = socket instanceof TLSSocket ? topOf(socket, this.roots) : undefined;
    this.#live.isUp();
    this.#prove();
  }

  down(reason: string, wasUp: boolean): void {
    const { clock, keys, report } = this.#options;
    const hasLived = wasUp && (this.#isProven || clock.monotonicMs() - this.#upAt > LIVED_MS);
    const fault = linkFault(reason, hasLived);
    this.#rootInUse = undefined;
    if (isTokenFault(reason)) keys.handshake?.(false);
    if (fault === "other" || (fault === "refused" && this.#isSubstituted)) return;
    if (fault === "refused") this.send({ type: "link.refused" });
    if (fault === "untrusted") this.#untrusted += 1;
    // Once for a fault that repeats itself (2.0.1 A00.FR.309, FR.318).
    if (this.#lastFault !== fault) report(EVENT_OF[fault], `north:${reason}`);
    this.#lastFault = fault;
  }

  /** The CSMS has let the station in: true only of one that has answered it, since TLS 1.3 refuses certificates after its handshake. */
  #prove(): void {
    const { clock, callCsms } = this.#options;
    const { connection } = this.#live;
    const upAt = this.#upAt;
    const isOver = () => this.#upAt !== upAt || connection?.link?.isUp !== true;
    if (connection === undefined || !this.#hasToProve) return;
    void callCsms(connection, "Heartbeat", {}).then((answer) => {
      if (isOver()) return;
      if (answer.kind === "result") this.#worked();
      else clock.callAt((clock.now() + PROVE_AGAIN_MS) as EpochMs, () => isOver() || this.#prove());
    });
  }

  get #isRollingOver(): boolean {
    return isRollingOver(this.roots, this.settings.additionalRootCheck);
  }

  get #hasToProve(): boolean {
    const { candidate = null, refusals = 0 } = this.context ?? {};
    return candidate !== null || refusals > 0 || this.#lastFault !== undefined || this.#isRollingOver;
  }

  #worked(): void {
    this.#isProven = true;
    this.#lastFault = undefined;
    this.#untrusted = 0;
    if (this.#isSubstituted) return;
    // M05.FR.12: only the new root itself shows that it works, not its predecessor.
    const isByNewRoot = this.#installed.some(
      ({ certificate, isFallback }) => !isFallback && certificate.fingerprint === this.#rootInUse,
    );
    if (isByNewRoot && this.#isRollingOver) this.#installed = afterRollover(this.roots);
    this.send({ type: "link.worked", keyId: this.#dialled?.keyId ?? null });
    this.#save();
  }

  // --- the machine ----------------------------------------------------------------------------------------------------

  #run(snapshot: object | undefined): void {
    const { clock, random, version, logger, slot } = this.#options;
    const soon = epochMs(clock.now() + random.next() * SPREAD_MS);
    const policy = pkiPolicy(version, this.settings.est === undefined ? "ocpp" : "est");
    const actor = createActor(this.#logic(), {
      input: { policy, at: clock.now() },
      ...(snapshot === undefined ? {} : { snapshot: withPolicy(snapshot, policy, soon) as Snapshot<unknown> }),
    });
    this.#actor = actor;
    actor.subscribe({
      next: () => this.#save(),
      error: (error) => logger.error({ stationId: slot, reason: String(error) }, "certificate actor failed"),
    });
    tellOutcomes(actor, this.#options);
    actor.start();
    if (actor.getSnapshot().matches("keying")) this.#sweep.expectOrphan();
    this.#save();
  }

  #logic(): typeof certificateMachine {
    const { clock } = this.#options;
    return certificateMachine.provide({
      actors: {
        deadline: fromCallback<EventObject, { readonly at: EpochMs }>(({ input, sendBack }) =>
          clock.callAt(input.at, () => sendBack({ type: "wait.over", at: clock.now() })),
        ),
        makeRequest: fromCallback(({ sendBack }) => {
          void this.#makeRequest().then(sendBack);
        }),
        sendRequest: fromCallback<EventObject, { readonly csr: string }>(({ input, sendBack }) => {
          const stopped = new AbortController();
          const { est } = this.settings;
          const answered =
            est === undefined
              ? this.#sendRequest(input.csr, stopped.signal)
              : this.#enrol(est, input.csr, stopped.signal);
          void answered.then((answer) => sendBack({ type: "request.answered", ...answer, at: clock.now() }));
          return () => stopped.abort();
        }),
        switchOver: fromPromise(async ({ signal }) => {
          await this.#stepSaved();
          await this.#live.redial(signal);
        }),
      },
    });
  }

  /** No key is made that the disk does not know of: a crash would leave it behind, unlooked for. */
  async #makeRequest(): Promise<CertificateEvent> {
    if (await this.#stepSaved()) return makeRequest(this.#options, this.subject);
    return { type: "request.failed", at: this.#options.clock.now() };
  }

  /** When the request is on disk with its key, and the link is up. */
  async #sendRequest(csr: string, signal: AbortSignal): Promise<RequestOutcome> {
    const { callCsms, version } = this.#options;
    // A lost connection is no answer; it is asked again over the next one.
    for (;;) {
      if (!(await this.#stepSaved())) return { status: "none" };
      await this.#live.whenUp(signal);
      const { connection } = this.#live;
      if (signal.aborted || connection === undefined) return { status: "none" };
      const answer = await callCsms(connection, "SignCertificate", signCertificate(version, csr));
      if (answer.kind === "result") {
        const { status } = answer.payload as Payload;
        return { status: status === "Accepted" ? "Accepted" : "Rejected" };
      }
      if (answer.kind === "error" || answer.kind === "timeout") return { status: "none" };
    }
  }

  async #enrol(est: EstConfig, csr: string, signal: AbortSignal): Promise<RequestOutcome> {
    if (!(await this.#stepSaved())) return { status: "none" };
    return enrolOverEst(est, csr, this, this.#options, signal);
  }

  /** The step that has begun this I/O is on disk. XState begins it before whoever writes has heard of the step. */
  async #stepSaved(): Promise<boolean> {
    await undefined;
    return this.saved();
  }

  // --- the disk -------------------------------------------------------------------------------------------------------

  /** Writes of one turn, and of the time of an earlier write, become one. */
  #save(): void {
    this.#saving = this.#saving.then(() => this.#write());
  }

  async #write(): Promise<boolean> {
    const { file, logger, slot } = this.#options;
    const actor = this.#actor;
    if (actor === undefined) return true;
    const installed = this.#installed;
    const { context, status } = actor.getSnapshot();
    // A snapshot of an actor that was stopped brings none back to life.
    if (status !== "active") return true;
    const text = recordText({ machine: actor.getPersistedSnapshot(), installed });
    if (text === this.#text) return true;
    try {
      await writeRecord(file, text);
      this.#text = text;
      await this.#contexts.prepare(context, { configured: this.#configured, installed });
      this.#written = context;
      await this.#sweep.sweep();
      return true;
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? "failed";
      logger.error({ stationId: slot, code: "ERR_STORE", reason }, "certificate state not written");
      return false;
    }
  }

  /** What is named on disk, and by what is about to be. */
  #namedKeys(): ReadonlySet<KeyId> | undefined {
    const snapshot = this.#actor?.getSnapshot();
    if (snapshot === undefined || this.#written === undefined || snapshot.matches("keying") || this.#keepsKeys)
      return undefined;
    return new Set([...keysOf(this.#written), ...keysOf(snapshot.context)]);
  }
}
