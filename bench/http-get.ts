/** A GET without the weight of `fetch`, whose first use would be part of a measured start-up. */
import { get } from "node:http";

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Rejects when nobody answers. */
export function httpGet(url: string): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      const parts: string[] = [];
      response.setEncoding("utf8");
      response.on("data", (part: string) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: parts.join("") }));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}
