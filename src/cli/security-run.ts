/** What `twinlane security …` does. It reads files, and does not need the daemon. */
import { hostname } from "node:os";
import { readSecurityLog } from "../actors/security-log.ts";
import { syslogMessage, verifyChain } from "../tools.ts";
import { dataDirOf } from "./control-client.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import type { ExportFlags, SecurityFlags } from "./security.ts";

export async function verify(flags: SecurityFlags): Promise<void> {
  const { lines, key } = await readSecurityLog(placeOf(flags));
  if (lines.length === 0) {
    if (flags.json) printJson({ ok: true, records: 0 });
    else say("the security log is empty");
    return;
  }
  const verified = verifyChain(lines, key);
  if (!verified.ok) {
    process.exitCode = EXIT.failed;
    if (flags.json) printJson({ ok: false, ...verified.error });
    else say(`line ${verified.error.line}: ${TEXTS[verified.error.fault]}`);
    return;
  }
  const { records, end } = verified.value;
  if (flags.json) printJson({ ok: true, records: records.length, first: records[0]?.seq, last: end.seq, mac: end.mac });
  else
    say(
      `${records.length} records, ${records[0]?.seq} to ${end.seq}, unchanged; the last one's digest is ${end.mac.slice(0, 16)}…`,
    );
}

const TEXTS = {
  "not-a-record": "is no record of the log",
  "wrong-mac": "was changed, or written with another key",
  gap: "a line before it is missing, or this one was moved",
} as const;

export async function exportLog(flags: ExportFlags): Promise<void> {
  const { lines } = await readSecurityLog(placeOf(flags));
  const origin = { host: hostname(), enterpriseId: flags.enterpriseId };
  for (const line of lines) {
    if (flags.format === "json") process.stdout.write(`${line}\n`);
    else process.stdout.write(`${syslogMessage(JSON.parse(line), origin)}\n`);
  }
}

const placeOf = ({ config, dataDir }: SecurityFlags): string => dataDir ?? dataDirOf(config);
