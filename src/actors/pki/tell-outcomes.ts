/** What became of a station's certificate, for the log and as security events. */
import type { CertificateActor } from "../../machines/certificate.machine.ts";
import type { Logger } from "../../ports.ts";
import type { CertificateEventType } from "../gateway-bus.ts";

export interface OutcomeListeners {
  readonly slot: string;
  readonly logger: Logger;
  readonly report: (type: CertificateEventType, techInfo: string) => void;
}

export function tellOutcomes(actor: CertificateActor, { slot, logger, report }: OutcomeListeners): void {
  actor.on("certificate.committed", () => {
    logger.info({ stationId: slot }, "the new certificate works");
    report("ReconfigurationOfSecurityParameters", "north:certificate renewed");
  });
  actor.on("certificate.discarded", () => {
    logger.warn({ stationId: slot }, "the new certificate does not work; the one before is used");
    if (actor.getSnapshot().context.policy.tellsDiscarded)
      report("DiscardedRenewedClientCertificate", "north:the CSMS refuses it");
  });
  actor.on("request.exhausted", () => logger.warn({ stationId: slot }, "nobody signs a certificate"));
  actor.on("request.impossible", () => logger.error({ stationId: slot }, "no key could be made for a certificate"));
}
