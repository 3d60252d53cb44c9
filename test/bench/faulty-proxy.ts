/** A WebSocket proxy with faults that a test chooses: the harness must report each of them. */
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { FrameReader, OPCODE, plainFrame } from "../../bench/load/framing.ts";

/** What becomes of the CSMS's nth answer (from 1, over all connections): its text, another text, or undefined: lost. */
export type AnswerFault = (text: string, n: number) => string | undefined;

export interface FaultyProxy {
  readonly url: string;
  /** From now on nothing passes for this long; then everything that came does, in order. */
  stall(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface FaultyProxyOptions {
  readonly upstreamPort: number;
  readonly delayMs?: number;
  readonly fault?: AnswerFault;
}

export async function startFaultyProxy({ upstreamPort, delayMs = 0, fault }: FaultyProxyOptions): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  let held: (() => void)[] | undefined;
  let answers = 0;
  const pass = (action: () => void) => {
    if (held !== undefined) held.push(action);
    else if (delayMs > 0) setTimeout(action, delayMs);
    else action();
  };
  const server = createServer({ noDelay: true }, (station) => {
    const csms = connect({ host: "127.0.0.1", port: upstreamPort, noDelay: true });
    for (const socket of [station, csms]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    }
    station.on("close", () => csms.destroy());
    csms.on("close", () => station.destroy());
    station.on("data", (chunk: Buffer) => pass(() => csms.write(chunk)));
    const answer = (text: string) => {
      answers += 1;
      const changed = fault === undefined ? text : fault(text, answers);
      if (changed !== undefined) station.write(plainFrame(OPCODE.text, Buffer.from(changed)));
    };
    const reader = new FrameReader((opcode, data, start, end) => {
      const payload = Buffer.from(data.subarray(start, end));
      if (opcode === OPCODE.text) pass(() => answer(payload.toString()));
      else station.write(plainFrame(opcode, payload));
    });
    let isUpgraded = false;
    csms.on("data", (chunk: Buffer) => {
      if (isUpgraded) reader.push(chunk);
      else station.write(chunk);
      isUpgraded = true;
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  return {
    url: `ws://127.0.0.1:${port}/ocpp`,
    stall: async (ms) => {
      held = [];
      await sleep(ms);
      const released = held;
      held = undefined;
      for (const action of released) action();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
