/**
 * TLS contexts for the dials of one station: one for each certificate that may be presented and each set of roots. Made when certificates
 * or roots change, not when a link is dialled: keys are read then, and not kept.
 */
import { createSecureContext, type SecureContext } from "node:tls";
import type { CsmsConfig } from "../../config/types.ts";
import type { CertificateFacts } from "../../domain/pki/certificate.ts";
import type { Credential } from "../../domain/pki/credential.ts";
import { chainPem } from "../../domain/pki/pem.ts";
import type { KeyStore, TlsKey } from "../../ports.ts";
import { clientTls } from "../tls-settings.ts";

export type RootSet = "present" | "wayBack";

export interface ContextsOptions {
  readonly csms: CsmsConfig;
  readonly keys: KeyStore;
  /** Null: what the configuration gives. */
  readonly credentials: readonly (Credential | null)[];
  readonly roots: Readonly<Record<RootSet, readonly CertificateFacts[]>>;
  /** This certificate cannot be presented. */
  readonly onUnusable: (credential: Credential, error: unknown) => void;
}

const keyOf = (credential: Pick<Credential, "fingerprint"> | null, roots: RootSet): string =>
  `${credential?.fingerprint ?? ""} ${roots}`;

export class LinkContexts {
  readonly #contexts: ReadonlyMap<string, SecureContext>;

  private constructor(contexts: ReadonlyMap<string, SecureContext>) {
    this.#contexts = contexts;
  }

  static async build({ csms, keys, credentials, roots, onUnusable }: ContextsOptions): Promise<LinkContexts> {
    const contexts = new Map<string, SecureContext>();
    const add = (credential: Credential | null, own: OwnTls) => {
      for (const set of ["present", "wayBack"] as const)
        contexts.set(keyOf(credential, set), contextOf(csms, chainPem(roots[set]), own));
    };
    for (const credential of credentials) {
      if (credential === null) add(null, configured(csms));
      else {
        try {
          add(credential, { ...(await keys.tls(credential.keyId)), cert: credential.chain });
        } catch (error) {
          onUnusable(credential, error);
        }
      }
    }
    return new LinkContexts(contexts);
  }

  /** Undefined: this certificate cannot be presented. */
  find(credential: Credential | null, roots: RootSet): SecureContext | undefined {
    return this.#contexts.get(keyOf(credential, roots));
  }
}

type OwnTls = (Partial<TlsKey> & { readonly cert?: string }) | undefined;

const configured = ({ tls }: CsmsConfig): OwnTls =>
  tls?.cert === undefined || tls.key === undefined ? undefined : { cert: tls.cert, key: tls.key };

const contextOf = ({ staticRsa }: CsmsConfig, ca: string, own: OwnTls): SecureContext =>
  createSecureContext({
    ...clientTls(staticRsa),
    // An empty list, not Node's bundled roots, where there is no anchor.
    ca: ca === "" ? [] : ca,
    // A root that another has signed is an anchor for what it is.
    ...PARTIAL_CHAINS,
    ...own,
  });

/** Node has it since 20.18; its types do not know it yet. */
const PARTIAL_CHAINS: object = { allowPartialTrustChain: true };
