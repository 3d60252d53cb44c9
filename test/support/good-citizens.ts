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

/**
 * The 99th percentile up to which nobody calls the latency changed: three times the quiet one, or 40 ms more; on a machine that is
 * busy with other things, twice what the stations of a gateway beside it notice in the same seconds, and 40 ms more.
 *
 * @param beside see `startNeighbour`
 */
export const tolerableP99 = (quiet: CitizensReport, beside: CitizensReport): number =>
  Math.max(3 * quiet.p99, quiet.p99 + 40, 2 * beside.p99 + 40) * SLOWNESS;

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
