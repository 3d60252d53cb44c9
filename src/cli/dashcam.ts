import type { Command } from "commander";
import { parseEndpoint, parsePositive } from "./arguments.ts";
import { fileSubcommands } from "./subcommands.ts";

export interface DashcamFlags {
  readonly config: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

export interface CaptureFlags extends DashcamFlags {
  readonly socket?: string;
}

export interface SceneExportFlags extends DashcamFlags {
  readonly output?: string;
}

export interface ReplayFlags extends DashcamFlags {
  readonly to: string;
  readonly speed: number;
  readonly as: string;
  readonly passwordFile?: string;
  readonly tlsCa?: string;
}

/** `twinlane dashcam list|show|verify|export|capture|replay`: the scenes of faults. All but `capture` read files, and do not need the daemon. */
export function registerDashcam(program: Command): void {
  const dashcam = program.command("dashcam").description("what happened before and after a fault");
  const command = fileSubcommands(dashcam);
  const asJson = "as one JSON object";
  command("list", "the scenes there are, oldest first")
    .option("--json", asJson)
    .action(async (flags: DashcamFlags) => (await import("./dashcam-run.ts")).list(flags));
  command("show <scene>", "one scene as a timeline; its number, its id, a file, or `last`")
    .option("--json", asJson)
    .action(async (scene: string, flags: DashcamFlags) => (await import("./dashcam-run.ts")).show(scene, flags));
  command("verify [scene]", "whether a scene was changed, removed or put in; left out: all of them")
    .option("--json", asJson)
    .action(async (scene: string | undefined, flags: DashcamFlags) =>
      (await import("./dashcam-run.ts")).verify(scene, flags),
    );
  command("export <scene>", "its messages as OCPP trace, a JSON object on each line")
    .option("-o, --output <file>", "into a file instead of standard output")
    .action(async (scene: string, flags: SceneExportFlags) =>
      (await import("./dashcam-run.ts")).exportTrace(scene, flags),
    );
  command("capture <station>", "have a running daemon seal what it remembers of a station, and the minute that follows")
    .option("--socket <path>", "its control socket; default: control.sock in its dataDir")
    .option("--json", asJson)
    .action(async (station: string, flags: CaptureFlags) =>
      (await import("./dashcam-capture.ts")).capture(station, flags),
    );
  command(
    "replay <scene>",
    "play the station's part once more, to a gateway or a CSMS; cards and transactions are placeholders",
  )
    .requiredOption("--to <url>", "ws:// or wss:// endpoint; the station's identity is appended", parseEndpoint)
    .option("--speed <factor>", "so many times as fast as it was", parsePositive, 1)
    .option("--as <station>", "identity to connect with", "REPLAY")
    .option("--password-file <file>", "file with its HTTP Basic password")
    .option("--tls-ca <file>", "PEM file of the roots to trust for wss://")
    .option("--json", asJson)
    .action(async (scene: string, flags: ReplayFlags) => {
      process.exitCode = await (await import("./dashcam-replay.ts")).replayScene(scene, flags);
    });
}
