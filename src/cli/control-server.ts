/**
 * The daemon's control socket: `<dataDir>/control.sock`, HTTP over a unix socket of mode 0600. File permissions are the
 * authentication; nothing listens on the network.
 *
 * | request                                                          | answer                                  |
 * | ---------------------------------------------------------------- | --------------------------------------- |
 * | `GET /v1/queue`                                                  | `{"stations":[…]}`                      |
 * | `GET /v1/queue/<station>?dead&payload&unmask&limit=n&version=v`   | `{"messages":[…]}`                      |
 * | `POST /v1/queue/<station>/retry` `{"seq":n}` or `{"all":true}`   | `{"kind":"done","messages":n}` and like |
 * | `POST /v1/queue/<station>/drop` `{"seq":n,"reason":"…"}`         | the same                                |
 * | `GET /v1/quarantine`                                             | `{"confined":[…],"nowMs":n}`            |
 * | `POST /v1/quarantine/add` `{"stationId","address","minutes","reason"}` | the confinement                   |
 * | `POST /v1/quarantine/release` `{"name":"…"}`                     | `{"released":n}`                        |
 * | `GET /v1/delays`                                                 | `{"held":[…],"nowMs":n}`                |
 * | `POST /v1/delays/override` `{"stationId","minutes"}`             | `{"commands":n}`                        |
 * | `POST /v1/dashcam/<station>`                                      | `{"captured":true}`                     |
 */
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { type Gateway, GatewayError, isGatewayError, type Logger, type OcppVersion, type Queue } from "../index.ts";
import { answerDelays } from "./control-delays.ts";
import { answerQuarantine } from "./control-quarantine.ts";

export interface ControlOptions {
  readonly path: string;
  readonly gateway: Controlled;
  readonly logger: Logger;
}

type Controlled = Pick<Gateway, "queue" | "quarantine" | "captureScene" | "delays">;

export interface Control {
  /**
   * A socket that a dead process left is replaced. One that cannot be made (read-only disk, name too long) is told in the log; the
   * gateway does without.
   *
   * @throws GatewayError `ERR_LISTEN` when another gateway answers there: two must not deliver from one spool
   */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Bytes of a request; a drop's reason is the longest. */
const LONGEST_BODY = 16 * 1024;
const MAX_LIMIT = 10_000;
/** Of a unix socket's name (sun_path), without the closing zero. */
const LONGEST_PATH = 107;
const NO_SOCKET = "no control socket; twinlane queue cannot ask";

export function createControl({ path, gateway, logger }: ControlOptions): Control {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 });
  server.maxConnections = 16;
  server.on("request", (request, response) => {
    answer(request, gateway, logger).then(
      ({ status, body }) => reply(response, status, body),
      (error: unknown) => reply(response, ...failure(error, logger)),
    );
  });
  return {
    async start() {
      if (Buffer.byteLength(path) > LONGEST_PATH) {
        // Node cuts such a name off, and would listen somewhere else.
        logger.error({ code: "ERR_LISTEN", path, reason: "its name is too long" }, NO_SOCKET);
        return;
      }
      if (await isAnswered(path)) {
        const text = `another gateway uses this data directory (${path} answers)`;
        throw new GatewayError("ERR_LISTEN", text, { setting: "dataDir" });
      }
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        rmSync(path, { force: true });
        await listen(server, path);
      } catch (error) {
        logger.error({ code: "ERR_LISTEN", path, reason: String(error) }, NO_SOCKET);
      }
    },
    async stop() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

async function answer(request: IncomingMessage, gateway: Controlled, logger: Logger): Promise<Answer> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const [root, version, topic, name, verb, ...rest] = url.pathname.split("/");
  if (root !== "" || version !== "v1" || rest.length > 0) return unknown();
  if (topic === "queue") return await answerQueue(request, url, name, verb, gateway, logger);
  const isPost = request.method === "POST";
  if (topic === "dashcam" && isPost && name !== undefined && verb === undefined) {
    return { status: 200, body: { captured: gateway.captureScene(decodeURIComponent(name)) } };
  }
  if (topic === "delays" && verb === undefined && isPost === (name !== undefined))
    return answerDelays(name, isPost ? { ...(await bodyOf(request)) } : {}, gateway);
  if (topic !== "quarantine" || verb !== undefined || isPost !== (name !== undefined)) return unknown();
  return answerQuarantine(name, isPost ? { ...(await bodyOf(request)) } : {}, gateway);
}

async function answerQueue(
  request: IncomingMessage,
  url: URL,
  station: string | undefined,
  verb: string | undefined,
  gateway: Controlled,
  logger: Logger,
): Promise<Answer> {
  const queue = gateway.queue();
  if (queue === undefined) throw new GatewayError("ERR_STORE", "This gateway has no spool now");
  const stationId = station === undefined ? "" : decodeURIComponent(station);
  if (request.method === "GET" && verb === undefined) {
    if (stationId === "") return { status: 200, body: { stations: queue.list() } };
    if (url.searchParams.has("unmask")) logger.warn({ stationId }, "an operator looks at messages with their cards");
    return { status: 200, body: { messages: queue.show(stationId, showOptions(url.searchParams)) } };
  }
  if (request.method !== "POST" || (verb !== "retry" && verb !== "drop")) return unknown();
  return await act(queue, verb, stationId, await bodyOf(request));
}

const unknown = (): Answer => ({ status: 404, body: { message: "there is nothing of this name" } });

function showOptions(query: URLSearchParams) {
  const version = query.get("version");
  const limit = Number(query.get("limit"));
  return {
    dead: query.has("dead"),
    payload: query.has("payload"),
    unmask: query.has("unmask"),
    ...(Number.isInteger(limit) && limit > 0 ? { limit: Math.min(limit, MAX_LIMIT) } : {}),
    ...(version === null ? {} : { version: version as OcppVersion }),
  };
}

async function act(queue: Queue, verb: "retry" | "drop", station: string, body: Body): Promise<Answer> {
  const { seq, all, reason, version } = body;
  if (verb === "retry" && all === true) return { status: 200, body: await queue.retry(station, "all") };
  if (typeof seq !== "number") return { status: 400, body: { message: "seq is missing" } };
  const choice = { seq, ...(typeof version === "string" ? { version: version as OcppVersion } : {}) };
  if (verb === "retry") return { status: 200, body: await queue.retry(station, choice) };
  if (typeof reason !== "string" || reason === "") return { status: 400, body: { message: "reason is missing" } };
  return { status: 200, body: await queue.drop(station, choice, reason) };
}

interface Body {
  readonly seq?: unknown;
  readonly all?: unknown;
  readonly reason?: unknown;
  readonly version?: unknown;
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > LONGEST_BODY) break;
  }
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
}

function failure(error: unknown, logger: Logger): [number, object] {
  if (isGatewayError(error)) return [503, { code: error.code, message: error.message }];
  if (error instanceof URIError) return [400, { message: "the station's name is not percent-encoded" }];
  logger.error({ reason: String(error) }, "a control request failed");
  return [500, { message: "failed" }];
}

function reply(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** True when somebody accepts connections there. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The socket is made within the call: nobody else can open it before its mode is set.
    const before = process.umask(0o177);
    server.listen(path, () => {
      server.removeListener("error", reject);
      server.on("error", () => undefined);
      chmodSync(path, 0o600);
      resolve();
    });
    process.umask(before);
  });
}
