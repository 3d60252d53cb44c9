/**
 * Why a station boots, when the gateway knows better than its BootNotification, which has no reason in 1.6. For whoever translates
 * the BootNotification; nothing has to be put back.
 */
import type { EpochMs } from "../ids.ts";
import { commandsOf } from "./command-state.ts";
import type { TranslationState } from "./contract.ts";
import { pendingTrigger } from "./pending-triggers.ts";

/** A reset station is back within this time, or boots for another reason. */
const RESET_TAKES_MS = 600_000;
/** A BootNotification that is sent again, because the CSMS said Pending, has the reason of the first. */
const SAME_BOOT_MS = 120_000;

/** A `BootReasonEnumType`, or undefined when nothing is known. */
export function bootHint(
  state: TranslationState,
  now: EpochMs,
): "RemoteReset" | "FirmwareUpdate" | "Triggered" | undefined {
  const { reset, firmwareJob } = commandsOf(state);
  if (reset?.phase === "sent") {
    const deadline = reset.bootedAt === undefined ? reset.at + RESET_TAKES_MS : reset.bootedAt + SAME_BOOT_MS;
    if (now <= deadline) return "RemoteReset";
  }
  const isInstalling =
    firmwareJob?.isOpen === true && ["Installing", "InstallRebooting"].includes(firmwareJob.status ?? "");
  if (isInstalling) return "FirmwareUpdate";
  return pendingTrigger(state, 0, now, ["BootNotification"]) === undefined ? undefined : "Triggered";
}
