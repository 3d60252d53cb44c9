/**
 * The proof of the value lane: the real gateway under load, killed and cut at random, and the books compared at the end. Progress
 * goes to stderr; with `--json` the result is one object on stdout. Exit code 0 when nothing was lost, doubled, reordered or changed.
 */
import { argv } from "node:process";
import { chaos } from "./chaos.ts";
import { everyWrite } from "./every-write.ts";
import { hasStrace } from "./gateway.ts";
import { parseOptions, USAGE, type VerifyOptions } from "./options.ts";
import { outage } from "./outage.ts";
import { ledgerKeys, someFindings } from "./report.ts";

/** Of the messages made while the CSMS was away; the last ones are under way when it comes back. */
const SERVED_SHARE = 0.95;
const startedAt = performance.now();
const say = (text: string) =>
  void process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0)} s  ${text}\n`);

async function run(options: VerifyOptions) {
  if (options.outageSec !== undefined) {
    const { comparison, authorizeMs, rssMb, complaints, ...result } = await outage(options, say);
    const { quiet, drain } = authorizeMs;
    const figures = {
      outage_sec: result.outageSec,
      stations: options.stations,
      made_away: result.madeAway,
      answered_away: result.answeredAway,
      stations_connected_away: result.stationsConnectedAway,
      drained: result.drained,
      drain_sec: result.drainSec,
      drain_per_s: result.drainPerSec,
      authorize_ms: authorizeMs,
      authorize_p99_ratio: Math.round((100 * drain.p99) / quiet.p99) / 100,
      rss_mb: rssMb,
      // Goals of a machine that has nothing else to do: reported, and no part of `ok`.
      goals: {
        drain_over_2000_per_s: result.drainPerSec > 2000,
        authorize_under_1_5_of_quiet: drain.p99 < 1.5 * quiet.p99,
        memory_flat: rssMb.end < 1.1 * rssMb.middle,
      },
    };
    // Stations that nobody answers have not been served, even if nothing of theirs is lost.
    const served = result.answeredAway >= SERVED_SHARE * result.madeAway;
    return { kind: "outage", comparison, figures: { ...figures, served }, complaints, isFit: served };
  }
  if (options.writes > 0) {
    if (!hasStrace()) throw new Error("--writes needs strace (Debian package strace)");
    const { comparison, complaints, ...counts } = await everyWrite(options, say);
    return { kind: "writes", comparison, figures: { ...counts, faults: 0 }, complaints, isFit: true };
  }
  const { comparison, complaints, recoveryMs, happened, crashes, ...counts } = await chaos(options, say);
  const figures = { ...counts, crashes, recovery_ms: recoveryMs, happened };
  return { kind: "chaos", comparison, figures, complaints, isFit: crashes === 0 };
}

async function verify(options: VerifyOptions): Promise<boolean> {
  say(`seed ${options.seed}`);
  const { kind, comparison, figures, complaints, isFit } = await run(options);
  const ok = comparison.ok && isFit && comparison.transactions > 0;
  const findings = someFindings(comparison.findings, options.show);
  for (const { damage, text } of findings) say(`${damage}: ${text}`);
  if (comparison.findings.length > findings.length) say(`… ${comparison.findings.length} findings in all`);
  if (!ok) for (const line of complaints.slice(-5)) say(`gateway: ${line}`);
  const result = {
    ...figures,
    ...ledgerKeys(comparison),
    ok,
    run: kind,
    seed: options.seed,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    findings: findings.map(({ damage, text }) => `${damage}: ${text}`),
  };
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, undefined, 2)}\n`);
  return ok;
}

let options: VerifyOptions | undefined;
try {
  options = parseOptions(argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  process.exitCode = 64;
}
if (options !== undefined) {
  process.exitCode = (await verify(options)) ? 0 : 1;
  // Not left to the loop: with sockets cut in every way there are, Node's own clean-up of the process sometimes never ends.
  process.exit();
}
