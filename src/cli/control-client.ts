/** Asks the running daemon over its control socket. */
import { request } from "node:http";
import { join } from "node:path";
import { inspectConfig } from "../config/load.ts";
import { GatewayError, type GatewayErrorCode } from "../index.ts";

/** Where a daemon's control socket is. */
export const controlPath = (dataDir: string): string => join(dataDir, "control.sock");

const ANSWER_MS = 15_000;

export interface Question {
  readonly socket: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

/**
 * @returns the answer's JSON
 * @throws GatewayError `ERR_UPLINK` when no daemon answers; with the daemon's own code when it says no
 */
export function ask<T>({ socket, method, path, body }: Question): Promise<T> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: socket, method, path, timeout: ANSWER_MS, agent: false }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      incoming.on("end", () => {
        try {
          const answer = JSON.parse(text) as T & { readonly code?: GatewayErrorCode; readonly message?: string };
          if (incoming.statusCode === 200) resolve(answer);
          else reject(new GatewayError(answer.code ?? "ERR_CALL_REFUSED", answer.message ?? "refused"));
        } catch (cause) {
          reject(unreachable(socket, cause));
        }
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer")));
    outgoing.on("error", (cause) => reject(unreachable(socket, cause)));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Of the daemon that runs with this configuration. @throws GatewayError `ERR_CONFIG_INVALID`, `ERR_CONFIG_UNREADABLE` */
export const socketOf = (configFile: string): string => controlPath(dataDirOf(configFile));

/** @throws GatewayError when the configuration is not valid */
export function dataDirOf(configFile: string): string {
  // The secrets are the daemon's business.
  const { config, issues } = inspectConfig(configFile, { readSources: false });
  if (config !== undefined) return config.dataDir;
  const issue = issues.find(({ severity }) => severity === "error");
  const text = `${configFile}: ${issue?.message ?? "not valid"}`;
  throw new GatewayError(issue?.code ?? "ERR_CONFIG_INVALID", text);
}

function unreachable(socket: string, cause: unknown): GatewayError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new GatewayError("ERR_UPLINK", `no gateway answers at ${socket} (${reason})`, {}, { cause });
}
