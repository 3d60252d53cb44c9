/**
 * Decides about drivers' cards while the CSMS cannot, from what the traffic has taught, and learns from it.
 *
 *     CSMS's answers, accepted lists ─▶ learn ─▶ authorisation store ─▶ decide ─▶ idTagInfo / idTokenInfo
 */
import type { GatewayConfig } from "../../config/types.ts";
import { tokenAnswer } from "../../domain/authorise/answers.ts";
import { authorisationFacts, presentedToken } from "../../domain/authorise/facts.ts";
import type { TokenInfo } from "../../domain/authorise/token.ts";
import type { Counters } from "../../domain/counters.ts";
import type { EpochMs } from "../../domain/ids.ts";
import type { Payload } from "../../domain/ocpp/frame.ts";
import type { SpoolStorage } from "../../ports.ts";
import type { Inspected } from "../../streams/messages.ts";
import type { TextTable } from "../authorisation/text-table.ts";
import { type AuthorisationStore, openAuthorisationStore } from "../authorisation-store.ts";
import type { StationConnection } from "../station-connection.ts";
import { cacheScope, type LocalAuthority } from "./spool-context.ts";

/** Actions whose answers say something about cards. */
const TEACHING: ReadonlySet<string> = new Set([
  "Authorize",
  "StartTransaction",
  "StopTransaction",
  "TransactionEvent",
  "SendLocalList",
  "GetLocalListVersion",
  "ClearCache",
]);

/** Nobody here has checked a vehicle's certificate. */
const UNCHECKED: readonly string[] = ["certificate", "iso15118CertificateHashData"];

export interface Authority extends LocalAuthority {
  /** Takes what an answer taught. Never throws. */
  learn(message: Inspected<StationConnection>): void;
  /** Writes what waits. */
  flush(): void;
}

export interface AuthorityOptions {
  readonly storage: SpoolStorage;
  readonly config: GatewayConfig;
  readonly counters: Counters;
  readonly now: () => EpochMs;
  /** 32 bytes: what is remembered is sealed under it. */
  readonly key: Uint8Array;
}

export function openAuthority({ storage, config, counters, now, key }: AuthorityOptions): Authority {
  const store = openAuthorisationStore({
    db: tableOf(storage),
    key,
    now,
    defer: setImmediate,
    counters,
    limits: { entries: config.offline.cacheEntries },
  });
  return authorityOf(store, config, now);
}

function authorityOf(store: AuthorisationStore, { offline }: GatewayConfig, now: () => EpochMs): Authority {
  return {
    decide: (host, scope, { payload }) => {
      const token = presentedToken(host.version, payload);
      const isUnchecked = UNCHECKED.some((field) => payload[field] !== undefined);
      const info: TokenInfo =
        token === undefined || isUnchecked
          ? { status: "Invalid" }
          : store.decide({ station: host.stationId, cacheScope: scope, token, policy: offline }, now());
      const answer = tokenAnswer(host.version, info);
      return (answer["idTagInfo"] ?? answer["idTokenInfo"]) as Payload;
    },
    learn: ({ frame, answers, action, connection }) => {
      if (frame.type !== 3 || answers === undefined || action === undefined || !TEACHING.has(action)) return;
      const facts = authorisationFacts(connection.version, action, answers.frame.payload, frame.payload);
      if (facts.length > 0) store.learn(connection.stationId, cacheScope(connection), facts);
    },
    flush: () => store.flush(),
  };
}

/** A failed write is counted where all failed writes are; its card is then unknown after a restart. */
const tableOf = (storage: SpoolStorage): TextTable => ({
  get: (key) => storage.get("tokens", key)?.toString("utf8"),
  put: (key, value) => storage.put("tokens", key, value),
  remove: (key) => storage.remove("tokens", key),
  *keys(prefix) {
    for (const { key } of storage.range("tokens", prefix, `${prefix}\uffff`)) yield key;
  },
});
