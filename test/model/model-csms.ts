/** The CSMS of the model: it keeps its own books, and fails in every way that it is told to. */
import { LedgerBooks, type LedgerVersion, type Payload, type StationBook } from "../support/ledger-books.ts";
import type { Line, Peer } from "./fake-socket.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** `deaf`: CALLs are read, and that is all. `mute`: they have their effect, and are not answered. */
export type CsmsMood = "well" | "deaf" | "mute";

interface Link {
  readonly line: Line;
  readonly book: StationBook;
}

/** A dial to a host that is down is refused; one into a broken network runs into the gateway's own time-out. */
const HANDSHAKE_TIMEOUT_MS = 20_000;

export class ModelCsms {
  readonly books: LedgerBooks;
  readonly #time: VirtualTime;
  readonly #wall: () => number;
  readonly #links = new Map<string, Link>();
  /** Stations whose boot it remembers. */
  readonly #known = new Set<string>();
  mood: CsmsMood = "well";
  reach: "up" | "refused" | "lost" = "up";
  slowMs = 0;
  errorsLeft = 0;
  /** What a boot is answered. */
  boot: "Accepted" | "Pending" = "Accepted";
  /** Whether a station that has not booted here is answered SecurityError. */
  wantsBoot = false;
  readonly invalid = new Set<string>();
  #lastId = 0;

  constructor(time: VirtualTime, wall: () => number) {
    this.#time = time;
    this.#wall = wall;
    this.books = new LedgerBooks((token) => this.invalid.has(String(token)));
  }

  heal(): void {
    this.mood = "well";
    this.reach = "up";
    this.slowMs = 0;
    this.errorsLeft = 0;
    this.boot = "Accepted";
  }

  dial(make: (peer: Peer) => Line, station: string, version: LedgerVersion): void {
    const book = this.books.book(station, version);
    let link: Link | undefined;
    const line = make({
      onText: (text) => link !== undefined && this.#onText(link, text),
      onClosed: () => {
        if (this.#links.get(station)?.line === line) this.#links.delete(station);
      },
    });
    this.#time.after(5, () => {
      if (this.reach === "refused") line.refused("ECONNREFUSED");
      else if (this.reach === "lost") this.#time.after(HANDSHAKE_TIMEOUT_MS, () => line.refused("ETIMEDOUT"));
      else {
        link = { line, book };
        this.#links.set(station, link);
        line.opened();
      }
    });
  }

  /** Ends connections: all of them, or one station's. */
  cut(how: "cut" | "silent", station?: string): void {
    for (const [name, { line }] of this.#links) {
      if (station !== undefined && name !== station) continue;
      if (how === "cut") line.cut();
      else line.fallSilent();
    }
  }

  /** Everything it knows of boots is gone; the books are not. */
  forgetBoots(): void {
    this.#known.clear();
    this.wantsBoot = true;
  }

  /** Asks for the end of every transaction that is open in the station's book. */
  remoteStop(station: string): void {
    const link = this.#links.get(station);
    if (link === undefined) return;
    for (const transactionId of openIn(link.book)) {
      this.#lastId += 1;
      const action = link.book.version === "ocpp1.6" ? "RemoteStopTransaction" : "RequestStopTransaction";
      link.line.fromPeer(JSON.stringify([2, `csms-${this.#lastId}`, action, { transactionId }]));
    }
  }

  #onText(link: Link, text: string): void {
    const [type, id, action, payload] = JSON.parse(text) as [number, string, string, Payload];
    if (type !== 2 || this.mood === "deaf") return;
    const answer = this.#answerTo(link, { id, text, action, payload });
    if (this.mood === "mute") return;
    this.#time.after(this.slowMs, () => link.line.fromPeer(JSON.stringify(answer)));
  }

  #answerTo({ book }: Link, call: { id: string; text: string; action: string; payload: Payload }): unknown[] {
    const { id, action, payload } = call;
    const { station } = book;
    if (this.wantsBoot && action !== "BootNotification" && !this.#known.has(station)) {
      return [4, id, "SecurityError", "boot first", {}];
    }
    if (this.errorsLeft > 0) {
      this.errorsLeft -= 1;
      return [4, id, "InternalError", "database", {}];
    }
    // Readings of no transaction are not billed.
    const isBilled = action !== "MeterValues" || payload["transactionId"] !== undefined;
    const billed = isBilled ? this.books.accept(book, call, Math.floor(this.#wall())) : undefined;
    if (billed !== undefined) return [3, id, billed];
    const currentTime = new Date(this.#wall()).toISOString();
    switch (action) {
      case "BootNotification":
        book.boots += 1;
        if (this.boot === "Accepted") this.#known.add(station);
        return [3, id, { status: this.boot, currentTime, interval: this.boot === "Accepted" ? 300 : 5 }];
      case "Heartbeat":
        return [3, id, { currentTime }];
      case "Authorize": {
        const token = (payload["idToken"] as Payload | undefined)?.["idToken"] ?? payload["idTag"];
        const status = this.books.tokenStatus(token);
        return [3, id, book.version === "ocpp1.6" ? { idTagInfo: status } : { idTokenInfo: status }];
      }
      default:
        return [3, id, {}];
    }
  }
}

/** Ids of transactions that began and did not end. */
function openIn({ accepted, version }: StationBook): readonly unknown[] {
  const open = new Set<unknown>();
  for (const { action, payload, givenId } of accepted) {
    const info = payload["transactionInfo"] as Payload | undefined;
    if (action === "StartTransaction") open.add(givenId);
    else if (action === "StopTransaction") open.delete(payload["transactionId"]);
    else if (payload["eventType"] === "Started") open.add(info?.["transactionId"]);
    else if (payload["eventType"] === "Ended") open.delete(info?.["transactionId"]);
  }
  return version === "ocpp1.6" ? [...open].filter((id) => typeof id === "number") : [...open];
}
