/**
 * A message in the spool, as it is written down: one line of JSON with what the gateway knows about it, then the frame as it
 * leaves for the CSMS, byte for byte.
 *
 *     {"v":1,"id":…,"action":…,…}\n[2,"…","StopTransaction",{…}]
 *
 * Keys sort by station and number, so a station's messages lie side by side in the order in which they came:
 *
 *     <version>/<station, percent-encoded>/<12 hex digits>
 */
import { type EpochMs, type MessageId, messageId, type StationId, stationId } from "../ids.ts";
import { isOcppVersion, type OcppVersion } from "../ocpp/version.ts";
import { err, ok, type Result } from "../result.ts";
import type { SpoolRole } from "./spoolable.ts";

export const RECORD_VERSION = 1;

export interface SpoolHead {
  readonly v: typeof RECORD_VERSION;
  /** Message id on the CSMS's side; the same for every delivery of this message. */
  readonly id: MessageId;
  /** Message id under which the station sent it, where that is another one. */
  readonly stationMessageId?: MessageId;
  readonly action: string;
  readonly messageClass: number;
  readonly role: SpoolRole;
  /** The transaction as the station names it; for a 1.6 start the provisional id once it has one. */
  readonly transaction?: string;
  readonly thinnable?: true;
  /** See `contentKey`. */
  readonly key: string;
  /** Gateway time at which it came. */
  readonly takenAt: EpochMs;
  /** True once the gateway has acknowledged it to the station: from then on nobody else will send it again. */
  readonly owned?: true;
  /** Deliveries that were answered CALLERROR or not at all. */
  readonly attempts?: number;
  /** Deliveries whose connection broke before the answer. */
  readonly losses?: number;
  /** Not to be delivered again before this instant. */
  readonly notBefore?: EpochMs;
  /** What is wrong with the station's clock, when something is; the timestamps themselves stay as they are. */
  readonly clock?: string;
  /** In the dead-letter store: it is the translation's, which delivers it if it is to go again. */
  readonly translated?: true;
  /** In the dead-letter store: why it is there, and since when. */
  readonly dead?: { readonly reason: string; readonly at: EpochMs };
}

export interface SpoolRecord {
  readonly head: SpoolHead;
  readonly text: string;
}

/** A record's place. `seq` counts up for each station, without end. */
export interface SpoolKey {
  readonly station: StationId;
  readonly version: OcppVersion;
  readonly seq: number;
}

const SEQ_DIGITS = 12;
const NEWLINE = 0x0a;

/** What all keys of one station begin with. */
export const spoolPrefix = (station: StationId, version: OcppVersion): string =>
  `${version}/${encodeURIComponent(station)}/`;

export const seqText = (seq: number): string => seq.toString(16).padStart(SEQ_DIGITS, "0");

export function parseSpoolKey(key: string): SpoolKey | undefined {
  const [version, station, seq, ...rest] = key.split("/");
  if (version === undefined || station === undefined || seq === undefined || rest.length > 0) return undefined;
  if (!isOcppVersion(version) || !/^[0-9a-f]{12}$/.test(seq)) return undefined;
  try {
    return { station: stationId(decodeURIComponent(station)), version, seq: Number.parseInt(seq, 16) };
  } catch {
    return undefined;
  }
}

/**
 * On the hot path, hence the head is put together by hand, in ASCII, and the frame copied as bytes where they are known.
 *
 * @param bytes of `text`, where somebody has them
 */
export function encodeRecord({ head, text }: SpoolRecord, bytes?: Uint8Array): Buffer {
  const line = headLine(head);
  const length = line.length + (bytes?.length ?? Buffer.byteLength(text));
  const record = Buffer.allocUnsafe(length);
  record.write(line, 0, "latin1");
  if (bytes === undefined) record.write(text, line.length, "utf8");
  else record.set(bytes, line.length);
  return record;
}

function headLine(head: SpoolHead): string {
  const { stationMessageId, transaction, thinnable, owned, attempts, losses, notBefore, clock, translated, dead } =
    head;
  let line = `{"v":${head.v},"id":${quoted(head.id)},"action":${quoted(head.action)},"messageClass":${head.messageClass}`;
  line += `,"role":"${head.role}","key":${quoted(head.key)},"takenAt":${head.takenAt}`;
  if (stationMessageId !== undefined) line += `,"stationMessageId":${quoted(stationMessageId)}`;
  if (transaction !== undefined) line += `,"transaction":${quoted(transaction)}`;
  if (thinnable !== undefined) line += `,"thinnable":${thinnable}`;
  if (owned !== undefined) line += `,"owned":${owned}`;
  if (attempts !== undefined) line += `,"attempts":${attempts}`;
  if (losses !== undefined) line += `,"losses":${losses}`;
  if (notBefore !== undefined) line += `,"notBefore":${notBefore}`;
  if (clock !== undefined) line += `,"clock":${quoted(clock)}`;
  if (translated !== undefined) line += `,"translated":${translated}`;
  if (dead !== undefined) line += `,"dead":{"reason":${quoted(dead.reason)},"at":${dead.at}}`;
  return `${line}}\n`;
}

const PLAIN = /^[ !#-[\]-~]*$/;

/** `text` as a JSON string of ASCII alone. */
function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** @returns the record, or why it cannot be used */
export function decodeRecord(bytes: Uint8Array): Result<SpoolRecord, string> {
  const end = bytes.indexOf(NEWLINE);
  if (end === -1) return err("no frame");
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let head: Partial<SpoolHead> | null;
  try {
    head = JSON.parse(buffer.toString("utf8", 0, end)) as Partial<SpoolHead> | null;
  } catch {
    return err("head is not JSON");
  }
  if (typeof head !== "object" || head === null) return err("head is not an object");
  if (head.v !== RECORD_VERSION) return err(`written by format ${String(head.v)}`);
  if (typeof head.id !== "string" || typeof head.action !== "string" || typeof head.key !== "string")
    return err("head is not complete");
  if (typeof head.takenAt !== "number" || typeof head.role !== "string") return err("head is not complete");
  return ok({ head: { ...(head as SpoolHead), id: messageId(head.id) }, text: buffer.toString("utf8", end + 1) });
}
