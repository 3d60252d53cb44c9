/**
 * The security log as a chain: each line carries a keyed digest of itself and of the line before, so that no line can be changed, removed
 * or put in without the key. What a cut at the end removes shows only against the number and digest of a later export.
 *
 *     {"seq":7,"at":"…","type":"LanFlood","detail":"…","prev":"<mac of 6>","mac":"<HMAC of all that>"}
 *
 * @see OCPP 2.0.1 Part 2 A04; RFC 5848 has the idea
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { err, ok, type Result } from "../result.ts";

export interface SecurityRecord {
  /** Counts from 1, over all files of the log. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly type: string;
  readonly stationId?: string | undefined;
  readonly detail: string;
}

/** The end of a chain, to go on from. */
export interface ChainEnd {
  readonly seq: number;
  readonly mac: string;
}

export const BEGINNING: ChainEnd = { seq: 0, mac: "0".repeat(64) };

/** The next line, without its newline. */
export function chainLine(
  record: Omit<SecurityRecord, "seq">,
  end: ChainEnd,
  key: Uint8Array,
): { readonly line: string; readonly end: ChainEnd } {
  const seq = end.seq + 1;
  const { at, type, stationId, detail } = record;
  const body = { seq, at, type, ...(stationId === undefined ? {} : { stationId }), detail, prev: end.mac };
  const mac = macOf(body, key);
  return { line: JSON.stringify({ ...body, mac }), end: { seq, mac } };
}

export interface Verified {
  readonly records: readonly SecurityRecord[];
  readonly end: ChainEnd;
}

export interface ChainFault {
  /** Counted from 1, over all lines that were given. */
  readonly line: number;
  readonly fault: "not-a-record" | "wrong-mac" | "gap";
}

/**
 * Checks lines in their order. The first may be any line of a chain: what came before it has been rotated away.
 */
export function verifyChain(lines: readonly string[], key: Uint8Array): Result<Verified, ChainFault> {
  const records: SecurityRecord[] = [];
  let end: ChainEnd | undefined;
  for (const [i, line] of lines.entries()) {
    const parsed = parseLine(line);
    if (parsed === undefined) return err({ line: i + 1, fault: "not-a-record" });
    const { mac, ...body } = parsed;
    if (!isSame(mac, macOf(body, key))) return err({ line: i + 1, fault: "wrong-mac" });
    const before = end ?? (body.seq === 1 ? BEGINNING : { seq: body.seq - 1, mac: body.prev });
    if (body.seq !== before.seq + 1 || body.prev !== before.mac) return err({ line: i + 1, fault: "gap" });
    const { prev: _, ...record } = body;
    records.push(record);
    end = { seq: body.seq, mac };
  }
  return ok({ records, end: end ?? BEGINNING });
}

interface Line extends SecurityRecord {
  readonly prev: string;
  readonly mac: string;
}

/** Undefined: not a line of a log. */
export function parseLine(line: string): Line | undefined {
  try {
    const { seq, at, type, stationId, detail, prev, mac } = JSON.parse(line) as Partial<Line>;
    if (!Number.isSafeInteger(seq) || [at, type, detail, prev, mac].some((text) => typeof text !== "string"))
      return undefined;
    return { seq, at, type, ...(stationId === undefined ? {} : { stationId }), detail, prev, mac } as Line;
  } catch {
    return undefined;
  }
}

const macOf = ({ seq, at, type, stationId, detail, prev }: Omit<Line, "mac">, key: Uint8Array): string =>
  createHmac("sha256", key)
    .update(JSON.stringify([seq, at, type, stationId ?? null, detail, prev]))
    .digest("hex");

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
