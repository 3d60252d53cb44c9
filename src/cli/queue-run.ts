/** What `twinlane queue …` does: asks the daemon, prints a table for people or one JSON object for programs. */
import type { QueuedMessage, QueueOutcome, QueueSummary } from "../index.ts";
import { ask, socketOf } from "./control-client.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import type { DropFlags, QueueFlags, RetryFlags, ShowFlags } from "./queue.ts";
import { age, printable, printTable } from "./text-output.ts";

const socket = ({ socket: given, config }: QueueFlags): string => given ?? socketOf(config);
const placeOf = (station: string): string => `/v1/queue/${encodeURIComponent(station)}`;

export async function list(flags: QueueFlags): Promise<void> {
  const answer = await ask<{ readonly stations: readonly QueueSummary[] }>({
    socket: socket(flags),
    method: "GET",
    path: "/v1/queue",
  });
  if (flags.json) printJson(answer);
  else if (answer.stations.length === 0) say("nothing waits");
  else {
    printTable([
      ["station", "version", "waiting", "oldest", "bytes", "retrying", "dead"],
      ...answer.stations.map(({ stationId, version, waiting, oldestSec, bytes, retrying, dead }) => [
        printable(stationId),
        version,
        String(waiting),
        oldestSec === undefined ? "-" : age(oldestSec),
        String(bytes),
        String(retrying),
        String(dead),
      ]),
    ]);
  }
}

export async function show(station: string, flags: ShowFlags): Promise<void> {
  const query = new URLSearchParams({ limit: String(flags.limit) });
  for (const name of ["dead", "payload", "unmask"] as const) if (flags[name]) query.set(name, "1");
  // Cards without payloads would show nothing.
  if (flags.unmask) query.set("payload", "1");
  const answer = await ask<{ readonly messages: readonly QueuedMessage[] }>({
    socket: socket(flags),
    method: "GET",
    path: `${placeOf(station)}?${query}`,
  });
  if (flags.json) printJson(answer);
  else if (answer.messages.length === 0) say(flags.dead ? "no dead letters" : "nothing waits");
  else printMessages(answer.messages);
}

export async function retry(station: string, seq: number | undefined, flags: RetryFlags): Promise<void> {
  if ((seq === undefined) === (flags.all !== true)) {
    say("twinlane queue retry: name one letter by its number, or --all");
    process.exitCode = EXIT.usage;
    return;
  }
  const choice = flags.all ? { all: true } : { seq, version: flags.ocpp };
  report(
    await act(station, "retry", choice, flags),
    flags,
    (n) => `${n} ${n === 1 ? "message goes" : "messages go"} again`,
  );
}

export async function drop(station: string, seq: number, flags: DropFlags): Promise<void> {
  if (!flags.yes || !flags.reason) {
    say("twinlane queue drop: what is dropped is lost for good; give --yes and --reason");
    process.exitCode = EXIT.usage;
    return;
  }
  const choice = { seq, reason: flags.reason, version: flags.ocpp };
  report(await act(station, "drop", choice, flags), flags, () => `letter ${seq} dropped`);
}

const act = (station: string, verb: "retry" | "drop", body: object, flags: QueueFlags): Promise<QueueOutcome> =>
  ask({ socket: socket(flags), method: "POST", path: `${placeOf(station)}/${verb}`, body });

function report(outcome: QueueOutcome, { json }: QueueFlags, done: (messages: number) => string): void {
  if (json) printJson({ ok: outcome.kind === "done", ...outcome });
  else if (outcome.kind === "done") say(done(outcome.messages));
  else
    say(
      outcome.kind === "unknown"
        ? "no such dead letter"
        : "two protocol versions have this number; name one with --ocpp",
    );
  if (outcome.kind !== "done") process.exitCode = EXIT.failed;
}

function printMessages(messages: readonly QueuedMessage[]): void {
  const rows = messages.map(({ seq, action, role, transaction, ageSec, attempts, reason }) => [
    String(seq),
    printable(action),
    role,
    printable(transaction ?? "-"),
    age(ageSec),
    String(attempts),
    reason ?? "-",
  ]);
  printTable([["seq", "action", "role", "transaction", "age", "attempts", "reason"], ...rows]);
  for (const { seq, payload } of messages) if (payload) process.stdout.write(`${seq} ${JSON.stringify(payload)}\n`);
}
