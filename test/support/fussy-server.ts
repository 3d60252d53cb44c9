/** An HTTPS server that takes batches of the health lane, or does not, as the test says. */
import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import { gunzipSync } from "node:zlib";
import type { TestCa } from "./certs.ts";

export interface Post {
  readonly key: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: test code reads fields of whatever came
  readonly lines: readonly any[];
}

/** A status with headers; `taken, silent`: the batch is taken, and the connection ends before the answer. */
export type Reaction =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | "taken, silent";

export interface FussyServer {
  readonly url: string;
  /** Every POST, taken or not. */
  readonly posts: readonly Post[];
  /** Lines of batches that were taken; repeats of a key are recognised. */
  // biome-ignore lint/suspicious/noExplicitAny: test code reads fields of whatever came
  readonly taken: readonly any[];
  close(): Promise<void>;
}

export async function startFussyServer(ca: TestCa, react: (post: Post, no: number) => Reaction): Promise<FussyServer> {
  const { cert, key } = ca.issue({ cn: "localhost", for: "server" });
  const posts: Post[] = [];
  const keys = new Set<string>();
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const taken: any[] = [];
  const take = (post: Post) => {
    if (keys.has(post.key)) return;
    keys.add(post.key);
    taken.push(...post.lines);
  };
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = gunzipSync(Buffer.concat(chunks)).toString("utf8");
      const lines = text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      const post = { key: String(request.headers["idempotency-key"]), headers: request.headers, lines };
      posts.push(post);
      const reaction = react(post, posts.length - 1);
      if (reaction === "taken, silent" || reaction.status < 300) take(post);
      if (reaction === "taken, silent") request.socket.destroy();
      else response.writeHead(reaction.status, reaction.headers).end("whatever");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `https://localhost:${typeof address === "object" ? address?.port : 0}/ingest`,
    posts,
    taken,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
