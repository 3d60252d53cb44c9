/**
 * A station and a CSMS that nobody here wrote, from the package `ocpp-rpc`, with the gateway between them and a tap on the wire
 * at either side of it.
 *
 *     RPCClient ── tap ──▶ gateway ── tap ──▶ RPCServer
 */
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import * as ocppRpc from "ocpp-rpc";
import * as assert from "uvu/assert";
import type { OcppVersion } from "../../src/index.ts";
import { openWorld, type World, type WorldOptions } from "./e2e-world.ts";
import { until } from "./until.ts";
import { type TappedConnection, WireTap } from "./wire-tap.ts";

type Call = { readonly messageId: string; readonly method: string; readonly params: unknown };

/** The part of the package that is used here. Its own declarations make every option mandatory. */
export interface RpcPeer {
  readonly protocol: string | undefined;
  /** As a WebSocket's `readyState`. */
  readonly state: number;
  connect(): Promise<unknown>;
  call(method: string, params: unknown): Promise<unknown>;
  handle(wildcard: (call: Call) => unknown): void;
  sendRaw(text: string): void;
  close(): Promise<unknown>;
  on(event: "badMessage" | "strictValidationFailure", listener: (detail: { readonly error: Error }) => void): void;
}

const Client = ocppRpc.RPCClient as unknown as new (options: object) => RpcPeer;

/** Tells a handler's caller that the answer is sent by hand. An import does not find it: it is spread into the exports. */
export const NO_REPLY: object = (createRequire(import.meta.url)("ocpp-rpc") as { NOREPLY: object }).NOREPLY;

/** One CALL of a scenario and its answer. */
export type Step = readonly [from: "station" | "csms", action: string, request: object, response: object];

export interface PairOptions {
  readonly version: OcppVersion;
  /** Both ends check every payload against their schemas, and refuse what does not fit. */
  readonly strict: boolean;
  /** Default: no firewall, for random payloads ask for things that none lets pass. */
  readonly config?: WorldOptions["config"];
}

export class RpcPair {
  readonly station: RpcPeer;
  readonly csms: RpcPeer;
  readonly world: World;
  /** What the ends complained about: schema failures and messages they could not use. */
  readonly complaints: string[] = [];
  readonly #south: WireTap;
  readonly #north: WireTap;
  readonly #server: ocppRpc.RPCServer;

  private constructor(parts: {
    station: RpcPeer;
    csms: RpcPeer;
    world: World;
    south: WireTap;
    north: WireTap;
    server: ocppRpc.RPCServer;
  }) {
    this.station = parts.station;
    this.csms = parts.csms;
    this.world = parts.world;
    this.#south = parts.south;
    this.#north = parts.north;
    this.#server = parts.server;
    for (const peer of [this.station, this.csms]) {
      peer.on("strictValidationFailure", ({ error }) => this.complaints.push(error.message));
    }
  }

  static async open({ version, strict, config }: PairOptions): Promise<RpcPair> {
    const server = new ocppRpc.RPCServer({ protocols: [version], strictMode: strict });
    const clients: RpcPeer[] = [];
    server.auth((accept) => accept());
    server.on("client", (client: RpcPeer) => clients.push(client));
    const http = await server.listen(0, "127.0.0.1");
    const north = await WireTap.open((http.address() as AddressInfo).port);
    const world = await openWorld({
      csmsUrl: `ws://127.0.0.1:${north.port}/csms`,
      config: { firewall: { enabled: false }, ...config },
    });
    const south = await WireTap.open(Number(new URL(world.gateway.urls[0] ?? "").port));
    const station = new Client({
      endpoint: `ws://127.0.0.1:${south.port}`,
      identity: "CP1",
      protocols: [version],
      strictMode: strict,
      reconnect: false,
    });
    await station.connect();
    const csms = await until("the station at the CSMS", () => clients[0]);
    return new RpcPair({ station, csms, world, south, north, server });
  }

  /** Plays the steps one after the other, and checks that each answer arrives as it was given. */
  async play(steps: readonly Step[]): Promise<void> {
    for (const [from, action, request, response] of steps) {
      const [caller, callee] = from === "station" ? [this.station, this.csms] : [this.csms, this.station];
      let seen: Call | undefined;
      callee.handle((call) => {
        seen = call;
        return Promise.resolve(response);
      });
      assert.equal(await caller.call(action, request), response, `answer to ${action} of the ${from}`);
      assert.equal([seen?.method, seen?.params], [action, request]);
    }
  }

  /** The messages on both wires, once both have as many; they must be the same, in the same order. */
  async wires(): Promise<TappedConnection> {
    const [south, north] = [this.#south.connections[0], this.#north.connections[0]];
    if (south === undefined || north === undefined) throw new Error("nothing was connected");
    const difference = () => [south.up.length - north.up.length, north.down.length - south.down.length];
    await until("both wires to carry as many messages", () => difference().every((n) => n === 0)).catch(
      () => undefined,
    );
    assert.equal(north.up, south.up, "from the station");
    assert.equal(south.down, north.down, "from the CSMS");
    return south;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.station.close();
    await this.world[Symbol.asyncDispose]();
    await this.#server.close({ force: true });
    await this.#south.close();
    await this.#north.close();
  }
}
