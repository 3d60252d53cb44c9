/** `npm run verify:model`: the model for longer than the tests have time for. Progress on stderr, the result alone on stdout. */
import { parseArgs } from "node:util";
import { brutalDays } from "./days.ts";
import { checkModel } from "./property.ts";

const USAGE = `npm run verify:model -- [--runs 20000] [--seed n] [--path p] [--no-shrink] [--json]
                                        random histories; the shortest that fails is shown, or the first that was found
npm run verify:model -- --days 3 [--stations 40] [--seed n] [--json]      days of simulated time
`;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "2000" },
    days: { type: "string" },
    stations: { type: "string", default: "40" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    path: { type: "string" },
    "no-shrink": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 100) / 10;

if (values.help) process.stdout.write(USAGE);
else if (values.days === undefined) await runHistories();
else await runDays(Number(values.days));

async function runHistories(): Promise<void> {
  let [runs, transactions, kills] = [0, 0, 0];
  let findings: string | undefined;
  try {
    await checkModel({
      runs: Number(values.runs),
      seed,
      shrinks: !values["no-shrink"],
      ...(values.path === undefined ? {} : { path: values.path }),
      onRun: (world) => {
        runs += 1;
        kills += world.kills;
        for (const { truth } of world.stations) transactions += truth.transactions.length;
        if (runs % 500 === 0) process.stderr.write(`${runs} runs, ${transactions} transactions, ${seconds()} s\n`);
      },
    });
  } catch (error) {
    findings = error instanceof Error ? error.message : String(error);
  }
  say({ runs, seed, transactions, kills, seconds: seconds(), ok: findings === undefined, findings });
}

async function runDays(days: number): Promise<void> {
  const result = await brutalDays({
    days,
    stations: Number(values.stations),
    seed,
    onHour: (hour, world) => {
      if (hour % 6 === 0)
        process.stderr.write(`hour ${hour}: ${world.node?.waiting ?? 0} messages wait, ${seconds()} s\n`);
    },
  });
  say({ ...result, seconds: seconds() });
}

interface Result {
  readonly ok: boolean;
  readonly findings: string | undefined;
}

function say<R extends Result>({ findings, ...result }: R): void {
  process.exitCode = result.ok ? 0 : 1;
  if (findings !== undefined) process.stderr.write(`${findings}\n`);
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else for (const [name, value] of Object.entries(result)) process.stdout.write(`${name.padEnd(18)} ${value}\n`);
}
