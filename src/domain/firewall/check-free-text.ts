/**
 * R26-text: a card in a place for free text. What a station writes into `info` or `techInfo` goes into logs and tickets of people who
 * have no business with cards. A text is compared word by word with the cards the station has asked about in the last ten minutes; one that
 * nobody has asked about is not known for a card.
 *
 * @see OCPP 1.6 §6.47 (info, vendorErrorCode), §6.15; OCPP 2.0.1 Part 2 CustomDataType, EventDataType, SecurityEventNotification
 */
import { list, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { CheckSpec, Circumstances } from "./facts.ts";

/** Shorter words are words. */
const SHORTEST = 4;
const MOST_WORDS = 64;
const LONGEST_TEXT = 2_048;
const BETWEEN_WORDS = /[^A-Za-z0-9_-]+/;

function cardInText(payload: Payload, { memory, seen }: Circumstances): string | undefined {
  const { cards } = memory;
  if (cards.size === 0) return undefined;
  const isCard = (word: string) => word.length >= SHORTEST && cards.knows(word, seen.receivedAt);
  return textsOf(payload).some((text) => text.slice(0, LONGEST_TEXT).split(BETWEEN_WORDS, MOST_WORDS).some(isCard))
    ? "a card in free text"
    : undefined;
}

function textsOf({ info, vendorErrorCode, techInfo, data, customData, eventData }: Payload): readonly string[] {
  const events = list(eventData).map((event) => object(event)?.["techInfo"]);
  const custom = object(customData) === undefined ? undefined : JSON.stringify(customData);
  return [info, vendorErrorCode, techInfo, data, custom, ...events].filter((text) => typeof text === "string");
}

export const FREE_TEXT_CHECKS: readonly CheckSpec[] = [
  {
    rule: "R26-text",
    from: "south",
    actions: ["StatusNotification", "SecurityEventNotification", "DataTransfer", "NotifyEvent"],
    check: cardInText,
  },
];
