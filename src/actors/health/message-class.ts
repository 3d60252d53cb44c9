/** What a health message is, and what that is worth when there is no room for all. */

/**
 * `gap` tells what was lost; `birth` is there for messages that another boot will have to send: their aliases mean nothing without it;
 * `feature` and `soh` are what condition is computed to be, `snapshot` is what a trigger has frozen.
 */
export type MessageKind = "metrics" | "event" | "gap" | "birth" | "feature" | "soh" | "snapshot";

export type MessageClass = "event" | "feature" | "snapshot" | "metric";

export const CLASS_OF: Readonly<Record<MessageKind, MessageClass>> = {
  event: "event",
  gap: "event",
  birth: "event",
  feature: "feature",
  soh: "feature",
  snapshot: "snapshot",
  metrics: "metric",
};

/** The first to go where there is no room comes first: an event is small and says more than any number of metrics. */
export const CHEAPEST_FIRST = ["metric", "snapshot", "feature", "event"] as const;

const DAY_SEC = 86_400;

/** An old metric is of no use to anybody; what happened to a charger is. */
export const TTL_SEC: Readonly<Record<MessageClass, number>> = {
  event: 7 * DAY_SEC,
  feature: 7 * DAY_SEC,
  snapshot: 7 * DAY_SEC,
  metric: DAY_SEC,
};

/** How long a message may wait before nobody wants it. */
export const ttlSec = (kind: MessageKind): number => TTL_SEC[CLASS_OF[kind]];
