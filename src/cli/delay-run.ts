/** What `twinlane delay …` does: asks the daemon, prints a table for people or one JSON object for programs. */
import type { HeldView } from "../index.ts";
import { ask, socketOf } from "./control-client.ts";
import type { DelayFlags, OverrideFlags } from "./delay.ts";
import { printJson, say } from "./output.ts";
import { age, printable, printTable } from "./text-output.ts";

const PATH = "/v1/delays";

const socket = ({ socket: given, config }: DelayFlags): string => given ?? socketOf(config);

export async function list(flags: DelayFlags): Promise<void> {
  const answer = await ask<{ readonly held: readonly HeldView[]; readonly nowMs: number }>({
    socket: socket(flags),
    method: "GET",
    path: PATH,
  });
  if (flags.json) printJson(answer);
  else if (answer.held.length === 0) say("nothing is held back");
  else {
    const rows = answer.held.map(({ stationId, action, dueAt }) => [
      printable(stationId),
      printable(action),
      age(Math.max(0, Math.ceil((dueAt - answer.nowMs) / 1000))),
    ]);
    printTable([["station", "command", "goes in"], ...rows]);
  }
}

export async function override(stationId: string, flags: OverrideFlags): Promise<void> {
  const answer = await ask<{ readonly commands: number }>({
    socket: socket(flags),
    method: "POST",
    path: `${PATH}/override`,
    body: { stationId, minutes: flags.minutes },
  });
  if (flags.json) printJson(answer);
  else if (answer.commands === 0) say("nothing was held back");
  else say(answer.commands === 1 ? "1 command goes now" : `${answer.commands} commands go now`);
}
