/**
 * An embedded MQTT broker for demonstrations and tests: aedes, MQTT 3.1.1 only, memory only, loopback by default.
 * aedes is an optional dependency and loaded when a broker is started, so that a gateway need not carry it.
 */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { GatewayError } from "../domain/error.ts";
import { healthText } from "./health-payload.ts";

export interface BrokerMessage {
  readonly topic: string;
  /** As text, inflated where it came deflated. */
  readonly payload: string;
  /** On the wire. */
  readonly bytes: number;
  readonly retain: boolean;
  readonly qos: number;
}

export interface BrokerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default any free port. */
  readonly port?: number;
  /** Hears every message a client publishes, wills included. */
  readonly onMessage?: (message: BrokerMessage) => void;
}

export interface Broker {
  /** mqtt:// URL. */
  readonly url: string;
  /** Connected clients now. */
  clients(): number;
  /** Cuts every client's connection. */
  dropClients(): void;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** Listens. Rejects with `ERR_OPTIONAL_PACKAGE_MISSING` or `ERR_LISTEN`. */
export async function startBroker({ host = "127.0.0.1", port = 0, onMessage }: BrokerOptions = {}): Promise<Broker> {
  const { Aedes } = await loadAedes();
  const aedes = await Aedes.createBroker();
  // $SYS topics come from the broker itself and have no client.
  aedes.on("publish", ({ topic, payload, retain, qos }, client) => {
    if (client === null && topic.startsWith("$SYS/")) return;
    const bytes = Buffer.from(payload);
    onMessage?.({ topic, payload: healthText(bytes), bytes: bytes.length, retain, qos });
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      // Its timers would keep the process.
      aedes.close();
      reject(new GatewayError("ERR_LISTEN", `cannot listen on ${host}:${port}`, {}, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const dropClients = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    dropClients();
    await closed;
  };
  let stopped: Promise<void> | undefined;
  return {
    url: `mqtt://${host}:${(server.address() as AddressInfo).port}`,
    clients: () => aedes.connectedClients,
    dropClients,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function loadAedes(): Promise<typeof import("aedes")> {
  try {
    return await import("aedes");
  } catch (cause) {
    throw new GatewayError(
      "ERR_OPTIONAL_PACKAGE_MISSING",
      "the embedded broker needs the package aedes: npm install aedes@1.2.0",
      {},
      { cause },
    );
  }
}
