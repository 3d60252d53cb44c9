/**
 * `npm run verify:privacy`: canaries in every leaf of every message of OCPP 1.6, 2.0.1 and 2.1, and none of them in anything that the
 * health lane, the log, the metrics or an error lets out. Progress on stderr, the result alone on stdout.
 */
import { parseArgs } from "node:util";
import { allTextLeaves, breakExtractors, verifyGateway, verifyLane } from "./verify.ts";

const USAGE = `npm run verify:privacy -- [--every N] [--json]

  --every N   only every Nth case
`;
/** Leaks that are printed. */
const SHOWN = 20;

const { values } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await main(Number(values.every));

async function main(every: number): Promise<void> {
  const isWanted = (no: number) => no % every === 0;
  const lane = await verifyLane(isWanted);
  say(lane.ok, `tap and worker: ${lane.cases} cases, ${lane.messages} messages, ${lane.observed} observations`);
  const gateway = await verifyGateway(isWanted);
  say(gateway.ok, `gateway: ${gateway.messages} messages, ${gateway.observed} observations`);
  const broken = await breakExtractors();
  const missed = Object.keys(broken).filter((mistake) => broken[mistake] === 0);
  say(missed.length === 0, `broken extractors: ${Object.keys(broken).length}, missed: ${missed.join(", ") || "none"}`);
  const leaks = [...lane.leaks, ...gateway.leaks];
  for (const leak of leaks.slice(0, SHOWN)) process.stderr.write(`leak: ${JSON.stringify(leak)}\n`);
  const isCaught = missed.length === 0;
  const report = {
    ok: lane.ok && gateway.ok && isCaught,
    leaves: allTextLeaves(),
    canaries: lane.canaries + gateway.canaries,
    leaks: leaks.length,
    broken_extractor_caught: isCaught,
    broken_extractors: Object.keys(broken).length,
    tap: { cases: lane.cases, messages: lane.messages, observed: lane.observed, looked: lane.looked },
    gateway: { messages: gateway.messages, observed: gateway.observed, looked: gateway.looked },
  };
  process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
  process.exitCode = report.ok ? 0 : 1;
}

function say(ok: boolean, what: string): void {
  process.stderr.write(`${ok ? " ok " : "FAIL"} ${what} (${(process.uptime()).toFixed(1)} s)\n`);
}
