/**
 * What later messages leave out because an earlier one said it. Bounded; the oldest entry goes first. Never leaves the process.
 *
 * - A transaction's EVSE: 2.x may name it in the first TransactionEvent only, 1.6's StopTransaction has no connector. Lives and dies
 *   with the connection.
 * - A monitor's component and variable: a periodic event stream carries numbers alone and refers to the monitor. A station keeps its
 *   monitors and streams when its connection is lost, so these are kept for the station.
 *
 * @see OCPP 2.0.1 Part 2 E02, E06, N04; OCPP 2.1 Part 2 N11–N14
 */
import type { ChannelNo } from "./observation.ts";

/** Where and what a variable monitor watches. */
export interface Monitored {
  readonly evseId: number;
  readonly connectorId: number;
  readonly channel: ChannelNo;
}

/** EVSE and connector of a transaction. */
export interface Place {
  readonly evseId: number;
  readonly connectorId: number;
}

/** Where samples belong when no message said it: the whole station, and the reader is told to doubt them. */
export const UNPLACED: Place = { evseId: 0, connectorId: 0 };

const MAX_TRANSACTIONS = 64;
const MAX_MONITORS = 512;
const MAX_STREAMS = 64;

/** Monitors and streams of one station, over all its connections. */
export class StationMemory {
  readonly #monitors = new Map<number, Monitored>();
  readonly #streams = new Map<number, number>();

  learnMonitor(monitorId: unknown, monitored: Monitored): void {
    if (typeof monitorId === "number") put(this.#monitors, monitorId, monitored, MAX_MONITORS);
  }

  forgetMonitor(monitorId: unknown): void {
    if (typeof monitorId === "number") this.#monitors.delete(monitorId);
  }

  openStream(streamId: unknown, monitorId: unknown): void {
    if (typeof streamId !== "number" || typeof monitorId !== "number") return;
    put(this.#streams, streamId, monitorId, MAX_STREAMS);
  }

  closeStream(streamId: unknown): void {
    if (typeof streamId === "number") this.#streams.delete(streamId);
  }

  /** What stream `streamId` carries, where its monitor is known. */
  stream(streamId: unknown): Monitored | undefined {
    if (typeof streamId !== "number") return undefined;
    const monitorId = this.#streams.get(streamId);
    return monitorId === undefined ? undefined : this.#monitors.get(monitorId);
  }
}

/** What is remembered of one connection, and of the station it is of. */
export class TelemetryMemory {
  readonly station: StationMemory;
  readonly #places = new Map<unknown, Place>();

  constructor(station = new StationMemory()) {
    this.station = station;
  }

  /** Keeps where a transaction takes place. `transaction` is compared, never copied anywhere. */
  learnPlace(transaction: unknown, evseId: number, connectorId: number): void {
    if (!isKey(transaction)) return;
    const known = this.#places.get(transaction);
    if (known?.evseId === evseId && known.connectorId === connectorId) return;
    put(this.#places, transaction, { evseId, connectorId }, MAX_TRANSACTIONS);
  }

  place(transaction: unknown): Place | undefined {
    return this.#places.get(transaction);
  }

  forgetPlace(transaction: unknown): void {
    this.#places.delete(transaction);
  }
}

/** Longest transaction id of 2.x; a longer one is none, and must not fill memory. */
const MAX_KEY_LENGTH = 36;

const isKey = (value: unknown): boolean =>
  typeof value === "number" || (typeof value === "string" && value.length <= MAX_KEY_LENGTH);

function put<K, V>(map: Map<K, V>, key: K, value: V, capacity: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= capacity) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
