/**
 * The bench harness: asks the questions of `questions/`, each against the baselines in the same run, and prints what it
 * found. Progress goes to stderr, the result alone to stdout.
 */
import { writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { describeMachine } from "./machine.ts";
import { type BenchOptions, parseOptions, type QuestionName, USAGE } from "./options.ts";
import { headline } from "./questions/headline.ts";
import { idle } from "./questions/idle.ts";
import { isolation } from "./questions/isolation.ts";
import { latency } from "./questions/latency.ts";
import { restore } from "./questions/restore.ts";
import { saturation } from "./questions/saturation.ts";
import { spool } from "./questions/spool.ts";
import { toJson } from "./report/json.ts";
import { toMarkdown } from "./report/markdown.ts";
import { type Answers, type BenchResult, headlinesOf } from "./report/result.ts";
import { warningsOf } from "./report/warnings.ts";
import { Workshop } from "./workshop.ts";

async function runBench(options: BenchOptions): Promise<BenchResult> {
  const machine = describeMachine();
  const workshop = new Workshop(options.profileDir);
  try {
    const answers = await ask(workshop, options);
    const broker = (await workshop.broker()).name;
    const warnings = warningsOf(machine, answers);
    return { machine, options, skipped: workshop.skipped, broker, headlines: headlinesOf(answers), answers, warnings };
  } finally {
    await workshop.close();
  }
}

async function ask(workshop: Workshop, { questions, scale }: BenchOptions): Promise<Answers> {
  const asked = (name: QuestionName) => questions.includes(name);
  // First what needs fresh processes and an idle machine; the subjects of the others stay until the end.
  const restored = asked("restore") ? await restore(workshop, scale) : undefined;
  const [headlined, idled, saturated] = [
    asked("headline") ? await headline(scale) : undefined,
    asked("idle") ? await idle(workshop, scale) : undefined,
    asked("saturation") ? await saturation(workshop, scale) : undefined,
  ];
  const spooled = asked("spool") ? await spool(workshop, scale) : undefined;
  return {
    ...(restored !== undefined && { restore: restored }),
    ...(headlined !== undefined && { headline: headlined }),
    ...(idled !== undefined && { idle: idled }),
    ...(saturated !== undefined && { saturation: saturated }),
    ...(spooled !== undefined && { spool: spooled }),
    ...(asked("latency") && { latency: await latency(workshop, scale) }),
    ...(asked("isolation") && { isolation: await isolation(workshop, scale) }),
  };
}

function publish(result: BenchResult): void {
  const { options } = result;
  if (options.markdown) {
    const directory = fileURLToPath(new URL("..", import.meta.url));
    writeFileSync(`${directory}/RESULTS.md`, toMarkdown(result));
    writeFileSync(`${directory}/RESULTS.json`, `${JSON.stringify(toJson(result), undefined, 1)}\n`);
  }
  console.log(options.json ? JSON.stringify(toJson(result)) : toMarkdown(result));
}

let options: BenchOptions | undefined;
try {
  options = parseOptions(argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  process.exitCode = 64;
}
if (options !== undefined) publish(await runBench(options));
