/**
 * What the health lane knows: numbers. An observation has no string field at all, so nothing a person, a card or a vendor
 * wrote can travel in it; names (channel, unit, enum text) come from closed tables that both ends share.
 *
 * @see docs/ARCHITECTURE.md, invariant 5
 */
import type { EpochMs } from "../ids.ts";

/** Index into the closed channel table of `channels.ts`. */
export type ChannelNo = number;

/** 0 good · 1 suspect (e.g. station clock off, value out of range) · 2 bad. */
export type Quality = 0 | 1 | 2;

/**
 * Takes observations one by one; called on the hot path, so it neither allocates nor throws.
 *
 * @param evseId EVSE number; in OCPP 1.6 the connectorId; 0 = the whole station
 * @param connectorId connector within the EVSE; in OCPP 1.6 always 1 (0 for the whole station)
 * @param channel what was observed
 * @param at the station's own timestamp, or the receive time where it gave none
 * @param value number, or the index of an enum value in the channel's closed list
 */
export interface ObservationSink {
  observe(evseId: number, connectorId: number, channel: ChannelNo, at: EpochMs, value: number, quality: Quality): void;
}
