/**
 * Why a station boots, when the gateway knows better than its BootNotification, which has no reason in 1.6. For whoever translates
 * the BootNotification; nothing has to be put back.
 */
import type { EpochMs } from "../ids.ts";
import { commandsOf } from "./command-state.ts";
import type { TranslationState } from "./contract.ts";
import { pendingTrigger } from "./pending-triggers.ts";

/** A station is back within this time, or boots for another reason. */
const BOOT_TAKES_MS = 600_000;
/** A BootNotification that is sent again, because the CSMS said Pending, has the reason of the first. */
const SAME_BOOT_MS = 120_000;
/** After these a station boots; 1.6 reports Installed before or after. */
const INSTALLS: readonly string[] = ["Installing", "InstallRebooting", "Installed"];

/** A `BootReasonEnumType`, or undefined when nothing is known. */
export function bootHint(
  state: TranslationState,
  now: EpochMs,
): "RemoteReset" | "FirmwareUpdate" | "Triggered" | undefined {
  const { reset, firmwareJob } = commandsOf(state);
  if (reset?.phase === "sent") {
    const deadline = reset.bootedAt === undefined ? reset.at + BOOT_TAKES_MS : reset.bootedAt + SAME_BOOT_MS;
    if (now <= deadline) return "RemoteReset";
  }
  const { status = "", statusAt } = firmwareJob ?? {};
  if (statusAt !== undefined && INSTALLS.includes(status) && now <= statusAt + BOOT_TAKES_MS) return "FirmwareUpdate";
  return pendingTrigger(state, 0, now, ["BootNotification"]) === undefined ? undefined : "Triggered";
}
