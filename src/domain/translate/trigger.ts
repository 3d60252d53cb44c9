/**
 * TriggerMessage: asks the station for a message, and remembers that it comes by order (`pending-triggers.ts`). How each message is
 * asked for stands in `trigger-table.ts`.
 *
 * | `evse`                | 1.6 `connectorId`                                                             |
 * | --------------------- | ----------------------------------------------------------------------------- |
 * | absent, or id 0       | absent: all                                                                   |
 * | `{id}`                | the connector with a transaction, else the first; for a status there must be only one |
 * | `{id, connectorId}`   | that connector                                                                |
 *
 * The message is expected from the moment the station is asked, not from its answer: some send it first.
 *
 * @see OCPP 2.0.1 F06; OCPP 1.6 edition 2 §5.17
 */
import type { Payload } from "../ocpp/frame.ts";
import { compact, numberAt, objectAt, rowOf, textAt } from "./command-fields.ts";
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
import {
  type AnswerRule,
  type Asked,
  type Block,
  type CallRule,
  connectors16Of,
  type Env,
  openTransactionAt,
  type Step,
  type TranslationState,
} from "./contract.ts";
import { type Reason, reasonOf } from "./errors.ts";
import { expectTriggered, forgetTriggered } from "./pending-triggers.ts";
import { insideTunnel, throughTunnel } from "./plug-and-charge.ts";
import { TRIGGERS, type Trigger } from "./trigger-table.ts";
import { triggerEvents } from "./triggered-event.ts";

interface Triggering extends CommandJob {
  readonly message: string;
  readonly connector16?: number;
}

const trigger: CallRule<TranslationState> = (state, asked, env) => {
  const requested = textAt(asked.payload, "requestedMessage") ?? "";
  const how = rowOf(TRIGGERS, requested) ?? { how: "none" };
  if (how.how === "none") return say(state, asked, "NotImplemented");
  if (how.how === "tunnel") return tunnel(state, asked, requested, env);
  if (how.how === "heartbeat") return heartbeat(state, asked, env);
  const connector16 = connectorMeant(state, objectAt(asked.payload, "evse"), env);
  if (typeof connector16 === "object") return say(state, asked, "Rejected", connector16);
  if (how.how === "event") return triggerEvents(state, asked, connector16, env);
  return forward(state, asked, { requested, how, connector16 }, env);
};

/** The 1.6 connector, undefined for all, or why there is none. */
function connectorMeant(
  state: TranslationState,
  evse: Payload | undefined,
  { topology }: Env,
): number | undefined | Reason {
  const evseId = evse && numberAt(evse, "id");
  const connectorId = evse && numberAt(evse, "connectorId");
  if (!evseId && !connectorId) return undefined;
  if (connectors16Of(topology, evseId ?? 0).length === 0) return reason("UnknownEvse");
  const connectors = connectors16Of(topology, evseId ?? 0, connectorId);
  const busy = connectors.find((connector16) => openTransactionAt(state, connector16) !== undefined);
  return busy ?? connectors[0] ?? reason("UnknownConnectorId");
}

interface Forwarding {
  readonly requested: string;
  readonly how: Trigger;
  readonly connector16: number | undefined;
}

function forward(
  state: TranslationState,
  asked: Asked,
  { requested, how, connector16 }: Forwarding,
  env: Env,
): Step<TranslationState> {
  const refusal = refusalOf(state, asked.payload, how, env);
  if (refusal !== undefined) return say(state, asked, refusal.status, refusal.why);
  const isExtended = how.how === "log" && state.capabilities.hasSecurityExtension;
  if (!isExtended && !hasProfile(state, "RemoteTrigger")) return say(state, asked, "NotImplemented");
  const job = triggering(asked, requested, connector16);
  const call = isExtended
    ? { action: "ExtendedTriggerMessage", payload: { requestedMessage: "LogStatusNotification" }, job }
    : {
        action: "TriggerMessage",
        payload: compact({ requestedMessage: messageOf(how), connectorId: connector16 }),
        job,
      };
  return askStation(expectTriggered(state, { message: requested, connector16 }, env.now), call, triggered, env);
}

const triggering = (asked: Asked, message: string, connector16: number | undefined): Triggering => ({
  ...jobFor("trigger.asked", asked),
  message,
  ...(connector16 === undefined ? {} : { connector16 }),
});

const messageOf = (how: Trigger): string => ("message16" in how ? how.message16 : "DiagnosticsStatusNotification");

interface Refusal {
  readonly status: string;
  readonly why?: Reason;
}

function refusalOf(
  state: TranslationState,
  { evse }: Payload,
  { how }: Trigger,
  { topology }: Env,
): Refusal | undefined {
  if (how === "boot" && state.tx.registration === "Accepted") return { status: "Rejected" };
  if (how !== "status") return undefined;
  const { id = 0, connectorId } = (evse ?? {}) as { readonly id?: number; readonly connectorId?: number };
  const isNamed = connectorId !== undefined || connectors16Of(topology, id).length === 1;
  return isNamed ? undefined : { status: "Rejected", why: reason("MissingParam", "a status is one connector's") };
}

const triggered: AnswerRule<TranslationState> = (state, job, outcome) => {
  const { message, connector16 } = commandJob(job) as Triggering;
  const next = statusOf(outcome) === "Accepted" ? state : forgetTriggered(state, { message, connector16 });
  return relayStatus(next, job, outcome, { known: ["Accepted", "Rejected", "NotImplemented"], otherwise: "Rejected" });
};

/** An answer first, then what was triggered (F06.FR.04). A station that is away has no heart that beats. */
function heartbeat(state: TranslationState, asked: Asked, env: Env): Step<TranslationState> {
  if (!env.isStationOnline) return say(state, asked, "Rejected", reasonOf({ kind: "none" }));
  return also(say(state, asked, "Accepted"), tellCsms("Heartbeat", {}));
}

function tunnel(state: TranslationState, asked: Asked, requestedMessage: string, env: Env): Step<TranslationState> {
  if (env.settings.plugAndCharge !== true) return say(state, asked, "NotImplemented");
  const call = { action: "TriggerMessage", payload: { requestedMessage }, job: jobFor("trigger.tunnelled", asked) };
  return throughTunnel(state, call, tunnelled, env);
}

const tunnelled: AnswerRule<TranslationState> = (state, job, outcome) =>
  relayStatus(state, job, outcome, { known: ["Accepted", "Rejected", "NotImplemented"], otherwise: "NotImplemented" });

export const triggerBlock: Block = {
  from: { csms: { TriggerMessage: trigger } },
  answers: { "trigger.asked": triggered, "trigger.tunnelled": insideTunnel(tunnelled) },
};
