/**
 * `npm run verify:privacy`: canaries in every leaf of every message of OCPP 1.6, 2.0.1 and 2.1, and none of them in anything that the
 * health lane, the log, the metrics or an error lets out. Progress on stderr, the result alone on stdout.
 */
import { parseArgs } from "node:util";
import { PRIVACY_PROFILES } from "../../src/domain/privacy/profiles.ts";
import { allTextLeaves, breakExtractors, verifyGateway, verifyLane } from "./verify.ts";

const USAGE = `npm run verify:privacy -- [--every N] [--json]

  --every N   only every Nth case
`;
/** One in so many messages goes through a gateway of each other profile. */
const SAMPLE = 4;
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
  const gateways = [];
  for (const [i, profile] of PRIVACY_PROFILES.entries()) {
    // All under the first; what a profile changes lies behind the tap, which the worker's runs go through in full.
    const gateway = await verifyGateway(profile, i === 0 ? isWanted : (no) => isWanted(no) && no % SAMPLE === i);
    gateways.push({ profile, ...gateway });
    say(gateway.ok, `gateway, ${profile}: ${gateway.messages} messages, ${gateway.observed} observations`);
  }
  const broken = await breakExtractors();
  const missed = Object.keys(broken).filter((mistake) => broken[mistake] === 0);
  say(missed.length === 0, `broken extractors: ${Object.keys(broken).length}, missed: ${missed.join(", ") || "none"}`);
  const leaks = [...lane.leaks, ...gateways.flatMap((gateway) => gateway.leaks)];
  for (const leak of leaks.slice(0, SHOWN)) process.stderr.write(`leak: ${JSON.stringify(leak)}\n`);
  const isCaught = missed.length === 0;
  const report = {
    ok: lane.ok && gateways.every(({ ok }) => ok) && isCaught,
    leaves: allTextLeaves(),
    canaries: gateways.reduce((sum, { canaries }) => sum + canaries, lane.canaries),
    profiles: PRIVACY_PROFILES,
    leaks: leaks.length,
    broken_extractor_caught: isCaught,
    broken_extractors: Object.keys(broken).length,
    tap: { cases: lane.cases, messages: lane.messages, observed: lane.observed, looked: lane.looked },
    gateway: Object.fromEntries(
      gateways.map(({ profile, messages, observed, looked }) => [profile, { messages, observed, looked }]),
    ),
  };
  process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
  process.exitCode = report.ok ? 0 : 1;
}

function say(ok: boolean, what: string): void {
  process.stderr.write(`${ok ? " ok " : "FAIL"} ${what} (${(process.uptime()).toFixed(1)} s)\n`);
}
