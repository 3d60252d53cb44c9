/** R25 for commands that do not come as messages: what energy management on site asks of the gateway. */
import type { StationRule } from "../../config/types.ts";
import { mayCommand } from "../../domain/firewall/check-commands.ts";
import type { CommandSource } from "../../domain/firewall/policy.ts";
import { modeOf } from "../../domain/firewall/rules.ts";
import type { StationId } from "../../domain/ids.ts";
import type { Sentinel } from "./sentinel.ts";

/** @returns whether a source may have a station do something; a "no" is told, and holds in mode `enforce` only */
export function sourceRights(
  ruleFor: (station: StationId) => StationRule | undefined,
  sentinel: Pick<Sentinel, "report">,
): (source: CommandSource, action: string, stationId: StationId) => boolean {
  return (source, action, stationId) => {
    const policy = ruleFor(stationId)?.firewall;
    const mode = policy === undefined ? "off" : modeOf(policy.modes, "R25");
    if (policy?.enabled !== true || mode === "off" || mayCommand(policy.rights[source], action, [])) return true;
    const isRefused = mode === "enforce";
    sentinel.report({ rule: "R25", reason: `${source} has no right to ${action}`, mode, stationId, isRefused });
    return !isRefused;
  };
}
