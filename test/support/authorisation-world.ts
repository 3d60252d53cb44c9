/** An authorisation store with a clock and turns that stand still until they are told to go on. */
import type { TextTable } from "../../src/actors/authorisation/text-table.ts";
import {
  type AuthorisationCounters,
  type AuthorisationLimits,
  type AuthorisationStore,
  openAuthorisationStore,
} from "../../src/actors/authorisation-store.ts";
import type { AuthorisationFact, ListEntry } from "../../src/domain/authorise/facts.ts";
import type { TokenInfo, TokenRef } from "../../src/domain/authorise/token.ts";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import { MemoryTable } from "./text-table.ts";

export const START = Date.UTC(2026, 5, 1, 8);
export const KEY = new Uint8Array(32).fill(7);
export const A = stationId("STATION-A");
export const B = stationId("STATION-B");
export const CSMS = "wss://csms.example/ocpp";
export const HOUR = 3_600_000;

export interface World {
  readonly store: AuthorisationStore;
  readonly counters: AuthorisationCounters;
  readonly table: MemoryTable;
  /** Runs the next deferred turn; false when none is due. */
  turn(): boolean;
  settle(): void;
  advance(ms: number): void;
  status(token: TokenRef, station?: typeof A, csms?: string): string;
  info(token: TokenRef, station?: typeof A): TokenInfo;
}

export interface WorldOptions {
  readonly table?: TextTable;
  readonly key?: Uint8Array;
  readonly limits?: Partial<AuthorisationLimits>;
  readonly unknownTokens?: "refuse" | "accept";
  readonly startAt?: number;
}

export function world({
  table = new MemoryTable(),
  key = KEY,
  limits,
  unknownTokens = "refuse",
  startAt = START,
}: WorldOptions = {}): World {
  let now = startAt;
  const turns: (() => void)[] = [];
  const counters: AuthorisationCounters = {
    authorisationFactsDropped: 0,
    authorisationEntriesEvicted: 0,
    authorisationListsLost: 0,
    authorisationStoreFailures: 0,
    authorisationKeyChanges: 0,
  };
  const store = openAuthorisationStore({
    db: table,
    key,
    now: () => epochMs(now),
    defer: (work) => void turns.push(work),
    counters,
    limits: { entries: 100, ...limits },
  });
  const turn = () => {
    const work = turns.shift();
    work?.();
    return work !== undefined;
  };
  const info = (token: TokenRef, station = A, csms = CSMS) =>
    store.decide({ station, cacheScope: csms, token, policy: { unknownTokens } }, epochMs(now));
  return {
    store,
    counters,
    table: table as MemoryTable,
    turn,
    settle: () => {
      for (let i = 0; i < 100_000 && turn(); i += 1);
    },
    advance: (ms) => {
      now += ms;
    },
    status: (token, station, csms) => info(token, station, csms).status,
    info,
  };
}

export const card = (idToken: string): TokenRef => ({ idToken, type: "ISO14443" });
export const said = (
  token: TokenRef,
  status: TokenInfo["status"],
  more: Partial<TokenInfo> = {},
): AuthorisationFact => ({
  kind: "token",
  token,
  info: { status, ...more },
});
export const listed = (idToken: string, status?: TokenInfo["status"]): ListEntry => ({
  token: card(idToken),
  info: status === undefined ? undefined : { status },
});
export const full = (listVersion: number, ...entries: ListEntry[]): AuthorisationFact => ({
  kind: "list",
  listVersion,
  mode: "Full",
  entries,
});
export const differential = (listVersion: number, ...entries: ListEntry[]): AuthorisationFact => ({
  kind: "list",
  listVersion,
  mode: "Differential",
  entries,
});
