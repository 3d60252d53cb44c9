/**
 * The certificates of all stations that have some of their own towards their CSMS: opened with a station's first connection, kept for as
 * long as the process lives.
 */
import { join } from "node:path";
import type { CsmsConfig } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import type { StationId } from "../../domain/ids.ts";
import type { Clock, KeyStore, Logger } from "../../ports.ts";
import type { CertificateEventType, GatewayBus } from "../gateway-bus.ts";
import { callCsms } from "../own-call.ts";
import type { RelayOptions } from "../relay.ts";
import { postSecurityEvent } from "../spool/post-event.ts";
import type { StationConnection } from "../station-connection.ts";
import { CertificateDesk } from "./certificate-desk.ts";
import { slotName } from "./slot-name.ts";
import { StationCertificates } from "./station-certificates.ts";
import { loadX509 } from "./x509.ts";

export interface CertificatesOptions {
  readonly dataDir: string;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly bus: GatewayBus;
  readonly relay: RelayOptions;
}

interface Opened {
  readonly desk: CertificateDesk;
  readonly certificates: Promise<StationCertificates>;
}

/** Events that the CSMS is told of (appendix 1: critical); the others stay in the log. */
const CRITICAL: ReadonlySet<CertificateEventType> = new Set([
  "DiscardedRenewedClientCertificate",
  "InvalidChargingStationCertificate",
  "InvalidCsmsCertificate",
  "InvalidTLSCipherSuite",
  "InvalidTLSVersion",
]);

export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #byStation = new Map<StationId, Opened>();

  constructor(options: CertificatesOptions) {
    this.#options = options;
  }

  /**
   * Gives a connection its certificates, where its rule says that it has some. To be called before its link is made.
   *
   * @returns what starts the link once the certificates have been read; undefined: nothing has to be waited for
   */
  attach(connection: StationConnection): (() => void) | undefined {
    const { stationId, rule } = connection;
    if (rule.csms?.certificates === undefined) return undefined;
    const opened = this.#byStation.get(stationId) ?? this.#open(connection, rule.csms);
    this.#byStation.set(stationId, opened);
    connection.certificates = opened.desk;
    return () => {
      opened.certificates.then(
        (certificates) => {
          certificates.attach(connection);
          if (!connection.isClosed) connection.link?.start();
        },
        // Without its key the station cannot be itself: it waits as for a CSMS that is away, and an operator is told.
        (error) => {
          this.#byStation.delete(stationId);
          this.#options.logger.error({ stationId, reason: String(error) }, "certificates cannot be read");
        },
      );
    };
  }

  async stop(): Promise<void> {
    const opened = [...this.#byStation.values()].map(({ certificates }) => certificates);
    await Promise.allSettled(opened.map(async (certificates) => (await certificates).stop()));
  }

  #open(connection: StationConnection, csms: CsmsConfig): Opened {
    const { dataDir, clock, logger, keys, relay } = this.#options;
    const { stationId, host } = connection;
    const settings = csms.certificates;
    if (settings === undefined) throw new Error("this station has no certificates");
    const version = csms.speaks ?? connection.version;
    const report = (type: CertificateEventType, techInfo: string) => {
      this.#options.bus.emit("security", { type, stationId, detail: techInfo, critical: CRITICAL.has(type) });
      if (CRITICAL.has(type) && relay.spool !== undefined)
        postSecurityEvent({ spool: relay.spool, host, type, techInfo, speaks: version, clock, random: relay.random });
    };
    const desk = new CertificateDesk({ stationId, clock, logger, x509: loadX509, report });
    const certificates = loadX509().then((x509) =>
      StationCertificates.open({
        csms,
        settings,
        version,
        slot: stationId,
        identity: csms.identity ?? stationId,
        organisation: () => relay.links?.settings.organisationOf(stationId),
        file: join(dataDir, "certificates", `${slotName(stationId)}.json`),
        keys,
        x509,
        clock,
        random: relay.random,
        counters: this.#options.counters,
        logger,
        callCsms: (live, action, payload) => {
          // So that the certificate which comes of it is none that nobody asked for (R06).
          if (action === "SignCertificate") live.guard?.certificateAsked(clock.now());
          return callCsms(live, action, payload, relay);
        },
        report,
      }),
    );
    void certificates.then(
      (opened) => desk.open(opened),
      () => undefined,
    );
    return { desk, certificates };
  }
}
