/**
 * One upload over HTTP. The name is looked up once, and what it stands for is connected to only if that may be; no redirection is followed; the
 * answer's body is not read.
 */
import { lookup as lookUpName } from "node:dns";
import { type ClientRequest, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { rootCertificates } from "node:tls";
import type { LocationPolicy } from "../../domain/firewall/policy.ts";
import { mayConnect } from "../../domain/firewall/upload-address.ts";
import { clientTls } from "../tls-settings.ts";

export interface Upload {
  readonly url: URL;
  readonly method: "PUT" | "POST";
  readonly body: string;
  readonly policy: LocationPolicy;
  /** PEM of roots beside the public ones. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

const LONGEST_MS = 60_000;

/** Status of the answer. Rejects when there is none. */
export function upload({ url, method, body, policy, ca, signal }: Upload): Promise<number> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0 && !mayConnect(host, url.hostname, policy)) {
      reject(forbidden());
      return;
    }
    const credentials = url.username === "" ? undefined : `${url.username}:${url.password}`;
    const options = {
      method,
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]),
      headers: {
        "content-type": "text/plain; charset=utf-8",
        "content-length": Buffer.byteLength(body),
        ...(credentials !== undefined && {
          authorization: `Basic ${Buffer.from(decodeURIComponent(credentials)).toString("base64")}`,
        }),
      },
      lookup: lookupFor(url.hostname, policy),
    } as const;
    const bare = new URL(url);
    bare.username = "";
    bare.password = "";
    const sent: ClientRequest =
      url.protocol === "https:"
        ? overHttps(bare, {
            ...options,
            ...clientTls(false),
            ca: [...rootCertificates, ...(ca === undefined ? [] : [ca])],
          })
        : overHttp(bare, options);
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.end(body);
  });
}

const forbidden = () =>
  Object.assign(new Error("The host of the location is an address of the site"), { code: "ERR_LOCATION" });

/** Node connects to what this gives it, and looks nothing up again. */
const lookupFor =
  (host: string, policy: LocationPolicy): LookupFunction =>
  (name, { all = false }, done) => {
    lookUpName(name, { all: true }, (error, addresses) => {
      const allowed = (addresses ?? []).filter(({ address }) => mayConnect(address, host, policy));
      const [first] = allowed;
      if (error !== null || first === undefined) done(error ?? forbidden(), "");
      else if (all === true) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
