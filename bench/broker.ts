/**
 * The MQTT broker of the health lane: Debian's mosquitto, or a minimal sink of our own where it is not installed. A child
 * process in both cases, so that SIGSTOP makes it what a stuck broker is: TCP open, nothing read, nothing answered.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild, untilListening } from "./child.ts";
import { findCommand } from "./find-command.ts";
import { freePort } from "./free-port.ts";

export interface Broker {
  readonly name: "mosquitto" | "mqtt-sink";
  readonly port: number;
  /** It keeps its connections and does nothing any more. */
  freeze(): void;
  thaw(): void;
  /** It is gone, its port closed. */
  down(): Promise<void>;
  /** It is back on the same port. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

export async function startBroker(workDir: string): Promise<Broker> {
  const port = await freePort();
  const mosquitto = findCommand("mosquitto");
  const logFile = join(workDir, "broker.log");
  const start = async (): Promise<Child> => {
    const child = await startChild({ ...brokerCommand(mosquitto, workDir, port), logFile });
    await untilListening(child, port);
    return child;
  };
  let child = await start();
  return {
    name: mosquitto === undefined ? "mqtt-sink" : "mosquitto",
    port,
    freeze: () => child.process.kill("SIGSTOP"),
    thaw: () => child.process.kill("SIGCONT"),
    down: () => child.stop(),
    up: async () => {
      child = await start();
    },
    stop: () => child.stop(),
  };
}

function brokerCommand(mosquitto: string | undefined, workDir: string, port: number) {
  if (mosquitto === undefined) {
    const sink = fileURLToPath(new URL("mqtt-sink.js", import.meta.url));
    return { command: process.execPath, args: [sink, String(port)] };
  }
  const config = join(workDir, "mosquitto.conf");
  // Without tcp_nodelay its acknowledgements wait for the kernel; the default queue limit loses messages.
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 0\nuser ${userName()}\n`,
  );
  return { command: mosquitto, args: ["-c", config] };
}

/** mosquitto started by root changes to a user that may not read the work directory, unless it is told to stay. */
const userName = (): string => (process.getuid?.() === 0 ? "root" : "mosquitto");
