/** What `twinlane quarantine …` does: asks the daemon, prints a table for people or one JSON object for programs. */
import type { Confinement } from "../index.ts";
import { ask, socketOf } from "./control-client.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import type { ConfineFlags, QuarantineFlags } from "./quarantine.ts";
import { age, printable, printTable } from "./text-output.ts";

const PATH = "/v1/quarantine";

const socket = ({ socket: given, config }: QuarantineFlags): string => given ?? socketOf(config);

export async function list(flags: QuarantineFlags): Promise<void> {
  const answer = await ask<{ readonly confined: readonly Confinement[]; readonly nowMs: number }>({
    socket: socket(flags),
    method: "GET",
    path: PATH,
  });
  if (flags.json) printJson(answer);
  else if (answer.confined.length === 0) say("nobody is kept out");
  else {
    printTable([
      ["station", "address", "for", "times", "reason"],
      ...answer.confined.map(({ stationId = "*", address = "*", untilMs, times, reason }) => [
        printable(stationId),
        printable(address),
        age(Math.max(0, Math.ceil((untilMs - answer.nowMs) / 1000))),
        String(times),
        printable(reason),
      ]),
    ]);
  }
}

export async function add(flags: ConfineFlags): Promise<void> {
  const { station, address, minutes, reason } = flags;
  if (station === undefined && address === undefined) {
    say("twinlane quarantine add: name a --station, an --address, or both");
    process.exitCode = EXIT.usage;
    return;
  }
  const body = { stationId: station, address, minutes, reason };
  const answer = await ask<Confinement>({ socket: socket(flags), method: "POST", path: `${PATH}/add`, body });
  if (flags.json) printJson(answer);
  else say(`kept out until ${new Date(answer.untilMs).toISOString()}`);
}

export async function release(name: string, flags: QuarantineFlags): Promise<void> {
  const answer = await ask<{ readonly released: number }>({
    socket: socket(flags),
    method: "POST",
    path: `${PATH}/release`,
    body: { name },
  });
  if (flags.json) printJson(answer);
  else say(answer.released === 0 ? "was not kept out" : "let in again");
  if (answer.released === 0) process.exitCode = EXIT.failed;
}
