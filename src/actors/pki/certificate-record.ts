/**
 * What is kept about the certificates of one station: the machine's snapshot and the roots that its CSMS has installed. One file, written
 * whole; the file's name stands for the station. A file that cannot be read is a cold start of this station's certificates alone, and is
 * set aside for whoever can read it.
 */
import { rename } from "node:fs/promises";
import type { PkiPolicy } from "../../domain/pki/policy.ts";
import type { InstalledRoot } from "../../domain/pki/trust.ts";
import { readIfThere, writeDurably } from "../durable-file.ts";

/** Counts up when an old record can no longer be read as it is. */
const VERSION = 1;
const STATES: readonly unknown[] = ["idle", "keying", "asking", "awaiting", "trial"];

export interface CertificateRecord {
  /** As XState wrote it; undefined: none has been written yet. */
  readonly machine: object | undefined;
  readonly installed: readonly InstalledRoot[];
}

const NOTHING: CertificateRecord = { machine: undefined, installed: [] };

/** @param onBad the file cannot be used */
export async function readRecord(file: string, onBad: (reason: string) => void): Promise<CertificateRecord> {
  const text = await readIfThere(file);
  if (text === undefined) return NOTHING;
  const record = parse(text);
  if (record !== undefined) return record;
  onBad("not a record of this version");
  await rename(file, `${file}.bad`);
  return NOTHING;
}

export const recordText = ({ machine, installed }: CertificateRecord): string =>
  JSON.stringify({ v: VERSION, machine, installed });

export const writeRecord = (file: string, text: string): Promise<void> => writeDurably(file, text);

/** What a version or the configuration asks for today, not what it asked for when the record was written. */
export function withPolicy(machine: object, policy: PkiPolicy): object {
  const { context } = machine as { readonly context: object };
  return { ...machine, context: { ...context, policy } };
}

function parse(text: string): CertificateRecord | undefined {
  try {
    const { v, machine, installed } = JSON.parse(text) as { v?: unknown; machine?: unknown; installed?: unknown };
    if (v !== VERSION || !Array.isArray(installed) || !installed.every(isRoot)) return undefined;
    return isMachine(machine) ? { machine, installed } : undefined;
  } catch {
    return undefined;
  }
}

function isMachine(machine: unknown): machine is object {
  if (typeof machine !== "object" || machine === null) return false;
  const { value, context, status } = machine as { value?: unknown; context?: unknown; status?: unknown };
  if (!STATES.includes(value) || status !== "active" || typeof context !== "object" || context === null) return false;
  const { policy, pending, active, candidate, previous, wakeAt } = context as Record<string, unknown>;
  return (
    typeof policy === "object" &&
    Array.isArray(pending) &&
    typeof wakeAt === "number" &&
    [active, candidate, previous].every((one) => one === null || typeof one === "object")
  );
}

const isRoot = (root: unknown): root is InstalledRoot =>
  typeof root === "object" && root !== null && "certificate" in root && "hashes" in root && "isFallback" in root;
