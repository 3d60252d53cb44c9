/**
 * What one station can present: the TLS contexts of its certificates, as of what is on disk. Keys that cannot be used now, because their
 * token is away, are tried again when the station is dialled.
 */
import type { CertificatesConfig, CsmsConfig } from "../../config/types.ts";
import type { CertificateFacts } from "../../domain/pki/certificate.ts";
import type { Credential } from "../../domain/pki/credential.ts";
import type { CertificateHashData } from "../../domain/pki/hash-data.ts";
import { isTokenFault } from "../../domain/pki/token-fault.ts";
import { anchorsOf, type Roots } from "../../domain/pki/trust.ts";
import type { CertificateContext } from "../../machines/certificate-context.ts";
import type { KeyStore, Logger } from "../../ports.ts";
import { LinkContexts, type RootSet } from "./link-contexts.ts";
import { namesOf } from "./presented.ts";
import type { X509 } from "./x509.ts";

export interface StationContextsOptions {
  readonly csms: CsmsConfig;
  readonly settings: CertificatesConfig;
  readonly slot: string;
  readonly keys: KeyStore;
  readonly x509: X509;
  readonly logger: Logger;
}

export class StationContexts {
  readonly #options: StationContextsOptions;
  #contexts: LinkContexts | undefined;
  #own: readonly CertificateHashData[] = [];
  #latest: readonly [CertificateContext, Roots] | undefined;
  #retry: Promise<void> | undefined;

  constructor(options: StationContextsOptions) {
    this.#options = options;
  }

  /** Names of the station's own certificates. */
  get own(): readonly CertificateHashData[] {
    return this.#own;
  }

  anchors(roots: Roots, isWayBack: boolean): readonly CertificateFacts[] {
    return anchorsOf(roots, this.#options.settings.additionalRootCheck, isWayBack);
  }

  async prepare(written: CertificateContext, roots: Roots): Promise<void> {
    const { csms, keys, x509 } = this.#options;
    const { active, candidate, previous } = written;
    this.#latest = [written, roots];
    this.#contexts = await LinkContexts.build({
      csms,
      keys,
      credentials: [...new Set([null, active, candidate, previous])],
      roots: { present: this.anchors(roots, false), wayBack: this.anchors(roots, true) },
      onUnusable: (_, error) => this.#onUnusable(error),
    });
    // The one on trial as well: it is in use before it is kept.
    const own = [active, candidate].filter((one) => one !== null);
    this.#own = (await Promise.all(own.map((one) => namesOf(one, this.anchors(roots, false), x509)))).flat();
  }

  find(credential: Credential | null, roots: RootSet) {
    return this.#contexts?.find(credential, roots);
  }

  /** After a dial that missed a key; one attempt at a time. */
  tryAgain(): void {
    const latest = this.#latest;
    if (latest === undefined || this.#retry !== undefined) return;
    this.#retry = this.prepare(...latest)
      .catch((error) => this.#onUnusable(error))
      .finally(() => {
        this.#retry = undefined;
      });
  }

  #onUnusable(error: unknown): void {
    const { keys, logger, slot } = this.#options;
    const code = String((error as { readonly code?: unknown }).code ?? "none");
    // Loading a key can fail as a handshake does: in the engine, at a token that it has lost.
    if (isTokenFault(code)) keys.handshake?.(false);
    logger.error(
      { stationId: slot, code, reason: error instanceof Error ? error.message : "?" },
      "certificate unusable",
    );
  }
}
