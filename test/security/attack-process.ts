/**
 * Process of its own: so many hostile connections a second, whatever becomes of them, from one address or from many. Started by
 * attack-load.ts, which says when and against what.
 */
import { connect, type Socket } from "node:net";

/** What the attackers are told to do. */
export interface AttackOrder {
  readonly plainPort: number;
  readonly tlsPort: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Addresses from 127.1.0.1 on that they come from. */
  readonly addresses: number;
}

export interface AttackReport {
  readonly started: number;
  /** Connections that could not even be begun, because the machine had no socket left for them. */
  readonly skipped: number;
  /** The rate that was kept up. */
  readonly perSecond: number;
}

/** Short, so that they come one by one and not in bursts. */
const TICK_MS = 1;
/** Sockets that are left open at once; more than the gateway's own limits allow. */
const MOST_OPEN = 4_000;
/** What says nothing or little stays for as long as the gateway bears it, others for a moment. */
const STAY_MS = 500;
const SLOW_STAY_MS = 8_000;

const upgrade = (path: string, ...headers: readonly string[]): string =>
  [
    `GET ${path} HTTP/1.1`,
    "Host: gateway",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol: ocpp1.6",
    ...headers,
    "\r\n",
  ].join("\r\n");

const password = (text: string): string => `Authorization: Basic ${Buffer.from(text).toString("base64")}`;

interface Attack {
  readonly tls?: true;
  readonly bytes: (no: number) => string | Buffer;
  readonly stayMs: number;
}

/** The first bytes of a ClientHello that promises 512 and brings a few. */
const HALF_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, ...Array<number>(40).fill(7)]);
const GARBAGE = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 73 + 41) & 0xff));

const ATTACKS: readonly Attack[] = [
  { bytes: () => "", stayMs: 0 },
  { tls: true, bytes: () => HALF_HELLO, stayMs: SLOW_STAY_MS },
  { tls: true, bytes: () => GARBAGE, stayMs: STAY_MS },
  { bytes: (no) => upgrade(`/NOBODY-${no}`), stayMs: STAY_MS },
  { bytes: (no) => upgrade("/LOCKED-1", password(`LOCKED-1:wrong-${no}`)), stayMs: STAY_MS },
  { bytes: () => upgrade("/GOOD-1").slice(0, 60), stayMs: SLOW_STAY_MS },
  { bytes: () => upgrade("/GOOD-1", `X-Long: ${"x".repeat(16_000)}`), stayMs: STAY_MS },
  { bytes: () => upgrade("/GOOD-1", "Origin: http://evil.example").replace("GET", "POST"), stayMs: STAY_MS },
];

const open = new Set<Socket>();

function begin(no: number, { plainPort, tlsPort, addresses }: AttackOrder): boolean {
  if (open.size >= MOST_OPEN) return false;
  const { tls, bytes, stayMs } = ATTACKS[no % ATTACKS.length] as Attack;
  const from = Math.floor(no / ATTACKS.length) % addresses;
  const localAddress = `127.1.${from >> 7}.${(from & 127) + 1}`;
  const socket = connect({ port: tls ? tlsPort : plainPort, host: "127.0.0.1", localAddress });
  open.add(socket);
  socket.on("error", () => undefined);
  socket.on("data", () => undefined);
  socket.once("connect", () => {
    if (stayMs === 0) socket.destroy();
    else {
      socket.write(bytes(no));
      setTimeout(() => socket.destroy(), stayMs).unref();
    }
  });
  socket.once("close", () => open.delete(socket));
  return true;
}

function attack(order: AttackOrder): Promise<AttackReport> {
  const beganAt = performance.now();
  let due = 0;
  let skipped = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const sec = Math.min((performance.now() - beganAt) / 1000, order.seconds);
      for (; due < sec * order.perSecond; due += 1) if (!begin(due, order)) skipped += 1;
      if (sec < order.seconds) return;
      clearInterval(timer);
      // Whoever is still there leaves when his time is up: thousands that end in one go are no part of the attack.
      const started = due - skipped;
      resolve({ started, skipped, perSecond: Math.round((started * 1000) / (performance.now() - beganAt)) });
    }, TICK_MS);
  });
}

process.on("message", async (order: AttackOrder) => {
  process.send?.(await attack(order));
});
// Ends with its parent.
process.on("disconnect", () => process.exit());
