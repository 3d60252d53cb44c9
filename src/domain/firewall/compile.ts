/**
 * The rules of one policy, sorted by action once, so that a message costs one look into a map and the checks of its own action.
 *
 *     policy, version ──compile──▶ { south: action → steps, north: action → steps, unknown, … }
 *
 * A rule that is `off` is not in the table.
 */
import { CATALOGUE } from "../ocpp/catalogue.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../ocpp/version.ts";
import { CERTIFICATE_CHECKS } from "./check-certificates.ts";
import { COMMAND_CHECKS, keysOf, mayCommand } from "./check-commands.ts";
import { DATA_CHECKS } from "./check-data.ts";
import { LOCATION_CHECKS } from "./check-locations.ts";
import { METER_CHECKS } from "./check-meter.ts";
import { PROFILE_CHECKS } from "./check-profiles.ts";
import { SETTING_CHECKS } from "./check-settings.ts";
import { TRANSACTION_CHECKS } from "./check-transactions.ts";
import type { Check, CheckSpec } from "./facts.ts";
import type { FirewallPolicy } from "./policy.ts";
import { type Mode, modeOf, type RuleId } from "./rules.ts";

export interface Step {
  readonly rule: RuleId;
  readonly mode: Mode;
  readonly check: Check;
}

type Steps = readonly Step[];

/** What is looked up for each message of one protocol version. */
export interface FirewallTable {
  readonly policy: FirewallPolicy;
  readonly south: ReadonlyMap<string, Steps>;
  readonly north: ReadonlyMap<string, Steps>;
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
];

/** Suffix of an action whose payload is signed (2.x). */
const SIGNED = "-Signed";

export function compileFirewall(policy: FirewallPolicy): ReadonlyMap<OcppVersion, FirewallTable> {
  return new Map(OCPP_VERSIONS.map((version) => [version, compileVersion(policy, version)]));
}

function compileVersion(policy: FirewallPolicy, version: OcppVersion): FirewallTable {
  const { modes } = policy;
  const step = (rule: RuleId, check: Check): Steps => {
    const mode = modeOf(modes, rule);
    return mode === "off" ? [] : [{ rule, mode, check }];
  };
  const rights: Check = (payload, { seen }) =>
    mayCommand(policy.rights.csms, seen.action ?? "", keysOf(payload))
      ? undefined
      : "the CSMS has no right to this command";
  const table = (from: "south" | "north"): ReadonlyMap<string, Steps> => {
    const sender = from === "south" ? "station" : "csms";
    const ours = CONTENT.filter((spec) => spec.from === from || spec.from === "both");
    const entries = CATALOGUE.filter(({ versions }) => versions.includes(version)).map((spec) => {
      const isAgainst = spec.from !== "both" && spec.from !== sender;
      const steps = [
        ...(isAgainst ? againstDirection(step, version, spec.versions) : []),
        ...(from === "north" && policy.rights.csms !== undefined ? step("R25", rights) : []),
        ...(from === "south" && spec.action !== "BootNotification" ? step("R23-boot", bootFault) : []),
        ...ours.filter(({ actions }) => actions.includes(spec.action)).flatMap(({ rule, check }) => step(rule, check)),
      ];
      return [spec.action, steps] as const;
    });
    return new Map(entries.filter(([, steps]) => steps.length > 0));
  };
  const unknown = step("R24", (_payload, { seen }) =>
    seen.action?.endsWith(SIGNED) && version !== "ocpp1.6" ? undefined : "this protocol version has no such action",
  );
  return {
    policy,
    south: table("south"),
    north: table("north"),
    unknownSouth: unknown,
    unknownNorth: [...(policy.rights.csms === undefined ? [] : step("R25", rights)), ...unknown],
    rate: modeOf(modes, "R08"),
    reuse: modeOf(modes, "R09-reuse"),
    stray: modeOf(modes, "R09-stray"),
  };
}

/** For some actions of 2.1 the specification does not state who sends them: a relay must not be narrower than the protocol. */
function againstDirection(
  step: (rule: RuleId, check: Check) => Steps,
  version: OcppVersion,
  versions: readonly OcppVersion[],
): Steps {
  const steps = step("R23-direction", () => "the call travels in the wrong direction");
  const isCertain = version !== "ocpp2.1" || versions.length > 1;
  return isCertain ? steps : steps.map((one) => (one.mode === "enforce" ? { ...one, mode: "log" } : one));
}

const bootFault: Check = (_payload, { life }) =>
  life.registration === "Accepted" ? undefined : "the station is not accepted";
