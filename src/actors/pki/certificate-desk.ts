/**
 * Answers the CSMS's calls about the certificates of what it takes for the station.
 *
 *     CSMS ── call ──▶ takes? ─ no ─▶ the station
 *                        └ yes ─▶ once the certificates are open ─▶ answered, and the step that follows is on disk
 */
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { type CertificateCall, certificateCall, listAnswer } from "../../domain/pki/certificate-call.ts";
import { readPem } from "../../domain/pki/pem.ts";
import { deleteRoot, installRoot, rootNames } from "../../domain/pki/trust.ts";
import type { Clock, Logger } from "../../ports.ts";
import type { CertificateEventType } from "../gateway-bus.ts";
import type { LinkIdentity } from "../link-identity.ts";
import { acceptSigned } from "./accept-signed.ts";
import { isByInstalledRoot } from "./presented.ts";
import type { StationCertificates } from "./station-certificates.ts";
import { isSignedBy, type X509 } from "./x509.ts";

export interface DeskOptions {
  readonly stationId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly x509: () => Promise<X509>;
  readonly report: (type: CertificateEventType, techInfo: string) => void;
}

/** How a call is answered. */
export interface Reply {
  answer(payload: Payload): void;
  /** CALLERROR NotImplemented. */
  refuse(reason: string): void;
  /** Undefined: only what the gateway has itself is listed. */
  askStation?: ((action: string, payload: object) => Promise<Payload>) | undefined;
}

interface Held {
  readonly hasCertificate: boolean;
  /** Authorities that the CSMS is believed by. */
  readonly roots: number;
  /** Of these, the operator's. */
  readonly configured: number;
  readonly entries: number;
}

type Of<K extends CertificateCall["kind"]> = Extract<CertificateCall, { readonly kind: K }>;

/** M05: the CSMS cannot install a certificate that is longer. */
const LONGEST_ROOT = 10_000;

export class CertificateDesk {
  readonly #options: DeskOptions;
  #certificates: StationCertificates | undefined;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** From now on calls are taken. */
  open(certificates: StationCertificates): void {
    this.#certificates = certificates;
  }

  get link(): LinkIdentity {
    // The link is started when the certificates are open.
    return {
      dial: (csms) => this.#certificates?.dial(csms),
      isByInstalledRoot: (socket) =>
        this.#certificates !== undefined && isByInstalledRoot(socket, this.#certificates.roots),
      up: (socket) => this.#certificates?.up(socket),
      down: (reason, wasUp) => this.#certificates?.down(reason, wasUp),
    };
  }

  /** What a profile of the link needs, and what settings tell of it; undefined until it is open. */
  get held(): Held | undefined {
    if (this.#certificates === undefined) return undefined;
    const { roots, context } = this.#certificates;
    return {
      hasCertificate: (context?.active ?? null) !== null,
      roots: rootNames(roots).length,
      configured: roots.configured.length,
      entries: rootNames(roots).length + [context?.active, context?.candidate].filter((one) => one != null).length,
    };
  }

  /** True for a request that the station makes for its own link, which ends at the gateway. */
  isOfTheLink({ action, payload }: CallFrame): boolean {
    return (
      action === "SignCertificate" &&
      (payload["certificateType"] ?? "ChargingStationCertificate") === "ChargingStationCertificate"
    );
  }

  /** True when the call is ours: then it is answered here, now or soon. */
  takes(version: OcppVersion, frame: CallFrame, reply: Reply): boolean {
    const certificates = this.#certificates;
    const call = certificateCall(version, frame);
    if (certificates === undefined || call === undefined) return false;
    if (call.kind === "delete") return this.#deletes(certificates, call, reply);
    this.#answer(certificates, version, call, reply).catch((error: unknown) => {
      this.#options.logger.error({ action: frame.action, reason: String(error) }, "certificate call failed");
      reply.answer({ status: call.kind === "install" ? "Failed" : "Rejected" });
    });
    return true;
  }

  async #answer(
    certificates: StationCertificates,
    version: OcppVersion,
    call: Exclude<CertificateCall, { kind: "delete" }>,
    reply: Reply,
  ): Promise<void> {
    switch (call.kind) {
      case "trigger":
        reply.answer({ status: "Accepted" });
        certificates.send({ type: "request.wanted" });
        return;
      case "combined":
        reply.refuse("the keys of the two certificates lie in two places");
        return;
      case "signed":
        reply.answer({
          status: (await acceptSigned(certificates, call.chain, this.#options)) ? "Accepted" : "Rejected",
        });
        return;
      case "install":
        reply.answer({ status: await this.#install(certificates, call) });
        return;
      case "list":
        reply.answer(listAnswer(version, rootNames(certificates.roots), await this.#others(call, reply)));
    }
  }

  async #install(certificates: StationCertificates, { certificate }: Of<"install">): Promise<string> {
    const { clock, logger, report, stationId } = this.#options;
    const { settings, roots } = certificates;
    const pem = certificate.length > LONGEST_ROOT ? undefined : readPem(certificate);
    const [block, second] = pem?.ok ? pem.value : [];
    // A bundle is not a root: which of them would be the one? (errata 2025-09)
    const isOne = block !== undefined && second === undefined && block.label === "CERTIFICATE";
    const facts = isOne ? await (await this.#options.x509()).read(block.der) : undefined;
    if (facts === undefined) return "Rejected";
    const installed = installRoot(roots, facts, {
      additionalCheck: settings.additionalRootCheck,
      capacity: settings.maxRoots,
      now: clock.now(),
      isSignedBy,
    });
    if (!installed.ok) {
      logger.warn({ stationId, fault: installed.error }, "root of the CSMS refused");
      return "Rejected";
    }
    if (!(await certificates.install(installed.value))) return "Failed";
    report("ReconfigurationOfSecurityParameters", "north:root installed");
    return "Accepted";
  }

  /** False for a certificate that is not ours: perhaps it is the station's. */
  #deletes(certificates: StationCertificates, { hash }: Of<"delete">, reply: Reply): boolean {
    const outcome = deleteRoot(certificates.roots, hash, certificates.own, certificates.rootInUse);
    if (outcome.status === "NotFound") return false;
    if (outcome.status === "Failed") reply.answer({ status: "Failed" });
    else {
      void certificates.install(outcome.installed).then((isKept) => {
        reply.answer({ status: isKept ? "Accepted" : "Failed" });
        if (isKept) this.#options.report("ReconfigurationOfSecurityParameters", "north:root deleted");
      });
    }
    return true;
  }

  async #others({ others }: Of<"list">, { askStation }: Reply): Promise<readonly unknown[]> {
    if (others === undefined || askStation === undefined) return [];
    try {
      const found = await askStation("GetInstalledCertificateIds", { certificateType: others });
      const { certificateHashDataChain: chains } = found;
      return Array.isArray(chains) ? chains : [];
    } catch {
      // A station that does not answer has none to tell.
      return [];
    }
  }
}
