/** One POST to an EST server. Its answer is bounded in time and in size, and no redirection is followed. */
import { request } from "node:https";
import type { EstConfig } from "../../config/types.ts";
import type { EstResponse } from "../../domain/pki/est-answer.ts";
import type { TlsKey } from "../../ports.ts";
import { clientTls } from "../tls-settings.ts";

export interface EstRequest {
  readonly est: EstConfig;
  readonly operation: "simpleenroll" | "simplereenroll";
  /** PKCS #10 in base64. */
  readonly body: string;
  /** What is shown in the TLS handshake. */
  readonly own: Partial<TlsKey> & { readonly cert?: string };
  /** `user:password`; undefined: none is sent. */
  readonly basic: string | undefined;
  /** Nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

const LONGEST_MS = 30_000;
const LARGEST_BYTES = 65_536;

/** Rejects when there is no answer: server away, TLS failed, too slow, not wanted any more. */
export function postToEst({ est, operation, body, own, basic, signal }: EstRequest): Promise<EstResponse> {
  const label = est.label === undefined ? "" : `/${est.label}`;
  const url = new URL(`/.well-known/est${label}/${operation}`, est.url);
  const { promise, resolve, reject } = deferred<EstResponse>();
  const sent = request(url, {
    method: "POST",
    // A connection is never shared: who asks is part of its handshake.
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]),
    headers: {
      "content-type": "application/pkcs10",
      "content-length": Buffer.byteLength(body),
      accept: "application/pkcs7-mime",
      ...(basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString("base64")}` }),
    },
    ...clientTls(false),
    ca: est.tls.ca ?? [],
    ...(est.tls.servername === undefined ? {} : { servername: est.tls.servername }),
    ...own,
  });
  sent.on("error", reject);
  sent.on("response", (response) => {
    const parts: Buffer[] = [];
    let size = 0;
    const answer = (isCut: boolean): EstResponse => ({
      status: response.statusCode ?? 0,
      contentType: response.headers["content-type"],
      retryAfter: response.headers["retry-after"],
      body: Buffer.concat(parts).toString("latin1"),
      isCut,
    });
    response.on("error", reject);
    response.on("data", (part: Buffer) => {
      size += part.length;
      parts.push(part);
      if (size <= LARGEST_BYTES) return;
      resolve(answer(true));
      sent.destroy();
    });
    response.on("end", () => resolve(answer(false)));
  });
  sent.end(body);
  return promise;
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}
