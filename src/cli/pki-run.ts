/** What `twinlane pki …` does: files for machines, and for a person what to do with them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Issued, SiteCa } from "../actors/pki/site-ca.ts";
import { GatewayError } from "../index.ts";
import { printJson, say } from "./output.ts";
import type { IssueFlags, PkiFlags, SubjectFlags } from "./pki.ts";

const DAY_MS = 86_400_000;
/** Days left at which a list says so. */
const SOON_DAYS = 30;

export async function init(flags: SubjectFlags & { readonly name: string; readonly days: number }): Promise<void> {
  const { name: commonName, organisation, country, key, days } = flags;
  const made = await (await open(flags)).init({ commonName, organisation, country }, key, days);
  tell(flags, made, [
    `made the authority "${commonName}", valid until ${day(made)}`,
    `  ${join(flags.dir, "ca.pem")}  give this to stations, and to the gateway as listen.tls.clientCa`,
    `  ${join(flags.dir, "keys")}    keep this to yourself: who has it can be any station`,
  ]);
}

export async function issue(name: string, flags: IssueFlags): Promise<void> {
  const { server, san, organisation, csr: file, days } = flags;
  const csr = file === undefined ? undefined : textOf(file);
  const role = server ? "server" : "client";
  const made = await (await open(flags)).issue({ name, role, days, organisation, names: san, csr });
  tell(flags, made, [
    `issued for ${role === "server" ? "the server" : "station"} ${name}, valid until ${day(made)}`,
    ...files(name, flags, made),
  ]);
}

export async function renew(name: string, flags: PkiFlags & { readonly days: number }): Promise<void> {
  const made = await (await open(flags)).renew(name, flags.days);
  tell(flags, made, [
    `renewed ${name}, valid until ${day(made)}; the old certificate stays valid to its end`,
    ...files(name, flags, made),
  ]);
}

export async function csr(name: string, flags: SubjectFlags): Promise<void> {
  const { organisation, country, key } = flags;
  const request = await (await open(flags)).request(name, { organisation, country, commonName: name }, key);
  const file = join(flags.dir, `${name}.csr`);
  if (flags.json) printJson({ name, file, csr: request });
  else say(`made a key and a request: ${file}\nhave it signed, then: twinlane pki import ${name} <certificate>`);
}

export async function take(name: string, file: string, flags: PkiFlags): Promise<void> {
  const made = await (await open(flags)).import(name, textOf(file));
  tell(flags, made, [`took the certificate of ${name}, valid until ${day(made)}`, ...files(name, flags, made)]);
}

export async function list(flags: PkiFlags): Promise<void> {
  const issued = await (await open(flags)).list();
  if (flags.json) return printJson({ certificates: issued.map(shown) });
  if (issued.length === 0) return say(`nothing in ${flags.dir}; begin with: twinlane pki init`);
  for (const one of [...issued].sort((a, b) => a.notAfter - b.notAfter)) {
    const left = Math.floor((one.notAfter - Date.now()) / DAY_MS);
    const note = left < 0 ? "  EXPIRED" : left <= SOON_DAYS ? "  ends soon: twinlane pki renew" : "";
    process.stdout.write(
      `${one.name.padEnd(24)} ${one.role.padEnd(8)} ${day(one)}  ${String(left).padStart(5)} days${note}\n`,
    );
  }
}

export async function trust(flags: PkiFlags): Promise<void> {
  const pem = await (await open(flags)).trust();
  if (flags.json) printJson({ pem });
  else process.stdout.write(pem);
}

function open({ dir, secretFile }: PkiFlags): Promise<SiteCa> {
  const secret = secretFile === undefined ? undefined : textOf(secretFile).trim();
  return SiteCa.open({ directory: dir, now: Date.now(), secret });
}

function tell(flags: PkiFlags, made: Issued, lines: readonly string[]): void {
  if (flags.json) printJson(shown(made));
  else for (const line of lines) say(line);
}

const shown = ({ name, role, serial, notAfter }: Issued) => ({
  name,
  role,
  serial,
  notAfter: new Date(notAfter).toISOString(),
});

const files = (name: string, { dir }: PkiFlags, { key }: Issued): readonly string[] => [
  `  ${join(dir, `${name}.pem`)}  certificate and chain`,
  ...(key === undefined ? [] : [`  ${join(dir, `${name}.key`)}  its private key: move it, do not copy it`]),
];

const day = ({ notAfter }: Issued): string => new Date(notAfter).toISOString().slice(0, 10);

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new GatewayError("ERR_CONFIG_UNREADABLE", `cannot read ${file}: ${code ?? "failed"}`);
  }
}
