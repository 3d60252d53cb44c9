/**
 * Reads what a configuration refers to: secrets and PEM texts, from files, systemd credentials and the environment.
 * Nothing read here ever appears in an issue, whole or in part.
 */
import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { isRecord } from "../domain/security/password-record.ts";
import type { SourceDocument } from "./document.ts";
import type { IssueList } from "./issues.ts";

const MAX_BYTES = 1024 * 1024;
/** Where operating systems keep their trust store: Debian and Alpine, RHEL, SUSE. */
const SYSTEM_ROOTS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
] as const;

export const LITERAL_SECRET =
  "a secret stands in the configuration itself; {file: …}, {credential: …} or {env: …} keep it out";

export interface SourceOptions {
  /** Relative paths start here. */
  readonly baseDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** False: sources other than literal texts are not read; they count as unknown. */
  readonly readSources: boolean;
}

/** A text that was read; `undefined` text: it was not read (`readSources: false`) or could not be (an issue says why). */
export interface ReadSource {
  readonly text: string | undefined;
}

export interface Sources {
  /** A secret: literal texts get a warning, files that others may read are refused. */
  secret(source: SourceDocument, pointer: string): ReadSource;
  /** A public text such as a certificate. */
  text(source: SourceDocument, pointer: string): ReadSource;
  /** Trusted roots: like `text`, with `system` for the operating system's store. */
  roots(source: SourceDocument, pointer: string): ReadSource;
}

export function createSources(options: SourceOptions, issues: IssueList): Sources {
  // A file named in many rules is read once. Keyed by path and by how strictly it is read.
  const cache = new Map<string, string | undefined>();

  const fromFile = (file: string, pointer: string, isPrivate: boolean): string | undefined => {
    const path = resolve(options.baseDir, file);
    const key = `${isPrivate}:${path}`;
    if (!cache.has(key)) cache.set(key, readText(path, pointer, isPrivate, issues));
    return cache.get(key);
  };

  const read = (source: Exclude<SourceDocument, string>, pointer: string, isPrivate: boolean): ReadSource => {
    if (!options.readSources) return { text: undefined };
    if (source.file !== undefined) return { text: fromFile(source.file, pointer, isPrivate) };
    if (source.credential !== undefined) return { text: readCredential(source.credential, pointer, options, issues) };
    return { text: readVariable(source.env ?? "", pointer, options, issues) };
  };

  const text = (source: SourceDocument, pointer: string): ReadSource =>
    typeof source === "string" ? { text: source } : read(source, pointer, false);

  return {
    text,
    secret(source, pointer) {
      if (typeof source !== "string") return read(source, pointer, true);
      // What scrypt has made of a password logs nobody in.
      if (!isRecord(source)) issues.warn(pointer, LITERAL_SECRET);
      return { text: source };
    },
    roots(source, pointer) {
      if (source !== "system") return text(source, pointer);
      return options.readSources ? { text: systemRoots(pointer, issues) } : { text: undefined };
    },
  };
}

function readText(path: string, pointer: string, isPrivate: boolean, issues: IssueList): string | undefined {
  try {
    const { mode, size } = statSync(path);
    if (size > MAX_BYTES) throw Object.assign(new Error("too large"), { code: "larger than 1 MiB" });
    if (isPrivate && (mode & 0o077) !== 0) {
      issues.error(pointer, `others may read or write ${path}; run: chmod 600 ${path}`, "ERR_SECRET_UNREADABLE");
      return undefined;
    }
    return nonEmpty(readFileSync(path, "utf8"), `${path}`, pointer, issues);
  } catch (error) {
    const { code } = error as { readonly code?: string };
    issues.error(pointer, `cannot read ${path}: ${REASONS[code ?? ""] ?? code ?? "failed"}`, "ERR_SECRET_UNREADABLE");
    return undefined;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "no permission",
  EISDIR: "it is a directory",
};

/** systemd hands credentials over in a directory of the service's own; their modes are systemd's affair. */
function readCredential(name: string, pointer: string, { environment }: SourceOptions, issues: IssueList) {
  const directory = environment["CREDENTIALS_DIRECTORY"];
  if (directory === undefined || !isAbsolute(directory)) {
    issues.error(
      pointer,
      `$CREDENTIALS_DIRECTORY is not set: the credential "${name}" exists only in a systemd service with LoadCredential=`,
      "ERR_SECRET_UNREADABLE",
    );
    return undefined;
  }
  return readText(join(directory, name), pointer, false, issues);
}

function readVariable(name: string, pointer: string, { environment }: SourceOptions, issues: IssueList) {
  const value = environment[name];
  if (value !== undefined) return nonEmpty(value, `$${name}`, pointer, issues);
  issues.error(pointer, `the environment variable ${name} is not set`, "ERR_SECRET_UNREADABLE");
  return undefined;
}

function nonEmpty(text: string, where: string, pointer: string, issues: IssueList): string | undefined {
  const trimmed = text.replace(/\r?\n$/, "");
  if (trimmed !== "") return trimmed;
  issues.error(pointer, `${where} is empty`, "ERR_SECRET_UNREADABLE");
  return undefined;
}

function systemRoots(pointer: string, issues: IssueList): string | undefined {
  for (const path of SYSTEM_ROOTS) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      // The next distribution's place.
    }
  }
  issues.error(pointer, `no trust store of the system found in ${SYSTEM_ROOTS.join(", ")}`, "ERR_SECRET_UNREADABLE");
  return undefined;
}
