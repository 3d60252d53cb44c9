/** One question over plain HTTP to an OCSP responder or to where a CRL lies: bounded in time and size, no redirections, no connection kept. */
import { request } from "node:http";

export interface DerRequest {
  /** http:// */
  readonly url: string;
  /** Absent: a GET. */
  readonly question?: Uint8Array;
  readonly maxBytes: number;
}

export type FetchDer = (asked: DerRequest) => Promise<Uint8Array>;

const LONGEST_MS = 4_000;

/** Rejects when there is no answer, or one that is no 200. */
export const fetchDer: FetchDer = ({ url, question, maxBytes }) =>
  new Promise((resolve, reject) => {
    const asks =
      question === undefined
        ? { method: "GET" }
        : {
            method: "POST",
            headers: { "content-type": "application/ocsp-request", "content-length": question.length },
          };
    const sent = request(url, { ...asks, agent: false, signal: AbortSignal.timeout(LONGEST_MS) });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      const refuse = (reason: string) => {
        reject(new Error(reason));
        sent.destroy();
      };
      if (response.statusCode !== 200) return refuse(`http-${response.statusCode}`);
      response.on("error", reject);
      response.on("data", (part: Buffer) => {
        size += part.length;
        parts.push(part);
        if (size > maxBytes) refuse("too-large");
      });
      response.on("end", () => resolve(Buffer.concat(parts)));
    });
    sent.end(question);
  });
