/**
 * GetLog of the security log: the gateway's own is uploaded, in the station's name, to where the CSMS says. Other logs are the station's.
 *
 *     GetLog ─▶ location allowed? records? ─▶ Accepted, file name ─▶ Uploading ─▶ PUT, POST, again … ─▶ Uploaded, UploadFailure …
 *                        └ no ─▶ Rejected
 *
 * @see security extension edition 3 §4.4; OCPP 2.0.1 Part 2 N01 (FR.05 nothing to send, FR.12 a second request)
 */
import type { Counters } from "../../domain/counters.ts";
import { locationFault } from "../../domain/firewall/location.ts";
import { epochMs } from "../../domain/ids.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { parseLine } from "../../domain/security/log-chain.ts";
import { isWanted, type LogRequest, logRequest, uploadOutcome } from "../../domain/security/log-request.ts";
import type { Clock, Logger } from "../../ports.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import { ownsLink } from "../link/link-csms.ts";
import { callCsms } from "../own-call.ts";
import type { RelayOptions } from "../relay.ts";
import { readSecurityLog } from "../security-log.ts";
import type { StationConnection } from "../station-connection.ts";
import { upload } from "./upload.ts";

export interface LogDeskOptions {
  readonly dataDir: string;
  /** Resolves when what has happened so far is in the log. */
  readonly written: () => Promise<void>;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly bus: GatewayBus;
  readonly relay: () => RelayOptions;
}

export interface LogReply {
  answer(payload: Payload): void;
}

interface Running {
  readonly request: LogRequest;
  readonly stopped: AbortController;
}

type Conn = StationConnection;
type Status = "Uploading" | "Uploaded" | "UploadFailure" | "PermissionDenied" | "BadMessage" | "NotSupportedOperation";

/** Uploads of all stations that may be under way; a CSMS that asks all at once is told to come again. */
const MOST_UPLOADS = 16;
/** Attempts to tell how an upload ended, over a link that may be down. */
const TELL_TIMES = 10;
const TELL_AGAIN_MS = 5_000;
const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:"]);

export class LogDesk {
  readonly #options: LogDeskOptions;
  /** By station. */
  readonly #running = new Map<string, Running>();

  constructor(options: LogDeskOptions) {
    this.#options = options;
  }

  /** True when the call is ours, and will be answered. */
  takes(connection: Conn, version: OcppVersion, frame: CallFrame, reply: LogReply): boolean {
    const { csms } = connection.rule;
    if (csms?.securityLog !== "gateway" || !ownsLink(csms)) return false;
    if (this.#isTrigger(connection, frame)) {
      reply.answer({ status: "Accepted" });
      const running = this.#running.get(connection.stationId);
      if (running !== undefined) void this.#tell(connection, running, "Uploading");
      return true;
    }
    const request = logRequest(frame);
    if (request === undefined) return false;
    this.#begin(connection, version, request, reply).catch((error: unknown) => {
      this.#options.logger.error({ stationId: connection.stationId, reason: String(error) }, "log not uploaded");
      reply.answer({ status: "Rejected" });
    });
    return true;
  }

  stop(): void {
    for (const { stopped } of this.#running.values()) stopped.abort();
    this.#running.clear();
  }

  /** The status of an upload that runs here is not the station's to tell. */
  #isTrigger({ stationId }: Conn, { action, payload }: CallFrame): boolean {
    const isTrigger = action === "TriggerMessage" || action === "ExtendedTriggerMessage";
    return isTrigger && payload["requestedMessage"] === "LogStatusNotification" && this.#running.has(stationId);
  }

  async #begin(connection: Conn, version: OcppVersion, request: LogRequest, { answer }: LogReply): Promise<void> {
    const { stationId, rule } = connection;
    const fault = faultOf(request.location, rule.firewall.locations);
    if (fault !== undefined) {
      const detail = `north:${fault}`;
      this.#options.bus.emit("security", { type: "UploadUrlRejected", stationId, detail, rule: "R14" });
      answer(rejected(version, "InvalidURL"));
      return;
    }
    const before = this.#running.get(stationId);
    if (before === undefined && this.#running.size >= MOST_UPLOADS) {
      answer(rejected(version, "Busy"));
      return;
    }
    const body = await this.#read(stationId, request);
    if (body === "") {
      answer(rejected(version, "NoLog"));
      return;
    }
    before?.stopped.abort();
    const running: Running = { request, stopped: new AbortController() };
    this.#running.set(stationId, running);
    const stamp = new Date(this.#options.clock.now()).toISOString().replace(/[-:]|\.\d+/g, "");
    const filename = `security-${stationId.replace(/[^\w-]/g, "_").slice(0, 64)}-${stamp}.log`;
    answer({ status: before === undefined ? "Accepted" : "AcceptedCanceled", filename });
    if (before !== undefined && version !== "ocpp1.6") void this.#tell(connection, before, "AcceptedCanceled");
    await this.#tell(connection, running, "Uploading");
    const status = await this.#upload(connection, running, filename, body);
    if (running.stopped.signal.aborted) return;
    if (this.#running.get(stationId) === running) this.#running.delete(stationId);
    this.#options.counters[status === "Uploaded" ? "logUploads" : "logUploadFailures"] += 1;
    await this.#tell(connection, running, status);
  }

  async #read(stationId: string, request: LogRequest): Promise<string> {
    await this.#options.written();
    const { lines } = await readSecurityLog(this.#options.dataDir);
    const wanted = lines.filter((line) => {
      const record = parseLine(line);
      return record !== undefined && isWanted(record, stationId, request);
    });
    return wanted.map((line) => `${line}\n`).join("");
  }

  async #upload(connection: Conn, running: Running, filename: string, body: string): Promise<Status> {
    const { request, stopped } = running;
    const url = new URL(request.location);
    if (url.pathname.endsWith("/")) url.pathname += filename;
    for (let left = request.retries; ; left -= 1) {
      const answered = await this.#attempt(connection, url, body, stopped.signal);
      const outcome = typeof answered === "number" ? uploadOutcome(answered) : "again";
      if (outcome === "otherMethod") return "NotSupportedOperation";
      if (outcome !== "again") return outcome;
      const { stationId } = connection;
      const reason = String(answered);
      this.#options.logger.warn({ stationId, code: "ERR_LOG_UPLOAD", reason, left }, "log not uploaded");
      if (left === 0) return "UploadFailure";
      await this.#wait(request.retryIntervalSec * 1000, stopped.signal);
      if (stopped.signal.aborted) return "UploadFailure";
    }
  }

  /** PUT, or POST where that is not known. @returns a status, or why there is none */
  async #attempt({ rule }: Conn, url: URL, body: string, signal: AbortSignal): Promise<number | string> {
    const sent = { url, body, policy: rule.firewall.locations, ca: rule.csms?.tls?.ca, signal };
    const answered = await upload({ ...sent, method: "PUT" }).catch(codeOf);
    const isOther = typeof answered === "number" && uploadOutcome(answered) === "otherMethod";
    return isOther ? upload({ ...sent, method: "POST" }).catch(codeOf) : answered;
  }

  /** Over whatever link the station has by then. */
  async #tell(connection: Conn, { request, stopped }: Running, status: Status | "AcceptedCanceled"): Promise<void> {
    const { relay } = this.#options;
    const payload = { status, requestId: request.requestId };
    for (let time = 0; time < TELL_TIMES; time += 1) {
      const live = connection.host.connection ?? connection;
      const { kind } = await callCsms(live, "LogStatusNotification", payload, relay());
      if (kind === "result" || kind === "error") return;
      await this.#wait(TELL_AGAIN_MS, stopped.signal);
      if (stopped.signal.aborted) return;
    }
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const cancel = clock.callAt(epochMs(clock.now() + ms), resolve);
      signal.addEventListener(
        "abort",
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}

/** The gateway has clients for HTTP only; the firewall's rules hold for it as they do for the station. */
function faultOf(location: string, policy: Conn["rule"]["firewall"]["locations"]): string | undefined {
  const fault = locationFault(location, policy);
  if (fault !== undefined) return fault;
  return SCHEMES.has(new URL(location).protocol) ? undefined : "the gateway uploads over http and https only";
}

const rejected = (version: OcppVersion, reasonCode: string): Payload =>
  version === "ocpp1.6" ? { status: "Rejected" } : { status: "Rejected", statusInfo: { reasonCode } };

const codeOf = (error: unknown): string => {
  const { code, name } = error as { readonly code?: unknown; readonly name?: string };
  return typeof code === "string" ? code : (name ?? "failed");
};
