/**
 * NotifyEvent: what a station's StatusNotification says of faults and of the whole station, which 2.x keeps apart from the status of
 * a connector.
 *
 * @see OCPP 2.0.1 Part 2 N07 (alerts), G05.FR.02; OCPP 2.1 Part 2 G01 (AvailabilityState preferred to StatusNotification)
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import { type Job, openTransactionAt } from "./contract.ts";
import { isMonitored } from "./device-state.ts";
import {
  isDcConnector,
  PROBLEM_COMPONENT,
  PROBLEM_SEVERITY,
  STATION_COMPONENTS,
  USUAL_SEVERITY,
} from "./status-tables.ts";
import { evsePlace } from "./tx-places.ts";
import { change, type Draft } from "./tx-state.ts";
import { isoText } from "./tx-time.ts";

const LONGEST_TECH_CODE = 50;
const LONGEST_TECH_INFO = 500;

export interface Problem {
  /** A name of the appendix, or what PROBLEM_COMPONENT calls by another. */
  readonly component: string;
  readonly techCode: string;
  readonly techInfo?: string;
  readonly at: EpochMs;
  readonly timestamp?: string;
  readonly cleared?: true;
}

/** `eventData` of a problem that has come or, with `cleared`, gone. */
export function problemData(draft: Draft, connector16: number, problem: Problem): Payload {
  const { techCode, techInfo = "", cleared, at, timestamp = isoText(at) } = problem;
  const transaction = openTransactionAt(draft.state, connector16);
  return {
    eventId: nextEventId(draft),
    timestamp,
    trigger: "Alerting",
    actualValue: cleared === true ? "false" : "true",
    techCode: techCode.slice(0, LONGEST_TECH_CODE),
    ...(techInfo === "" ? {} : { techInfo: techInfo.slice(0, LONGEST_TECH_INFO) }),
    ...(cleared === true ? { cleared } : {}),
    ...(transaction === undefined ? {} : { transactionId: transaction.id }),
    eventNotificationType: "HardWiredNotification",
    component: componentOf(draft, problem.component, connector16),
    variable: { name: "Problem" },
  };
}

export function notifyProblem(draft: Draft, connector16: number, problem: Problem): void {
  notify(draft, [problemData(draft, connector16, problem)]);
}

/** Tells the CSMS of events, all in one message; of problems those that it wants to hear of (N05). */
export function notify(draft: Draft, events: readonly Payload[], job?: Job): void {
  const eventData = events.filter((event) => isWanted(draft, event));
  if (eventData.length === 0) return;
  const payload = { generatedAt: isoText(draft.env.now), seqNo: 0, eventData };
  draft.wants.push({ do: "ask", peer: "csms", action: "NotifyEvent", payload, ...(job === undefined ? {} : { job }) });
}

/** An AvailabilityState is in place of a status, which no level keeps away. */
function isWanted({ state }: Draft, { trigger, component }: Payload): boolean {
  const { name } = component as { readonly name: string };
  return trigger !== "Alerting" || isMonitored(state, PROBLEM_SEVERITY[name] ?? USUAL_SEVERITY);
}

/** `eventData` of a changed AvailabilityState: of the station for connector 0, else of the connector. */
export const availabilityData = (draft: Draft, connector16: number, status: string, timestamp: string): Payload => ({
  eventId: nextEventId(draft),
  timestamp,
  trigger: "Delta",
  actualValue: status,
  eventNotificationType: "HardWiredNotification",
  component: componentOf(draft, "place", connector16),
  variable: { name: "AvailabilityState" },
});

function nextEventId(draft: Draft): number {
  const { eventId } = draft.state.tx;
  change(draft, { eventId: eventId + 1 });
  return eventId;
}

function componentOf({ env }: Draft, called: string, connector16: number): Payload {
  if (connector16 === 0) {
    const station = called === "place" ? "ChargingStation" : called === "communication" ? "CPPWMController" : called;
    return { name: station };
  }
  const { evseId, connectorId } = evsePlace(env, connector16);
  const name = nameOf(called, env.topology.evses, connector16);
  return STATION_COMPONENTS.has(name) ? { name } : { name, evse: { id: evseId, connectorId } };
}

type Evses = Draft["env"]["topology"]["evses"];

function nameOf(called: string, evses: Evses, connector16: number): string {
  if (called === "place") return "Connector";
  if (called !== "communication") return called;
  const connector = evses.flatMap(({ connectors }) => connectors).find((known) => known.connector16 === connector16);
  return isDcConnector(connector?.type) ? "ISO15118Ctrlr" : "CPPWMController";
}

/** A code the table does not know is an error like any other. */
export const problemComponent = (errorCode: string): string => PROBLEM_COMPONENT[errorCode] ?? "place";
