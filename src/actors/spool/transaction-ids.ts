/**
 * The transactions of one 1.6 station that the gateway named itself: which id the station knows (provisional) and which one the
 * CSMS gave later (real). Durable with the commit of the message that brought the news.
 *
 *     StartTransaction answered here ─▶ provisional ─▶ station            (the CSMS does not know)
 *     StartTransaction delivered     ─▶ real        ─▶ both ids are valid in both directions until the stop is acknowledged,
 *                                                       and a day longer for what comes late
 *
 * @see OCPP 1.6 §4.8, §4.10; errata 3.18
 */
import { type EpochMs, epochMs, type StationId } from "../../domain/ids.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { spoolPrefix } from "../../domain/spool/record.ts";
import type { SpoolStorage } from "../../ports.ts";

export interface NamedTransaction {
  readonly provisional: number;
  /** The CSMS's id; undefined until its answer to the start has come. */
  readonly real?: number;
  readonly connectorId?: number;
  /** The station has stopped it. */
  readonly stopped?: true;
  /** The CSMS refused the card afterwards, and the station has not been told yet. */
  readonly stopOwed?: true | undefined;
  /** From when on the entry may be forgotten. */
  readonly forgetAt?: EpochMs;
  /** The CSMS never took the start: nothing of this transaction can be delivered. */
  readonly startIsDead?: true | undefined;
}

const KEEP_MS = 24 * 3600 * 1000;
/** More than a station has connectors and forgotten stops; the oldest closed one goes first. */
const MAX_KEPT = 256;

export class TransactionIds {
  readonly #storage: SpoolStorage;
  readonly #prefix: string;
  readonly #byProvisional = new Map<number, NamedTransaction>();
  readonly #byReal = new Map<number, NamedTransaction>();

  constructor(storage: SpoolStorage, station: StationId, version: OcppVersion) {
    this.#storage = storage;
    this.#prefix = `tx/${spoolPrefix(station, version)}`;
    for (const { value } of storage.range("notes", this.#prefix, `${this.#prefix}~`)) {
      try {
        this.#index(JSON.parse(value.toString("utf8")) as NamedTransaction);
      } catch {
        // Unreadable: its messages are delivered under the provisional id, which the operator can map by hand.
      }
    }
  }

  get isEmpty(): boolean {
    return this.#byProvisional.size === 0;
  }

  has(id: number): boolean {
    return this.#byProvisional.has(id) || this.#byReal.has(id);
  }

  byProvisional(id: number): NamedTransaction | undefined {
    return this.#byProvisional.get(id);
  }

  /** What the station calls the transaction that the CSMS calls `id`. */
  toStation(id: number): number | undefined {
    return this.#byReal.get(id)?.provisional;
  }

  all(): Iterable<NamedTransaction> {
    return this.#byProvisional.values();
  }

  open(provisional: number, connectorId: number | undefined): void {
    this.#makeRoom();
    this.#save({ provisional, ...(connectorId === undefined ? {} : { connectorId }) });
  }

  change(provisional: number, change: Partial<NamedTransaction>): void {
    const known = this.#byProvisional.get(provisional);
    if (known !== undefined) this.#save({ ...known, ...change });
  }

  /** The stop has been acknowledged by the CSMS. */
  close(provisional: number, now: EpochMs): void {
    this.change(provisional, { stopped: true, forgetAt: epochMs(now + KEEP_MS) });
  }

  /** Forgets what is over. Called now and then. */
  forgetOld(now: EpochMs): void {
    for (const known of this.#byProvisional.values()) {
      if (known.forgetAt !== undefined && known.forgetAt <= now) this.#forget(known);
    }
  }

  /** The store takes writes again. */
  resync(): void {
    for (const known of this.#byProvisional.values()) this.#save(known);
  }

  #makeRoom(): void {
    if (this.#byProvisional.size < MAX_KEPT) return;
    for (const known of this.#byProvisional.values()) {
      if (known.forgetAt === undefined) continue;
      this.#forget(known);
      return;
    }
  }

  #save(named: NamedTransaction): void {
    this.#index(named);
    this.#storage.put("notes", `${this.#prefix}${named.provisional}`, JSON.stringify(named));
  }

  #index(named: NamedTransaction): void {
    this.#byProvisional.set(named.provisional, named);
    if (named.real !== undefined) this.#byReal.set(named.real, named);
  }

  #forget({ provisional, real }: NamedTransaction): void {
    this.#byProvisional.delete(provisional);
    if (real !== undefined) this.#byReal.delete(real);
    this.#storage.remove("notes", `${this.#prefix}${provisional}`);
  }
}
