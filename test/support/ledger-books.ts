/**
 * The books of an independent CSMS: what it accepted, in order of arrival. It takes each CALL at its word. A repeat is known by
 * its message id and text alone; the same content under another id is another message, and has its effect a second time. Pure.
 */

import { registerOf } from "./ledger-content.ts";

export type Payload = { readonly [field: string]: unknown };
export type LedgerVersion = "ocpp1.6" | "ocpp2.0.1";

/** Actions whose messages are billed for or must arrive. */
const KEPT = new Set([
  "StartTransaction",
  "StopTransaction",
  "MeterValues",
  "TransactionEvent",
  "SecurityEventNotification",
]);

/** One message that had its effect. */
export interface AcceptedMessage {
  readonly id: string;
  readonly text: string;
  readonly action: string;
  readonly payload: Payload;
  /** When it came, milliseconds since the epoch. */
  readonly at: number;
  /** Position among everything this CSMS accepted. */
  readonly position: number;
  /** 1.6: the id a StartTransaction was given. */
  readonly givenId: number | undefined;
  /** Times the same frame came again; it had no effect then. */
  repeats: number;
}

export interface StationBook {
  readonly station: string;
  readonly version: LedgerVersion;
  readonly accepted: AcceptedMessage[];
  connections: number;
  boots: number;
}

/** A command that the CSMS gave, and what became of it. */
export interface RemoteStop {
  readonly station: string;
  /** The id the CSMS knows the transaction by. */
  readonly transactionId: number | string;
  readonly at: number;
  answer: string | undefined;
  answeredAt: number | undefined;
}

export interface CsmsBooks {
  readonly stations: ReadonlyMap<string, StationBook>;
  readonly remoteStops: readonly RemoteStop[];
}

interface Call {
  readonly id: string;
  readonly text: string;
  readonly action: string;
  readonly payload: Payload;
}

export class LedgerBooks implements CsmsBooks {
  readonly stations = new Map<string, StationBook>();
  readonly remoteStops: RemoteStop[] = [];
  /** Frames that came again, all stations. */
  repeats = 0;
  accepted = 0;
  lastAcceptedAt = 0;
  readonly #seen = new Map<string, AcceptedMessage>();
  readonly #isInvalid: (token: unknown) => boolean;
  #lastId = 0;

  constructor(isInvalid: (token: unknown) => boolean) {
    this.#isInvalid = isInvalid;
  }

  book(station: string, version: LedgerVersion): StationBook {
    let book = this.stations.get(station);
    if (book === undefined) {
      book = { station, version, accepted: [], connections: 0, boots: 0 };
      this.stations.set(station, book);
    }
    return book;
  }

  /** Writes a CALL into the station's book, and gives its answer; undefined: it is not one that is kept. */
  accept(book: StationBook, call: Call, at: number): Payload | undefined {
    if (!KEPT.has(call.action)) return undefined;
    const key = `${book.station}\n${call.id}\n${call.text}`;
    const before = this.#seen.get(key);
    if (before !== undefined) {
      before.repeats += 1;
      this.repeats += 1;
      return this.#answer(before);
    }
    const givenId = call.action === "StartTransaction" ? this.#nextId() : undefined;
    const message: AcceptedMessage = { ...call, at, position: this.accepted, givenId, repeats: 0 };
    this.accepted += 1;
    this.lastAcceptedAt = at;
    this.#seen.set(key, message);
    book.accepted.push(message);
    return this.#answer(message);
  }

  /** The id under which it knows the latest transaction of a station that began at this register. */
  idOf(station: string, meterStartWh: number): number | string | undefined {
    const start = this.stations
      .get(station)
      ?.accepted.findLast(({ payload: { meterStart, eventType, ...payload } }) => {
        const isEvent = eventType === "Started" && registerOf(payload) === meterStartWh;
        return meterStart === meterStartWh || isEvent;
      });
    return (
      start?.givenId ?? (start?.payload["transactionInfo"] as { transactionId: string } | undefined)?.transactionId
    );
  }

  tokenStatus(token: unknown): Payload {
    return { status: this.#isInvalid(token) ? "Invalid" : "Accepted" };
  }

  #answer({ action, payload, givenId }: AcceptedMessage): Payload {
    switch (action) {
      case "StartTransaction":
        return { transactionId: givenId, idTagInfo: this.tokenStatus(payload["idTag"]) };
      case "TransactionEvent": {
        const token = payload["idToken"] as Payload | undefined;
        return token === undefined ? {} : { idTokenInfo: this.tokenStatus(token["idToken"]) };
      }
      default:
        return {};
    }
  }

  /** Ids in no order that a gateway could guess. */
  #nextId(): number {
    this.#lastId += 1;
    return 100_000 + ((this.#lastId * 7919) % 1_000_003);
  }
}
