/**
 * Passwords towards the CSMS that the CSMS has changed: kept sealed beside the spool, tried with the next connection, and given up
 * for the old one when the CSMS refuses them.
 *
 *     set ─▶ {new, old} on disk ─▶ answer Accepted ─▶ redial ─┬─ open ─▶ the new one stays
 *                                                             └─ 401  ─▶ the old one again, reported
 */
import type { Counters } from "../domain/counters.ts";
import { spoolPrefix } from "../domain/spool/record.ts";
import type { SpoolStorage } from "../ports.ts";
import type { Vault } from "./authorisation/vault.ts";
import type { GatewayBus } from "./gateway-bus.ts";
import type { StationHost } from "./station-host.ts";

interface Passwords {
  readonly current: Buffer;
  /** To go back to; undefined once the current one has worked. */
  readonly previous: Buffer | undefined;
}

export interface NorthKeysOptions {
  readonly storage: SpoolStorage;
  readonly vault: Vault;
  readonly counters: Counters;
  readonly bus: GatewayBus;
}

export class NorthKeys {
  readonly #options: NorthKeysOptions;
  readonly #known = new Map<StationHost, Passwords | undefined>();

  constructor(options: NorthKeysOptions) {
    this.#options = options;
  }

  /** The password that a station's link has to use. */
  passwordOf(host: StationHost, configured: string | undefined): Buffer | undefined {
    return this.#of(host)?.current ?? (configured === undefined ? undefined : Buffer.from(configured));
  }

  /** Keeps a new password. `done(true)` once it is on disk; `done(false)`: it could not be kept, the old one stays. */
  change(host: StationHost, password: Buffer, configured: string | undefined, done: (kept: boolean) => void): void {
    const previous = this.passwordOf(host, configured);
    const { storage, counters } = this.#options;
    this.#save(host, { current: password, previous });
    storage.whenFlushed((error) => {
      if (error !== undefined) this.#known.set(host, previous && { current: previous, previous: undefined });
      else counters.northKeyChanges += 1;
      done(error === undefined);
    });
  }

  /** The CSMS has let the station's link in. */
  worked(host: StationHost): void {
    const known = this.#of(host);
    if (known?.previous !== undefined) this.#save(host, { current: known.current, previous: undefined });
  }

  /** The CSMS has answered 401: a new password that never worked makes way for the old one. */
  refused(host: StationHost): void {
    const known = this.#of(host);
    if (known?.previous === undefined) return;
    const { counters, bus } = this.#options;
    this.#save(host, { current: known.previous, previous: undefined });
    counters.northKeyFallbacks += 1;
    const detail = "the CSMS refuses the password it has set; the one before is used again";
    bus.emit("security", { type: "NorthKeyRefused", stationId: host.stationId, detail });
  }

  #save(host: StationHost, passwords: Passwords): void {
    const { storage, vault } = this.#options;
    this.#known.set(host, passwords);
    const { current, previous } = passwords;
    const text = JSON.stringify([current.toString("base64"), previous?.toString("base64") ?? null]);
    storage.put("notes", placeOf(host), vault.seal(text, placeOf(host)));
  }

  #of(host: StationHost): Passwords | undefined {
    if (!this.#known.has(host)) this.#known.set(host, this.#load(host));
    return this.#known.get(host);
  }

  #load(host: StationHost): Passwords | undefined {
    const { storage, vault } = this.#options;
    const sealed = storage.get("notes", placeOf(host))?.toString("utf8");
    const text = sealed === undefined ? undefined : vault.open(sealed, placeOf(host));
    if (text === undefined) return undefined;
    const [current, previous] = JSON.parse(text) as [string, string | null];
    return {
      current: Buffer.from(current, "base64"),
      previous: previous === null ? undefined : Buffer.from(previous, "base64"),
    };
  }
}

const placeOf = ({ stationId, version }: StationHost): string => `north/${spoolPrefix(stationId, version)}`;
