/** A station's connection made by somebody else's client: the package `ocpp-rpc`, not strict. It chooses its message ids itself. */
import { setTimeout as pause } from "node:timers/promises";
import * as ocppRpc from "ocpp-rpc";
import type { Payload } from "./ledger-books.ts";
import { type DialOptions, HANDSHAKE_MS, type Outcome, type StationWire } from "./ledger-wire.ts";

/** The part of the package that is used here; its own declarations make every option mandatory. */
interface RpcClient {
  connect(): Promise<unknown>;
  call(method: string, params: unknown): Promise<unknown>;
  handle(wildcard: (call: { readonly method: string; readonly params: unknown }) => unknown): void;
  close(options: { readonly force: boolean }): Promise<unknown>;
  on(
    event: string,
    listener: (detail: { readonly outbound?: boolean; readonly payload?: readonly unknown[] }) => void,
  ): void;
}

const Client = ocppRpc.RPCClient as unknown as new (options: object) => RpcClient;

export async function dialRpcWire(options: DialOptions): Promise<StationWire> {
  const { url, identity, version, callTimeoutMs, pingMs, onCall } = options;
  const client = new Client({
    endpoint: url,
    identity,
    protocols: [version],
    strictMode: false,
    reconnect: false,
    callTimeoutMs,
    pingIntervalMs: pingMs,
  });
  const closed = new Promise<void>((resolve) => client.on("close", () => resolve()));
  let onSent: ((id: string) => void) | undefined;
  client.on("call", ({ outbound, payload }) => {
    if (outbound === true) onSent?.(String(payload?.[1]));
  });
  client.handle(({ method, params }) => {
    const answer = onCall(method, params as Payload);
    if (answer === undefined) throw ocppRpc.createRPCError("NotImplemented", "");
    return answer;
  });
  await connected(client, options.handshakeMs ?? HANDSHAKE_MS);
  let tail: Promise<unknown> = Promise.resolve();
  return {
    closed,
    call: (action, payload, callOptions = {}) => {
      const outcome = tail.then(() => {
        onSent = callOptions.onSent;
        return exchange(client, action, payload);
      });
      tail = outcome;
      return outcome;
    },
    cut: () => void client.close({ force: true }),
  };
}

/** The package waits for ever for a handshake that nobody answers, as over a half-open line. */
async function connected(client: RpcClient, withinMs: number): Promise<void> {
  const late = new AbortController();
  const timeout = pause(withinMs, "late" as const, { signal: late.signal }).catch(() => "late" as const);
  const outcome = await Promise.race([client.connect(), timeout]).finally(() => late.abort());
  if (outcome !== "late") return;
  void client.close({ force: true }).catch(() => undefined);
  throw new Error("no answer to the handshake");
}

async function exchange(client: RpcClient, action: string, payload: Payload): Promise<Outcome> {
  try {
    return { kind: "result", payload: (await client.call(action, payload)) as Payload };
  } catch (error) {
    const { message, rpcErrorCode } = error as { readonly message: string; readonly rpcErrorCode?: string };
    if (message === "Call timeout") return { kind: "timeout" };
    return rpcErrorCode === undefined ? { kind: "closed" } : { kind: "error", code: rpcErrorCode };
  }
}
