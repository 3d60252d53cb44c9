/**
 * Answers to GetCompositeSchedule, for a 2.x CSMS and, where the gateway answers in a 1.6 station's place, for a 1.6 one.
 *
 * | situation                              | answer                                           |
 * | -------------------------------------- | ------------------------------------------------ |
 * | EVSE (connector) not known             | Rejected, `UnknownEvse`                          |
 * | unit not offered (K08.FR.07)           | Rejected, `UnsupportedRateUnit`                  |
 * | nothing limits and nothing is physical | Rejected, `Unspecified`: OCPP cannot say "no limit" |
 * | else                                   | Accepted, with at least one period, the first at 0 |
 *
 * @see OCPP 2.0.1 Part 2 K08, CompositeScheduleType; OCPP 1.6 §5.7
 */
import type { EpochMs } from "../ids.ts";
import { number, text } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { type Composite, type CompositeQuestion, compositeOf } from "./composite.ts";
import type { ChargingProfile, RateUnit } from "./profile.ts";

export interface CompositeContext extends Pick<CompositeQuestion, "evses" | "stationSupply"> {
  readonly now: EpochMs;
  /** RateUnit as published; the first is used where the CSMS leaves it open. */
  readonly units: readonly RateUnit[];
}

/** Why there is none, as a 2.x `reasonCode`. */
export type NoComposite = "UnknownEvse" | "UnsupportedRateUnit" | "Unspecified";

/** The answer to a 2.x GetCompositeSchedule. */
export const answerComposite2x = (
  profiles: readonly ChargingProfile[],
  request: Payload,
  context: CompositeContext,
): Payload => composited2x(evseOf(request), composite2x(profiles, request, context));

/** The schedule that a 2.x GetCompositeSchedule asks for. */
export const composite2x = (
  profiles: readonly ChargingProfile[],
  request: Payload,
  context: CompositeContext,
): Composite | NoComposite => find(profiles, evseOf(request), request, context);

const evseOf = (request: Payload): number => number(request["evseId"]) ?? Number.NaN;

/** A schedule, or why there is none, as a 2.x answer. */
export function composited2x(evseId: number, found: Composite | NoComposite): Payload {
  if (typeof found === "string") return { status: "Rejected", statusInfo: { reasonCode: found } };
  const { start, durationSec, unit, periods } = found;
  return {
    status: "Accepted",
    schedule: {
      evseId,
      duration: durationSec,
      scheduleStart: inUtc(start),
      chargingRateUnit: unit,
      chargingSchedulePeriod: periods,
    },
  };
}

/** The answer to a 1.6 GetCompositeSchedule. */
export function answerComposite16(
  profiles: readonly ChargingProfile[],
  request: Payload,
  context: CompositeContext,
): Payload {
  const connectorId = number(request["connectorId"]) ?? Number.NaN;
  const found = find(profiles, connectorId, request, context);
  if (typeof found === "string") return { status: "Rejected" };
  const { start, durationSec, unit, periods } = found;
  return {
    status: "Accepted",
    connectorId,
    scheduleStart: inUtc(start),
    chargingSchedule: { duration: durationSec, chargingRateUnit: unit, chargingSchedulePeriod: periods },
  };
}

/** The schedule, or the reasonCode of its refusal. */
function find(
  profiles: readonly ChargingProfile[],
  evseId: number,
  request: Payload,
  { now, units, evses, stationSupply }: CompositeContext,
): Composite | NoComposite {
  const wanted = text(request["chargingRateUnit"]) ?? units[0];
  const unit = units.find((offered) => offered === wanted);
  if (unit === undefined) return "UnsupportedRateUnit";
  const durationSec = number(request["duration"]) ?? 0;
  const composite = compositeOf(profiles, { evseId, from: now, durationSec, unit, evses, stationSupply });
  if (composite === undefined) return "UnknownEvse";
  return composite.periods.every(({ limit }) => Number.isFinite(limit)) ? composite : "Unspecified";
}

/** Whole seconds; OCPP wants RFC 3339. */
const inUtc = (at: EpochMs): string => `${new Date(at).toISOString().slice(0, -5)}Z`;
