/**
 * A security record as a syslog message.
 *
 *     <108>1 2026-01-01T00:00:00.000Z host twinlane - LanFlood [twinlane@32473 seq="7" station="CP1"] detail
 *
 * Facility 13 (log audit), severity 4 (warning). The number names whose word `twinlane` is: the enterprise of the configuration.
 *
 * @see RFC 5424 §6
 */
import type { SecurityRecord } from "./log-chain.ts";

const AUDIT = 13;
const WARNING = 4;
const LONGEST_NAME = 32;
const BYTE_ORDER_MARK = "\uFEFF";

export interface SyslogOrigin {
  readonly host: string;
  /** Private enterprise number (RFC 5424 §7.2.2). */
  readonly enterpriseId: number;
}

export function syslogMessage(
  { seq, at, type, stationId, detail }: SecurityRecord,
  { host, enterpriseId }: SyslogOrigin,
): string {
  const station = stationId === undefined ? "" : ` station="${escaped(stationId)}"`;
  const data = `[twinlane@${enterpriseId} seq="${seq}"${station}]`;
  const head = `<${AUDIT * 8 + WARNING}>1 ${at} ${printable(host, 255)} twinlane - ${printable(type, LONGEST_NAME)}`;
  return `${head} ${data} ${BYTE_ORDER_MARK}${detail.replace(/[\r\n]+/g, " ")}`;
}

const escaped = (value: string): string => value.replace(/["\\\]]/g, "\\$&").replace(/[\r\n]+/g, " ");

/** Names are printable ASCII without spaces; `-` stands for none. */
const printable = (name: string, longest: number): string => name.replace(/[^!-~]/g, "").slice(0, longest) || "-";
