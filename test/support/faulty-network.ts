/**
 * The network between the parts, with its faults: TCP proxies on loopback whose connections can be delayed, throttled, cut,
 * left half-open, stalled and refused while they live.
 *
 *     client ── up ──▶ [ delay · shared bandwidth · faults ] ──▶ target
 *            ◀── down ─
 *
 * A link is one listening port and its target; the bandwidth is shared by all links of a network, each direction apart.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { FaultyFlow } from "./faulty-flow.ts";
import { Shaper, type ShaperOptions } from "./shaper.ts";

export type Direction = "up" | "down";
export type Cut = "rst" | "fin";

export interface LinkFaults {
  /** One-way latency; undefined: the network's. */
  readonly delayMs?: number | undefined;
  /** Bytes of these directions vanish, FIN and RST too; the connections that lose any stay dead for good. */
  readonly halfOpen?: Direction | "both" | undefined;
  /** Nothing is lost, nothing arrives. */
  readonly stalled?: boolean | undefined;
  /** New connections are reset. */
  readonly refusing?: boolean | undefined;
}

interface Connection {
  readonly near: Socket;
  readonly far: Socket;
  readonly up: FaultyFlow;
  readonly down: FaultyFlow;
}

export interface NetworkOptions extends ShaperOptions {
  /** One-way latency of all links. */
  readonly delayMs?: number;
}

export class FaultyNetwork {
  readonly up: Shaper;
  readonly down: Shaper;
  delayMs: number;
  readonly links: FaultyLink[] = [];

  constructor(options: NetworkOptions = {}) {
    this.up = new Shaper(options);
    this.down = new Shaper(options);
    this.delayMs = options.delayMs ?? 0;
  }

  /** Opens a port whose connections go to `targetPort` of loopback. */
  async link(targetPort: number): Promise<FaultyLink> {
    const link = new FaultyLink(this, targetPort);
    this.links.push(link);
    await link.listen();
    return link;
  }

  /** Bits a second in each direction, all links together; undefined: no limit. */
  throttle(bandwidthBps: number | undefined): void {
    for (const shaper of [this.up, this.down]) shaper.throttle(bandwidthBps);
  }

  /** The same faults on every link. */
  set(faults: LinkFaults): void {
    for (const link of this.links) link.set(faults);
  }

  async close(): Promise<void> {
    await Promise.all(this.links.splice(0).map((link) => link.close()));
  }
}

export class FaultyLink {
  /** Payload bytes of connections that are over. */
  readonly #past = { up: 0, down: 0 };
  readonly #network: FaultyNetwork;
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #faults: LinkFaults = {};
  #accepted = 0;

  constructor(network: FaultyNetwork, targetPort: number) {
    this.#network = network;
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#onConnection(near));
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the link does not listen");
    return address.port;
  }

  /** Connections that are open now, dead ones included. */
  get open(): number {
    return this.#connections.size;
  }

  /** Connections so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Payload that entered in a direction and was not swallowed. */
  bytes(direction: Direction): number {
    return [...this.#connections].reduce((sum, connection) => sum + connection[direction].bytes, this.#past[direction]);
  }

  /** Bytes that vanished in open connections. */
  get swallowed(): number {
    return [...this.#connections].reduce((sum, { up, down }) => sum + up.swallowed + down.swallowed, 0);
  }

  async listen(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Replaces the link's faults. `{}` heals it; connections that lost bytes stay dead. */
  set(faults: LinkFaults): void {
    this.#faults = faults;
    for (const { up, down } of this.#connections) {
      up.wake();
      down.wake();
    }
  }

  /** Ends the open connections, all or those that `pick` chooses: with a reset, or as a peer that says goodbye. */
  cut(how: Cut, pick: (nth: number) => boolean = () => true): void {
    for (const [nth, connection] of [...this.#connections].entries()) {
      if (!pick(nth)) continue;
      for (const socket of [connection.near, connection.far]) {
        if (how === "rst") socket.resetAndDestroy();
        else socket.end();
      }
    }
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut("rst");
    if (this.#server.listening) await once(this.#server, "close");
  }

  #onConnection(near: Socket): void {
    near.on("error", () => undefined);
    if (this.#faults.refusing === true) {
      near.resetAndDestroy();
      return;
    }
    this.#accepted += 1;
    // SYN and its answer each take the delay; the client of a proxy has been told already.
    const setUpMs = 2 * this.#delayMs();
    if (setUpMs === 0) this.#join(near);
    else setTimeout(() => near.destroyed || this.#join(near), setUpMs);
  }

  #join(near: Socket): void {
    const far = connect({ port: this.#targetPort, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const up = new FaultyFlow(near, far, this.#conditions("up"));
    const down = new FaultyFlow(far, near, this.#conditions("down"));
    const connection = { near, far, up, down };
    this.#connections.add(connection);
    far.on("error", () => undefined);
    far.on("connect", () => up.wake());
    near.on("close", (hadError) => this.#closed(connection, "up", hadError));
    far.on("close", (hadError) => this.#closed(connection, "down", hadError));
  }

  /** One side is gone. The other is told, unless the network has lost the connection: then nobody is there to tell it. */
  #closed(connection: Connection, from: Direction, hadError: boolean): void {
    const { near, far, up, down } = connection;
    const [flow, other] = from === "up" ? [up, far] : [down, near];
    if (!other.destroyed && !flow.isDead && !this.#swallows(from)) {
      if (hadError) other.resetAndDestroy();
      else if (other.readyState === "open" || other.readyState === "readOnly")
        setTimeout(() => other.end(), this.#delayMs());
    }
    if (!near.destroyed || !far.destroyed) return;
    for (const direction of ["up", "down"] as const) {
      connection[direction].end();
      this.#past[direction] += connection[direction].bytes;
    }
    this.#connections.delete(connection);
  }

  #conditions(direction: Direction) {
    return {
      shaper: this.#network[direction],
      delayMs: () => this.#delayMs(),
      isStalled: () => this.#faults.stalled === true,
      isSwallowing: () => this.#swallows(direction),
    };
  }

  #delayMs(): number {
    return this.#faults.delayMs ?? this.#network.delayMs;
  }

  #swallows(direction: Direction): boolean {
    return this.#faults.halfOpen === "both" || this.#faults.halfOpen === direction;
  }
}
