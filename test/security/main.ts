/**
 * `npm run verify:security`: each rule of the firewall and of the intrusion detection against one attack that it has to stop and one
 * look-alike that it has to let pass, in whole gateways on loopback; what other people's tools say of the listener; what the rules cost; a
 * thousand stations that come at once with certificates on both sides; what stations notice of a thousand hostile connections a second.
 * Progress on stderr, the result alone on stdout.
 */
import { parseArgs } from "node:util";
import { groupOf } from "../../src/domain/firewall/rules.ts";
import { measureAttackLoad } from "./attack-load.ts";
import { measureCpuRatio } from "./cpu-ratio.ts";
import { judgeByTools } from "./external-tools.ts";
import { LAN_VECTORS, playLan } from "./lan-vectors.ts";
import { measureStorm } from "./mtls-storm.ts";
import { type Outcome, playAll } from "./play.ts";
import { VECTORS } from "./vectors.ts";

const USAGE = `npm run verify:security -- [--only R13] [--no-cpu] [--no-tools] [--no-storm] [--no-attack] [--json]
`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    "no-cpu": { type: "boolean", default: false },
    "no-tools": { type: "boolean", default: false },
    "no-storm": { type: "boolean", default: false },
    "no-attack": { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** One part of the whole: a key of the report for each thing that was looked at. */
type Report = { readonly [key: string]: { readonly ok: boolean } };

/** Keys of the other parts, each measured unless only one rule is wanted. */
const PARTS: { readonly [key: string]: () => Promise<{ readonly ok: boolean }> } = {
  ...(!values["no-tools"] && { tools: judgeByTools }),
  ...(!values["no-storm"] && { mtls_storm: measureStorm }),
  ...(!values["no-attack"] && { authorize_p99_under_attack_vs_quiet: measureAttackLoad }),
  ...(!values["no-cpu"] && { rules_cpu_ratio: measureCpuRatio }),
};

/** R01 to R30. */
const numbers = (): readonly string[] => Array.from({ length: 30 }, (_, i) => `R${String(i + 1).padStart(2, "0")}`);

if (values.help) process.stdout.write(USAGE);
else await main();

async function main(): Promise<void> {
  const report: { [key: string]: { readonly ok: boolean } } = { ...(await rules()) };
  for (const [key, measure] of Object.entries(values.only === undefined ? PARTS : {})) {
    report[key] = await measure();
    process.stderr.write(`${report[key].ok ? " ok " : "FAIL"} ${key} ${JSON.stringify(report[key])}\n`);
  }
  const missing = values.only === undefined ? numbers().filter((number) => report[number] === undefined) : [];
  const ok = missing.length === 0 && Object.values(report).every((part) => part.ok);
  process.stdout.write(`${JSON.stringify({ ok, missing, ...report }, null, values.json ? 0 : 2)}\n`);
  process.exitCode = ok ? 0 : 1;
}

async function rules(): Promise<Report> {
  const isWanted = ({ rule }: Pick<Outcome, "rule">) => values.only === undefined || rule.startsWith(values.only);
  const outcomes = [...(await playAll(VECTORS.filter(isWanted as never)))];
  for (const vector of LAN_VECTORS.filter(isWanted)) outcomes.push(await playLan(vector));
  outcomes.sort((a, b) => a.rule.localeCompare(b.rule));
  const report: { [number: string]: { ok: boolean; vectors: object[] } } = {};
  for (const { rule, title, ok, attack, lookAlike } of outcomes) {
    process.stderr.write(`${ok ? " ok " : "FAIL"} ${rule.padEnd(16)} ${title}\n`);
    const number = groupOf(rule as never);
    report[number] ??= { ok: true, vectors: [] };
    report[number].ok &&= ok;
    report[number].vectors.push({ rule, title, ok, attack, look_alike: lookAlike });
  }
  return report;
}
