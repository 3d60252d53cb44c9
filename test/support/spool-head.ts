/** Heads of spooled messages, for tests that care for a field or two. */
import { epochMs, messageId } from "../../src/domain/ids.ts";
import { RECORD_VERSION, type SpoolHead } from "../../src/domain/spool/record.ts";

export const spoolHead = (more: Partial<SpoolHead> = {}): SpoolHead => ({
  v: RECORD_VERSION,
  id: messageId("m"),
  action: "MeterValues",
  messageClass: 1,
  role: "update",
  key: "k",
  takenAt: epochMs(0),
  ...more,
});
