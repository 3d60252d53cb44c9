/**
 * R16, R18, R25: what the CSMS orders: how often, at what time, and whether it may.
 *
 * @see OCPP 1.6 §5.2, §5.11, §5.14, §5.18; OCPP 2.0.1 B11, B12, F01–F03, F05, G03
 */
import { list as listOf, object as objectOf } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { isProvisional } from "../spool/provisional-id.ts";
import type { CheckSpec, Circumstances } from "./facts.ts";
import type { RightsPolicy } from "./policy.ts";
import { textOf } from "./read.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const isHardReset = ({ type }: Payload): boolean =>
  type === "Hard" || type === "Immediate" || type === "ImmediateAndResume";

function tooMany(payload: Payload, { memory, policy, seen }: Circumstances): string | undefined {
  const { action } = seen;
  const now = seen.receivedAt;
  const over = (limit: number) => memory.isOver(`R16-${action}`, limit, HOUR_MS, now);
  switch (action) {
    case "Reset":
      return over(policy.resetsPerHour) ? "too many resets in an hour" : undefined;
    case "UnlockConnector":
      return over(policy.unlocksPerHour) ? "too many unlocks in an hour" : undefined;
    default: {
      // Only taking out of service hurts; giving back must always work.
      const takesAway = payload["type"] === "Inoperative" || payload["operationalStatus"] === "Inoperative";
      return takesAway && over(policy.availabilityPerHour) ? "taken out of service too often in an hour" : undefined;
    }
  }
}

function remoteStart(payload: Payload, { memory, policy, seen }: Circumstances): string | undefined {
  if (memory.isOver("R18", policy.remoteStartsPerMin, MINUTE_MS, seen.receivedAt)) return "too many remote starts";
  const place = payload["connectorId"] ?? payload["evseId"];
  const isBusy = typeof place === "number" && place > 0 && memory.openOn(place) !== undefined;
  return isBusy ? "a transaction runs there already" : undefined;
}

function remoteStop({ transactionId }: Payload, { life, memory }: Circumstances): string | undefined {
  if (typeof transactionId === "number" && isProvisional(transactionId)) return undefined;
  const id = String(transactionId);
  return memory.startOf(id) !== undefined || life.knows(id) ? undefined : "no such transaction runs";
}

/** Whether a source may give this command, for each key where it has some. Pure; the table of R25. */
export function mayCommand(rights: RightsPolicy | undefined, action: string, keys: readonly string[]): boolean {
  if (rights === undefined) return true;
  const names = keys.length === 0 ? [action] : keys.map((key) => `${action}/${key}`);
  const isIn = (list: readonly string[], name: string) =>
    list.some((entry) => entry === action || entry.toLowerCase() === name.toLowerCase());
  if (names.some((name) => isIn(rights.deny ?? [], name))) return false;
  const { allow } = rights;
  return allow === undefined || names.every((name) => isIn(allow, name));
}

/** The configuration keys that a command is about. */
export function keysOf({ key, setVariableData }: Payload): readonly string[] {
  if (typeof key === "string") return [key];
  return listOf(setVariableData).flatMap((item) => {
    const name = textOf(objectOf(objectOf(item)?.["variable"])?.["name"]);
    return name === undefined ? [] : [name];
  });
}

export const COMMAND_CHECKS: readonly CheckSpec[] = [
  { rule: "R16-rate", from: "north", actions: ["Reset", "UnlockConnector", "ChangeAvailability"], check: tooMany },
  {
    rule: "R16-busy",
    from: "north",
    actions: ["Reset"],
    check: (payload, { life }) => (isHardReset(payload) && life.isCharging ? "a vehicle is charging" : undefined),
  },
  {
    rule: "R16-busy",
    from: "north",
    actions: ["UpdateFirmware", "SignedUpdateFirmware"],
    check: (_payload, { life }) => (life.isCharging ? "a vehicle is charging" : undefined),
  },
  { rule: "R18", from: "north", actions: ["RemoteStartTransaction", "RequestStartTransaction"], check: remoteStart },
  { rule: "R18", from: "north", actions: ["RemoteStopTransaction", "RequestStopTransaction"], check: remoteStop },
];
