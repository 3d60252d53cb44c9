/**
 * What tools of other people say of the listener: sslscan, testssl.sh, slowhttptest and openssl against a gateway as it ships. A tool that
 * is not installed is skipped by name; in CI a missing one is a failure.
 *
 * @see OCPP 2.0.1 Part 2 A00.FR.313–FR.321
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeCa, type TestCa } from "../support/certs.ts";
import { openWorld } from "../support/e2e-world.ts";
import { tempDir } from "../support/temp-dir.ts";

interface Verdict {
  readonly ok: boolean;
  readonly verdict: string;
}

interface Ports {
  readonly ecdsa: number;
  readonly rsa: number;
  readonly plain: number;
  readonly ca: TestCa;
}

type Judge = (ports: Ports) => Promise<Verdict>;

const TOOLS: { readonly [tool: string]: Judge } = { sslscan, testssl, slowhttptest, openssl };

const TLS_13 = ["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"];
/** Exactly these, in the order in which they are preferred. */
const SUITES = {
  ecdsa: [...TLS_13, "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"],
  // The last two have no forward secrecy; OCPP 2.0.1 names them for stations that know no others (A00.FR.318).
  rsa: [
    ...TLS_13,
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
  ],
} as const;
const PROTOCOLS = ["1.2", "1.3"];

export async function judgeByTools(): Promise<{ readonly ok: boolean; readonly [tool: string]: Verdict | boolean }> {
  const ca = makeCa();
  const listener = (rsa: boolean) => {
    const { cert, key } = ca.issue({ cn: "localhost", for: "server", rsa });
    return { host: "127.0.0.1", port: 0, tls: { cert, key } };
  };
  const listen = [listener(false), listener(true), { host: "127.0.0.1", port: 0 }];
  await using world = await openWorld({ config: { listen } });
  const [ecdsa = 0, rsa = 0, plain = 0] = world.gateway.urls.map((url) => Number(new URL(url).port));
  const verdicts: { [tool: string]: Verdict } = {};
  for (const [tool, judge] of Object.entries(TOOLS)) verdicts[tool] = await judge({ ecdsa, rsa, plain, ca });
  return { ok: Object.values(verdicts).every((verdict) => verdict.ok), ...verdicts };
}

/** The suites and protocols of both kinds of certificate, nothing more, nothing less. */
async function sslscan({ ecdsa, rsa }: Ports): Promise<Verdict> {
  for (const [kind, port] of [
    ["ecdsa", ecdsa],
    ["rsa", rsa],
  ] as const) {
    const { output, isMissing } = await run("sslscan", ["--no-colour", "--xml=-", `127.0.0.1:${port}`]);
    if (isMissing) return skipped("sslscan");
    const suites = Array.from(output.matchAll(/<cipher [^>]*cipher="([^"]+)"/g), ([, suite]) => suite);
    const protocols = Array.from(output.matchAll(/version="([\d.]+)" enabled="1"/g), ([, version]) => version);
    if (suites.join() !== SUITES[kind].join()) return refused(`${kind}: suites ${suites.join(", ")}`);
    if (protocols.join() !== PROTOCOLS.join()) return refused(`${kind}: TLS ${protocols.join(", ")}`);
    if (/vulnerable="1"|renegotiation supported="1"/.test(output))
      return refused(`${kind}: Heartbleed or renegotiation`);
  }
  return { ok: true, verdict: "TLS 1.2 and 1.3 with the suites of the configuration, for both kinds of keys" };
}

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** What is no finding of weight: something is as it should be, or only told. */
const HARMLESS: ReadonlySet<string> = new Set(["OK", "INFO", "WARN"]);

/** Protocols, suites, forward secrecy, and the attacks that have names. */
async function testssl({ rsa }: Ports): Promise<Verdict> {
  const file = join(mkdtempSync(join(tempDir(), "testssl-")), "findings.json");
  const looks = ["-p", "-s", "-f", "--vulnerable"];
  const quiet = ["--quiet", "--color", "0", "--nodns", "min", "--warnings", "off", "--jsonfile", file];
  const { output, isMissing } = await run("testssl", [...quiet, ...looks, `127.0.0.1:${rsa}`]);
  if (isMissing) return skipped("testssl.sh");
  const findings = readFindings(file);
  if (findings === undefined) return refused(`no findings were written: ${output.slice(-200)}`);
  const grave = findings.filter(({ severity }) => !HARMLESS.has(severity));
  if (grave.length > 0)
    return refused(grave.map(({ id, severity, finding }) => `${id} ${severity}: ${finding}`).join("; "));
  return { ok: true, verdict: `${findings.length} findings, none above INFO` };
}

function readFindings(file: string): readonly Finding[] | undefined {
  try {
    const findings = JSON.parse(readFileSync(file, "utf8")) as readonly Finding[];
    // A scan that got nowhere writes a list, too.
    return findings.some(({ id }) => id === "TLS1_3") && findings.some(({ id }) => id === "ROBOT")
      ? findings
      : undefined;
  } catch {
    return undefined;
  }
}

/** Two hundred requests whose headers never end, on the port without TLS and on the one with it. */
async function slowhttptest({ plain, ecdsa }: Ports): Promise<Verdict> {
  const attack = ["-H", "-c", "200", "-r", "100", "-i", "2", "-p", "2", "-l", "20"];
  for (const url of [`http://127.0.0.1:${plain}/CP1`, `https://127.0.0.1:${ecdsa}/CP1`]) {
    const { output, isMissing } = await run("slowhttptest", [...attack, "-u", url]);
    if (isMissing) return skipped("slowhttptest");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the tool colours what it says
    const text = output.replace(/\x1b\[[\d;]*[A-Za-z]/g, "");
    const words = Array.from(text.matchAll(/service available:\s+(\w+)/g), ([, word]) => word);
    if (words.length === 0) return refused(`${url}: ${text.slice(-200)}`);
    if (words.includes("NO")) return refused(`${url}: not available`);
    if (!text.includes("No open connections left")) return refused(`${url}: slow requests are not ended`);
  }
  return { ok: true, verdict: "available all the time, every slow request ended" };
}

/** The chain as openssl verifies it, and what it must not be able to agree upon. */
async function openssl({ ecdsa, rsa, ca }: Ports): Promise<Verdict> {
  for (const port of [ecdsa, rsa]) {
    const client = (...more: readonly string[]) =>
      run("openssl", [
        "s_client",
        "-connect",
        `127.0.0.1:${port}`,
        "-CAfile",
        ca.certFile,
        "-verify_return_error",
        ...more,
      ]);
    const good = await client("-verify_ip", "127.0.0.1");
    if (good.isMissing) return skipped("openssl");
    if (!good.output.includes("Verification: OK")) return refused(`port ${port}: ${good.output.slice(-200)}`);
    const named = await client("-verify_hostname", "csms.example.com");
    if (named.output.includes("Verification: OK")) return refused("verified under a name that it does not have");
    for (const old of [["-tls1_1"], ["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"]]) {
      const { output } = await client(...old);
      if (!/Cipher is \(NONE\)/.test(output)) return refused(`port ${port} agrees upon ${old.join(" ")}`);
    }
  }
  return { ok: true, verdict: "chains verify; TLS 1.1 and CBC suites are refused" };
}

const refused = (verdict: string): Verdict => ({ ok: false, verdict });

const skipped = (tool: string): Verdict => ({
  ok: process.env["CI"] !== "true",
  verdict: `skipped: ${tool} is not installed`,
});

const TIMEOUT_MS = 150_000;
const OUTPUT_BYTES = 1 << 26;

interface Ran {
  readonly output: string;
  readonly isMissing: boolean;
}

/** Exit codes say little with these tools, so what they print is judged. */
function run(command: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}`, isMissing: error?.code === "ENOENT" });
    });
    child.stdin?.end();
  });
}
