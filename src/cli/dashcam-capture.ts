/** `twinlane dashcam capture`: asks the daemon. */
import { ask, controlPath, socketOf } from "./control-client.ts";
import type { CaptureFlags } from "./dashcam.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";

export async function capture(station: string, flags: CaptureFlags): Promise<void> {
  const { captured } = await ask<{ readonly captured: boolean }>({
    socket: flags.socket ?? (flags.dataDir === undefined ? socketOf(flags.config) : controlPath(flags.dataDir)),
    method: "POST",
    path: `/v1/dashcam/${encodeURIComponent(station)}`,
  });
  if (flags.json) printJson({ captured });
  else
    say(captured ? "will be sealed when its time is over; see twinlane dashcam list" : "nothing is remembered of it");
  if (!captured) process.exitCode = EXIT.failed;
}
