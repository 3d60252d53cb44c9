/**
 * The action catalogue: ONE table of every action of every version, and everything the gateway knows about it.
 * Lanes, classes, validation and metrics look here; no other file lists actions.
 */
import { type CatalogueRow, FROM_BOTH, FROM_CSMS, FROM_STATION } from "./catalogue-rows.ts";
import type { OcppVersion } from "./version.ts";

/** Guarantee class, see docs/ARCHITECTURE.md: V0 goes before V1 … V4 wherever messages wait for the same thing. */
export type MessageClass = 0 | 1 | 2 | 3 | 4;

export interface ActionSpec {
  /** Exactly as the specification spells it, without Request/Response suffix. */
  readonly action: string;
  readonly versions: readonly OcppVersion[];
  /** Who sends the CALL (or SEND). `both`: DataTransfer. */
  readonly from: "station" | "csms" | "both";
  /** True for a SEND message (OCPP 2.1), which nobody answers. */
  readonly send: boolean;
  /**
   * Lane of the message's purpose. `health` messages carry nothing but condition data, so a `divert` policy may keep them
   * from the CSMS; every `value` message reaches the CSMS always.
   */
  readonly lane: "value" | "health";
  /** Class before the payload is looked at; `classify` refines it (a MeterValues of a transaction is V1). */
  readonly messageClass: MessageClass;
  /**
   * True when request or response, in any version, has a field for a person, a token, a contract, a household's device, a
   * secret, free text, or an id that links messages to one charging session.
   */
  readonly personal: boolean;
  /** True when the request can hold observations for the health lane. */
  readonly observable: boolean;
  /** True when the response says what the numbers of other messages are of. */
  readonly explains: boolean;
  /** True when request or response names a card (privacy/token-fields.ts). */
  readonly token: boolean;
  /** Dense number, 0…n−1, over the whole catalogue: the index of this action's counters. */
  readonly index: number;
}

const entry =
  (from: ActionSpec["from"]) =>
  ([action, versions, messageClass, ...traits]: CatalogueRow): Omit<ActionSpec, "index"> => ({
    action,
    versions,
    from,
    send: traits.includes("send"),
    lane: traits.includes("health") ? "health" : "value",
    messageClass,
    personal: traits.includes("personal"),
    observable: traits.includes("observable"),
    explains: traits.includes("explains"),
    token: traits.includes("token"),
  });

/** Every action once, whatever the number of versions that have it. `CATALOGUE[i].index === i`. */
export const CATALOGUE: readonly ActionSpec[] = Object.freeze(
  [...FROM_STATION.map(entry("station")), ...FROM_CSMS.map(entry("csms")), ...FROM_BOTH.map(entry("both"))].map(
    (spec, index) => Object.freeze({ ...spec, index }),
  ),
);

const inVersion = (version: OcppVersion): ReadonlyMap<string, ActionSpec> =>
  new Map(CATALOGUE.filter((spec) => spec.versions.includes(version)).map((spec) => [spec.action, spec]));

const IN_16 = inVersion("ocpp1.6");
const IN_201 = inVersion("ocpp2.0.1");
const IN_21 = inVersion("ocpp2.1");

/** Asked for every frame: comparing is cheaper than a property whose name varies. */
function tableOf(version: OcppVersion): ReadonlyMap<string, ActionSpec> {
  if (version === "ocpp1.6") return IN_16;
  return version === "ocpp2.0.1" ? IN_201 : IN_21;
}

/** The entry for `action` in `version`, or undefined for a vendor's or unknown action. O(1). */
export function actionSpec(version: OcppVersion, action: string): ActionSpec | undefined {
  return tableOf(version).get(action);
}
