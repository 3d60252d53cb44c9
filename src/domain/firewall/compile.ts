/**
 * The rules of one policy, sorted by action once, so that a message costs one look into a list and the checks of its own action.
 *
 *     policy, version ──compile──▶ { south: action → steps, north: action → steps, unknown, … }
 *
 * A rule that is `off` is not in the table.
 */
import { type ActionSpec, CATALOGUE } from "../ocpp/catalogue.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../ocpp/version.ts";
import { CERTIFICATE_CHECKS } from "./check-certificates.ts";
import { COMMAND_CHECKS, keysOf, mayCommand } from "./check-commands.ts";
import { DATA_CHECKS } from "./check-data.ts";
import { FREE_TEXT_CHECKS } from "./check-free-text.ts";
import { LOCATION_CHECKS } from "./check-locations.ts";
import { METER_CHECKS } from "./check-meter.ts";
import { PROFILE_CHECKS } from "./check-profiles.ts";
import { SETTING_CHECKS } from "./check-settings.ts";
import { TRANSACTION_CHECKS } from "./check-transactions.ts";
import type { Check, CheckSpec } from "./facts.ts";
import { type Lesson, lessonOfCall } from "./learn.ts";
import type { FirewallPolicy } from "./policy.ts";
import { type Mode, modeOf, type RuleId } from "./rules.ts";

export interface Step {
  readonly rule: RuleId;
  readonly mode: Mode;
  readonly check: Check;
}

type Steps = readonly Step[];

/** What is done about one action in one direction. */
export interface ActionRules {
  readonly steps: Steps;
  readonly lesson: Lesson | undefined;
}

/** What is looked up for each message of one protocol version. */
export interface FirewallTable {
  readonly policy: FirewallPolicy;
  /** By the catalogue's index of the action; undefined: nothing is. */
  readonly south: readonly (ActionRules | undefined)[];
  readonly north: readonly (ActionRules | undefined)[];
  /** Steps for actions that the version does not have, by who sends them. */
  readonly unknownSouth: Steps;
  readonly unknownNorth: Steps;
  readonly rate: Mode;
  readonly reuse: Mode;
  readonly stray: Mode;
}

/** In the order in which they are asked: the first that refuses ends the message. */
const CONTENT: readonly CheckSpec[] = [
  ...SETTING_CHECKS,
  ...CERTIFICATE_CHECKS,
  ...LOCATION_CHECKS,
  ...COMMAND_CHECKS,
  ...PROFILE_CHECKS,
  ...TRANSACTION_CHECKS,
  ...DATA_CHECKS,
  ...METER_CHECKS,
  ...FREE_TEXT_CHECKS,
];

/** Suffix of an action whose payload is signed (2.x). */
const SIGNED = "-Signed";

export function compileFirewall(policy: FirewallPolicy): ReadonlyMap<OcppVersion, FirewallTable> {
  return new Map(OCPP_VERSIONS.map((version) => [version, compileVersion(policy, version)]));
}

function compileVersion(policy: FirewallPolicy, version: OcppVersion): FirewallTable {
  const { modes } = policy;
  const step: StepOf = (rule, check) => {
    const mode = modeOf(modes, rule);
    return mode === "off" ? [] : [{ rule, mode, check }];
  };
  const rights = policy.rights.csms === undefined ? [] : step("R25", rightsFault);
  const south = (spec: ActionSpec): Steps => [
    ...(spec.from === "csms" ? againstDirection(step, version, spec.versions) : []),
    ...(spec.action === "BootNotification" ? [] : step("R23-boot", bootFault)),
    ...contentOf(spec, "south", step),
  ];
  const north = (spec: ActionSpec): Steps => [
    ...(spec.from === "station" ? againstDirection(step, version, spec.versions) : []),
    ...rights,
    ...contentOf(spec, "north", step),
  ];
  const unknown = step("R24", (_payload, { seen }) =>
    seen.action?.endsWith(SIGNED) && version !== "ocpp1.6" ? undefined : "this protocol version has no such action",
  );
  return {
    policy,
    south: CATALOGUE.map((spec) => rulesOf(spec, version, south(spec), lessonOfCall(version, spec.action))),
    north: CATALOGUE.map((spec) => rulesOf(spec, version, north(spec), undefined)),
    unknownSouth: unknown,
    unknownNorth: [...rights, ...unknown],
    rate: modeOf(modes, "R08"),
    reuse: modeOf(modes, "R09-reuse"),
    stray: modeOf(modes, "R09-stray"),
  };
}

function rulesOf(
  { versions }: ActionSpec,
  version: OcppVersion,
  steps: Steps,
  lesson: Lesson | undefined,
): ActionRules | undefined {
  const isNothing = steps.length === 0 && lesson === undefined;
  return isNothing || !versions.includes(version) ? undefined : { steps, lesson };
}

type StepOf = (rule: RuleId, check: Check) => Steps;

const contentOf = ({ action }: ActionSpec, from: "south" | "north", step: StepOf): Steps =>
  CONTENT.filter((spec) => (spec.from === from || spec.from === "both") && spec.actions.includes(action)).flatMap(
    ({ rule, check }) => step(rule, check),
  );

const rightsFault: Check = (payload, { policy, seen }) =>
  mayCommand(policy.rights.csms, seen.action ?? "", keysOf(payload))
    ? undefined
    : "the CSMS has no right to this command";

/** For some actions of 2.1 the specification does not state who sends them: a relay must not be narrower than the protocol. */
function againstDirection(step: StepOf, version: OcppVersion, versions: readonly OcppVersion[]): Steps {
  const steps = step("R23-direction", () => "the call travels in the wrong direction");
  const isCertain = version !== "ocpp2.1" || versions.length > 1;
  return isCertain ? steps : steps.map((one) => (one.mode === "enforce" ? { ...one, mode: "log" } : one));
}

const bootFault: Check = (_payload, { life, memory }) => {
  if (!memory.isAccepted) memory.isAccepted = life.registration === "Accepted";
  return memory.isAccepted ? undefined : "the station is not accepted";
};
