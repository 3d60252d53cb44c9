/**
 * ReserveNow and CancelReservation, and the ReservationStatusUpdate that 1.6 does not have.
 *
 * | 2.0.1                                | 1.6                    | note                                                    |
 * | ------------------------------------ | ---------------------- | ------------------------------------------------------- |
 * | `id`                                 | `reservationId`        |                                                         |
 * | `expiryDateTime`                     | `expiryDate`           |                                                         |
 * | `idToken`, `groupIdToken`            | `idTag`, `parentIdTag` | by alias when longer than 20; additionalInfo is lost            |
 * | `evseId`                             | `connectorId`          | the first connector of the EVSE that fits               |
 * | `connectorType`                      | –                      | resolved to a connector of that type                    |
 * | neither                              | `connectorId` 0        | only where the station can (H01.FR.19)                  |
 *
 * What becomes of a reservation is not said in 1.6, but it shows: it expires unused (`Expired`), or its connector breaks down or is
 * taken out of service (`Removed`, H01.FR.16/17). A transaction that names it has used it.
 *
 * @see OCPP 2.0.1 H01–H04; OCPP 1.6 edition 2 §5.13, §5.3
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import { parseTimestamp } from "../telemetry/parse-timestamp.ts";
import { compact, numberAt, objectAt, textAt } from "./command-fields.ts";
import {
  also,
  askStation,
  type CommandJob,
  commandJob,
  hasProfile,
  jobFor,
  reason,
  relayStatus,
  say,
  statusOf,
  tellCsms,
} from "./command-kit.ts";
import { commandsOf, type Reservation, withCommands } from "./command-state.ts";
import {
  type AnswerRule,
  type Block,
  type CallRule,
  connectors16Of,
  type Env,
  nothingWanted,
  type Step,
  type TranslationState,
  type WakeRule,
  type Want,
} from "./contract.ts";
import type { Reason } from "./errors.ts";
import { rememberToken, sentToken } from "./token-alias.ts";

interface Reserving extends CommandJob {
  readonly reservation: Reservation;
}

/** More than any station has connectors; the one that expires first is forgotten. */
const CAPACITY = 64;

const reserve: CallRule<TranslationState> = (state, asked, env) => {
  const { payload } = asked;
  if (!hasProfile(state, "Reservation")) return say(state, asked, "Rejected", reason("UnsupportedRequest"));
  const connectorId = connectorFor(state, payload, env);
  if (typeof connectorId !== "number") return say(state, asked, "Rejected", connectorId);
  const token = sentToken(objectAt(payload, "idToken") ?? {});
  const group = objectAt(payload, "groupIdToken");
  const groupToken = group === undefined ? undefined : sentToken(group);
  const expiryDate = textAt(payload, "expiryDateTime") ?? "";
  const id = numberAt(payload, "id") ?? 0;
  const expiresAt = epochMs(parseTimestamp(expiryDate));
  if (Number.isNaN(expiresAt)) return say(state, asked, "Rejected", reason("InvalidValue"));
  const tags = [token.idTag, ...(group === undefined ? [] : [sentToken(group).idTag])];
  const reservation = { id, connector16: connectorId, expiresAt, tags };
  const request = compact({
    connectorId,
    expiryDate,
    idTag: token.idTag,
    parentIdTag: groupToken?.idTag,
    reservationId: id,
  });
  const job: Reserving = { ...jobFor("reservation.reserved", asked), reservation };
  const call = { action: "ReserveNow", payload: request, job };
  const known = groupToken === undefined ? state : rememberToken(state, groupToken);
  return askStation(rememberToken(known, token), call, reserved, env);
};

/** The 1.6 connector to reserve; where several would do, one that is free. */
function connectorFor(state: TranslationState, payload: Payload, { topology }: Env): number | Reason {
  const evseId = numberAt(payload, "evseId");
  const type = textAt(payload, "connectorType");
  if (evseId === undefined && type === undefined) {
    if (state.capabilities.reservesConnectorZero === true) return 0;
    return reason("UnsupportedRequest", "the station reserves EVSEs, not itself");
  }
  if (evseId !== undefined && connectors16Of(topology, evseId).length === 0) return reason("UnknownEvse");
  const candidates = topology.evses
    .filter((evse) => evseId === undefined || evse.evseId === evseId)
    .flatMap(({ connectors }) => connectors)
    // Of a named EVSE a connector of unknown type may be the one; of the whole station it is a guess.
    .filter((connector) => type === undefined || (connector.type ?? (evseId === undefined ? undefined : type)) === type)
    .map(({ connector16 }) => connector16);
  const free = candidates.find((connector16) => state.tx.connectors[connector16]?.status === "Available");
  return free ?? candidates[0] ?? reason("UnknownConnectorType");
}

const RESERVE_STATUSES: readonly string[] = ["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"];

const reserved: AnswerRule<TranslationState> = (state, job, outcome) => {
  const { reservation } = commandJob(job) as Reserving;
  const isAccepted = statusOf(outcome) === "Accepted";
  const next = isAccepted ? withReservation(state, reservation) : state;
  const step = relayStatus(next, job, outcome, { known: RESERVE_STATUSES, otherwise: "Rejected" });
  if (!isAccepted) return step;
  const wake: Want = {
    do: "wake",
    job: { kind: "reservation.expired", key: String(reservation.id) },
    at: reservation.expiresAt,
  };
  return also(step, wake);
};

/** An id that is used again replaces the reservation (H01.FR.02). */
function withReservation(state: TranslationState, reservation: Reservation): TranslationState {
  const others = commandsOf(state).reservations.filter(({ id }) => id !== reservation.id);
  const kept = [...others, reservation].sort((one, other) => one.expiresAt - other.expiresAt).slice(-CAPACITY);
  return withCommands(state, { reservations: kept });
}

/** For whom a connector is reserved; undefined: for nobody. A reservation of connector 0 is of any. */
export function reservedTags(
  state: TranslationState,
  connector16: number,
  now: EpochMs,
): readonly string[] | undefined {
  const found = commandsOf(state).reservations.find(
    (one) => one.connector16 === connector16 && connector16 !== 0 && one.expiresAt > now,
  );
  return found?.tags;
}

const cancel: CallRule<TranslationState> = (state, asked, env) => {
  if (!hasProfile(state, "Reservation")) return say(state, asked, "Rejected", reason("NotFound"));
  const reservationId = numberAt(asked.payload, "reservationId") ?? 0;
  const job = { ...jobFor("reservation.cancelled", asked), reservationId };
  return askStation(state, { action: "CancelReservation", payload: { reservationId }, job }, cancelled, env);
};

const cancelled: AnswerRule<TranslationState> = (state, job, outcome) => {
  const gone =
    statusOf(outcome) === "Accepted" ? without(state, [job["reservationId"] as number]) : nothingWanted(state);
  const known = ["Accepted", "Rejected"];
  return also(relayStatus(gone.state, job, outcome, { known, otherwise: "Rejected" }), ...gone.wants);
};

/** Forgets reservations, and when they would have expired. */
function without(state: TranslationState, ids: readonly number[]): Step<TranslationState> {
  const reservations = commandsOf(state).reservations.filter(({ id }) => !ids.includes(id));
  const wants = ids.map((id): Want => {
    return { do: "wake", job: { kind: "reservation.expired", key: String(id) }, at: undefined };
  });
  return { state: withCommands(state, { reservations }), wants };
}

const update = (reservationId: number, reservationUpdateStatus: "Expired" | "Removed"): Want =>
  tellCsms("ReservationStatusUpdate", { reservationId, reservationUpdateStatus });

const expired: WakeRule<TranslationState> = (state, job, env) => {
  const found = commandsOf(state).reservations.find(({ id }) => String(id) === job["key"]);
  if (found === undefined || found.expiresAt > env.now) return nothingWanted(state);
  return also({ state: without(state, [found.id]).state, wants: [] }, update(found.id, "Expired"));
};

const hearStatus: CallRule<TranslationState> = (state, { payload }) => {
  const isOut = ["Faulted", "Unavailable"].includes(textAt(payload, "status") ?? "");
  if (!isOut) return nothingWanted(state);
  const connector16 = numberAt(payload, "connectorId");
  const ids = commandsOf(state).reservations.flatMap((one) => (one.connector16 === connector16 ? [one.id] : []));
  return also(without(state, ids), ...ids.map((id) => update(id, "Removed")));
};

const hearStart: CallRule<TranslationState> = (state, { payload }) => {
  const reservationId = numberAt(payload, "reservationId");
  const isOurs = commandsOf(state).reservations.some(({ id }) => id === reservationId);
  return isOurs && reservationId !== undefined ? without(state, [reservationId]) : nothingWanted(state);
};

export const reservation: Block = {
  from: { csms: { ReserveNow: reserve, CancelReservation: cancel } },
  hears: { StatusNotification: hearStatus, StartTransaction: hearStart },
  answers: { "reservation.reserved": reserved, "reservation.cancelled": cancelled },
  wakes: { "reservation.expired": expired },
};
