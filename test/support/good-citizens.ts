/** Well-behaved stations that use a gateway while a test torments it: what they notice of it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { SLOWNESS } from "./gateway-process.ts";

export interface CitizensReport {
  /** Calls answered since the last report. */
  readonly count: number;
  /** Milliseconds from call to answer. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Calls that failed, and stations that lost their connection, since the beginning. */
  readonly failures: number;
  readonly disconnects: number;
}

/** A collection of garbage, or one slice in which a processor belonged to somebody else: what a quiet gateway has now and then, too. */
const HICCUP_MS = 10;
const SMALL_MS = 1;

/**
 * What of a latency has changed, in words; undefined: nothing that can be told apart from the machine. Compared with the quiet
 * gateway, and with what the stations of a gateway beside it noticed in the same seconds.
 *
 * @param beside see `startNeighbour`
 */
export function changedLatency(
  here: CitizensReport,
  quiet: CitizensReport,
  beside: CitizensReport,
): string | undefined {
  const isWorse = (of: "p50" | "p99", allowance: number) =>
    here[of] > (2 * Math.max(quiet[of], beside[of]) + allowance) * SLOWNESS;
  if (!isWorse("p50", SMALL_MS) && !isWorse("p99", HICCUP_MS)) return undefined;
  const words = ({ p50, p99 }: CitizensReport) => `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`;
  return `${words(here)}; quiet ${words(quiet)}; beside it ${words(beside)}`;
}

export interface GoodCitizens {
  /** Of the CSMS of stations `GOOD-*`. */
  readonly csmsUrl: string;
  connect(gatewayUrl: string): Promise<void>;
  report(): Promise<CitizensReport>;
  stop(): Promise<void>;
}

/** @param actions what the stations ask, in turns */
export async function startGoodCitizens(actions = ["Authorize", "Heartbeat"]): Promise<GoodCitizens> {
  const script = fileURLToPath(new URL("./good-citizens-process.ts", import.meta.url));
  const child = fork(script, actions, {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const ended = exited.then(() => Promise.reject(new Error("the good citizens have ended")));
  ended.catch(() => undefined);
  const answer = async (): Promise<unknown> => {
    const [message] = await Promise.race([once(child, "message"), ended]);
    return message;
  };
  const { csmsUrl } = (await answer()) as { readonly csmsUrl: string };
  return {
    csmsUrl,
    connect: async (url) => {
      child.send({ connect: url });
      await answer();
    },
    report: async () => {
      child.send({ report: true });
      return (await answer()) as CitizensReport;
    },
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}
