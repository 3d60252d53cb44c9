/** Extractors with a mistake somebody could make. Each has to be found by the canaries, or the canaries are worth nothing. */
import { createHash } from "node:crypto";
import { epochMs } from "../../src/domain/ids.ts";
import type { ExtractContext } from "../../src/domain/telemetry/carrier.ts";
import { eventChannel, meterChannel } from "../../src/domain/telemetry/channels.ts";
import { extract } from "../../src/domain/telemetry/extract.ts";

type Extract = typeof extract;
type Fields = { readonly [name: string]: unknown };

const VOLTAGE = meterChannel(41, 8, 0, 0);
const STATUS = eventChannel("status");

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});

/** The real one, and then a mistake. */
function withMistake(mistake: (payload: Fields, context: ExtractContext) => void): Extract {
  return (version, frame, context) => {
    const left = extract(version, frame, context);
    mistake(fields(frame.payload), context);
    return left;
  };
}

const observeNumber = ({ sink, receivedAt }: ExtractContext, value: number): void => {
  if (Number.isFinite(value)) sink.observe(1, 1, VOLTAGE, receivedAt, value, 0);
};

const transactionOf = (payload: Fields): unknown =>
  payload["transactionId"] ?? fields(payload["transactionInfo"])["transactionId"];
const cardOf = (payload: Fields): unknown => payload["idTag"] ?? fields(payload["idToken"])["idToken"];

const hash48 = (text: string): number => createHash("sha256").update(text).digest().readUIntBE(0, 5);

export const BROKEN_EXTRACTORS: { readonly [mistake: string]: Extract } = {
  "a transaction id as a value": withMistake((payload, context) =>
    observeNumber(context, Number(transactionOf(payload))),
  ),
  "a card's number as a value": withMistake((payload, context) => observeNumber(context, Number(cardOf(payload)))),
  "the hash of a card": withMistake((payload, context) => {
    const card = cardOf(payload);
    if (typeof card === "string") observeNumber(context, hash48(card));
  }),
  "the length of a card": withMistake((payload, context) => {
    const card = cardOf(payload);
    if (typeof card === "string") observeNumber(context, card.length);
  }),
  "text where a number belongs": withMistake((payload, { sink, receivedAt }) => {
    const text = fields(payload["statusInfo"])["reasonCode"] ?? payload["info"] ?? transactionOf(payload);
    if (text !== undefined) sink.observe(1, 1, VOLTAGE, receivedAt, text as number, 0);
  }),
  "a word of nobody's list": withMistake((payload, { sink, receivedAt }) => {
    const { info } = payload;
    if (typeof info === "string") sink.observe(1, 1, STATUS, receivedAt, info.charCodeAt(info.length - 1) & 7, 0);
  }),
  "a transaction id that chooses the EVSE": withMistake((payload, { sink, receivedAt }) => {
    const evse = hash48(JSON.stringify(transactionOf(payload) ?? "")) % 250;
    if (transactionOf(payload) !== undefined) sink.observe(evse, 1, VOLTAGE, receivedAt, 230, 0);
  }),
  "an instant that was none of the sample's": withMistake((payload, { sink }) => {
    const from = fields(fields(payload["chargingSchedule"] ?? payload["customData"])["value"]);
    const at = Date.parse(String(payload["vin"] ?? from["startSchedule"]));
    if (Number.isFinite(at)) sink.observe(1, 1, VOLTAGE, epochMs(at), 230, 0);
  }),
  "a field that no schema knows": withMistake((payload, context) => observeNumber(context, Number(payload["vin"]))),
  "customData, wherever it is": withMistake((payload, context) => {
    const vendor = fields(payload["customData"])["vendorId"];
    if (typeof vendor === "string") observeNumber(context, vendor.length);
  }),
  "silence for some cards": (version, frame, context) => {
    const card = cardOf(fields(frame.payload));
    if (typeof card === "string" && hash48(card) % 2 === 0) return 0;
    return extract(version, frame, context);
  },
  "a count of what it does not like": (version, frame, context) =>
    extract(version, frame, context) + (/OTHER/.test(JSON.stringify(frame.payload)) ? 1 : 0),
};
