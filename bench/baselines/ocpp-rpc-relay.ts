/**
 * Baseline: a relay as the `ocpp-rpc` package suggests it: one RPCClient per RPCServer client, wildcard handlers in both
 * directions. Its defaults, non-strict, so no validation.
 */
import { argv, stdout } from "node:process";
import * as ocppRpc from "ocpp-rpc";

/** The part of the package that is used here. Its own declarations make every option mandatory and know no wildcards. */
interface Peer {
  readonly identity: string;
  readonly protocol: string | undefined;
  connect(): Promise<unknown>;
  call(method: string, params: unknown): Promise<unknown>;
  handle(wildcard: (call: { readonly method: string; readonly params: unknown }) => Promise<unknown>): void;
  close(options?: { readonly force: boolean }): Promise<unknown>;
  once(event: "close", listener: () => void): void;
}

interface ClientOptions {
  readonly endpoint: string;
  readonly identity: string;
  readonly protocols: readonly string[];
  readonly reconnect: boolean;
}

const Client = ocppRpc.RPCClient as unknown as new (options: ClientOptions) => Peer;

const upstream = argv[2] ?? "";
const protocols = ["ocpp1.6", "ocpp2.0.1"];

const server = new ocppRpc.RPCServer({ protocols });

server.auth((accept) => accept());

server.on("client", (station: Peer) => {
  const { identity, protocol } = station;
  const csms = new Client({
    endpoint: `${upstream}/ocpp`,
    identity,
    protocols: protocol === undefined ? protocols : [protocol],
    reconnect: false,
  });
  const connected = csms.connect();
  connected.catch(() => station.close({ force: true }));
  station.handle(async ({ method, params }) => {
    await connected;
    return csms.call(method, params);
  });
  csms.handle(({ method, params }) => station.call(method, params));
  station.once("close", () => csms.close());
  csms.once("close", () => station.close());
});

const http = await server.listen(0, "127.0.0.1");
const address = http.address();
if (address !== null && typeof address === "object") stdout.write(`${JSON.stringify({ port: address.port })}\n`);
