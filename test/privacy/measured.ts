/**
 * The leaves whose content may have a say in what the health lane sends, action by action. Whatever stands in any other leaf
 * must make no difference to it, not even to a single bit: that is the sentence that `canary-run.ts` checks.
 *
 * A leaf of `WORDS` may only choose among words of a closed list (or small numbers); one of `NUMBERS` may carry a number.
 */
const SAMPLE = "(?:meterValue|transactionData)/\\[\\]";
const SAMPLED = `${SAMPLE}/sampledValue/\\[\\]`;
const EVENT = "eventData/\\[\\]";

const path = (...alternatives: string[]): RegExp => new RegExp(`^/(?:${alternatives.join("|")})$`);

interface Measured {
  /** May carry a number, or an instant. */
  readonly numbers: RegExp;
  /** May choose a word, or a small number. */
  readonly words: RegExp;
}

const NOTHING = /^$/;
const SAMPLE_WORDS = ["format", "measurand", "phase", "location", "unit", "unitOfMeasure/(?:unit|multiplier)"];
const samples = SAMPLE_WORDS.map((name) => `${SAMPLED}/${name}`);

const METER_VALUES: Measured = {
  numbers: path(`${SAMPLE}/timestamp`, `${SAMPLED}/value`),
  words: path("connectorId", "evseId", ...samples),
};

const MEASURED: { readonly [action: string]: Measured } = {
  MeterValues: METER_VALUES,
  StopTransaction: {
    numbers: path("timestamp", `${SAMPLE}/timestamp`, `${SAMPLED}/value`),
    words: path("reason", ...samples),
  },
  TransactionEvent: {
    numbers: path("timestamp", `${SAMPLE}/timestamp`, `${SAMPLED}/value`),
    words: path("eventType", "evse/(?:id|connectorId)", "transactionInfo/stoppedReason", ...samples),
  },
  StatusNotification: {
    numbers: path("timestamp"),
    words: path(
      ...["connectorId", "evseId", "status", "connectorStatus", "errorCode", "vendorErrorCode", "info", "vendorId"],
    ),
  },
  NotifyEvent: {
    numbers: path(`${EVENT}/timestamp`, `${EVENT}/actualValue`),
    words: path(
      `${EVENT}/(?:trigger|cleared|techCode)`,
      `${EVENT}/component/(?:name|instance|evse/id|evse/connectorId)`,
      `${EVENT}/variable/(?:name|instance)`,
    ),
  },
  // Which monitor watches what: an id is compared with another, never handed on
  NotifyPeriodicEventStream: {
    numbers: path("basetime", "data/\\[\\]/[tv]"),
    words: NOTHING,
  },
  BootNotification: { numbers: NOTHING, words: path("reason") },
  FirmwareStatusNotification: { numbers: NOTHING, words: path("status") },
  SignedFirmwareStatusNotification: { numbers: NOTHING, words: path("status") },
  DiagnosticsStatusNotification: { numbers: NOTHING, words: path("status") },
  LogStatusNotification: { numbers: NOTHING, words: path("status") },
  SecurityEventNotification: { numbers: path("timestamp"), words: path("type") },
};

/** What a leaf of a station's request may say to the lane; undefined: nothing at all. */
export function measuredAs(action: string, leaf: string): "number" | "word" | undefined {
  const measured = MEASURED[action];
  if (measured === undefined) return undefined;
  if (measured.numbers.test(leaf)) return "number";
  return measured.words.test(leaf) ? "word" : undefined;
}
