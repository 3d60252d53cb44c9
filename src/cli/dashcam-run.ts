/** What `twinlane dashcam list|show|verify|export` does. */
import { writeFileSync } from "node:fs";
import { type Scene, type SceneVerdict, type TimelineLine, timelineOf, traceOf } from "../tools.ts";
import type { DashcamFlags, SceneExportFlags } from "./dashcam.ts";
import { faultText, numberOf, sceneOf, soundSceneOf, verifiedScenes } from "./dashcam-files.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import { type Paint, painter, wantsColour } from "./terminal-style.ts";
import { printable, printTable } from "./text-output.ts";

export function list(flags: DashcamFlags): void {
  const scenes = verifiedScenes(flags);
  if (flags.json) printJson({ scenes: scenes.map(summary) });
  else if (scenes.length === 0) say("no scenes");
  else {
    printTable([
      ["no", "time", "asset", "EVSE", "trigger", "observations", "messages", "seal"],
      ...scenes.map((verdict) => [numberOf(verdict.name), ...cells(verdict)]),
    ]);
  }
}

function cells(verdict: SceneVerdict): readonly string[] {
  if (!verdict.ok) return ["-", "-", "-", "-", "-", "-", faultText(verdict)];
  const { asset, evse, triggers, readings, frames } = verdict.scene;
  const counts = [String(readings.length), String(frames.length)];
  return [
    faultTime(verdict.scene),
    printable(asset),
    String(evse),
    printable(triggers[0]?.code ?? ""),
    ...counts,
    "ok",
  ];
}

function summary(verdict: SceneVerdict): object {
  const no = Number(numberOf(verdict.name));
  if (!verdict.ok) return { no, file: verdict.name, ok: false, fault: verdict.fault };
  const { asset, evse, triggers, readings, frames } = verdict.scene;
  const codes = triggers.map(({ code }) => code);
  const counts = { observations: readings.length, messages: frames.length };
  return {
    no,
    file: verdict.name,
    ok: true,
    id: verdict.id,
    at: faultTime(verdict.scene),
    asset,
    evse,
    codes,
    ...counts,
  };
}

const faultTime = ({ from, triggers }: Scene): string => new Date(from + (triggers[0]?.dt ?? 0)).toISOString();

export function show(wanted: string, flags: DashcamFlags): void {
  const { scene, id } = soundSceneOf(wanted, flags);
  const lines = timelineOf(scene);
  if (flags.json) {
    printJson({ id, at: faultTime(scene), asset: scene.asset, evse: scene.evse, version: scene.version, lines });
    return;
  }
  const paint = painter(wantsColour(process.stdout, true, process.env["NO_COLOR"]));
  const where = scene.evse === 0 ? "the whole station" : `EVSE ${scene.evse}`;
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  print(`${paint("bold", faultTime(scene))}  ${printable(scene.asset)}, ${where}, ${scene.version ?? "no messages"}`);
  print(`scene ${printable(id)}, settings ${printable(scene.configHash.slice(0, 12))}; times from the first trigger`);
  for (const line of lines) print(lineText(line, paint));
}

function lineText({ at, kind, text, isAlarming }: TimelineLine, paint: Paint): string {
  const words = printable(text);
  if (kind === "trigger") return `${offset(at)}  ${paint("red", `■ ${words}`)}`;
  if (kind === "note") return `${offset(at)}  ${paint("dim", words)}`;
  const shown = kind === "event" ? paint("bold", words) : kind === "values" ? paint("cyan", words) : words;
  return `${offset(at)}  ${isAlarming ? paint("yellow", `! ${words}`) : `  ${shown}`}`;
}

/** `-04:59.900`, `+00:12.000`. */
function offset(ms: number): string {
  const [sign, size] = ms < 0 ? ["-", -ms] : ["+", ms];
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  return `${sign}${two(size / 60_000)}:${two((size / 1000) % 60)}.${String(size % 1000).padStart(3, "0")}`;
}

export function verify(wanted: string | undefined, flags: DashcamFlags): void {
  const verdicts = wanted === undefined ? verifiedScenes(flags) : [sceneOf(wanted, flags)];
  const bad = verdicts.filter((verdict) => !verdict.ok);
  if (bad.length > 0) process.exitCode = EXIT.failed;
  const last = verdicts.findLast((verdict) => verdict.ok);
  if (flags.json) {
    const faults = bad.map(({ name, ...rest }) => ({ file: name, ...rest }));
    printJson({ ok: bad.length === 0, scenes: verdicts.length, faults, head: last?.head });
    return;
  }
  for (const verdict of bad) if (!verdict.ok) say(`${verdict.name}: ${faultText(verdict)}`);
  const sound = verdicts.length - bad.length;
  say(
    `${sound} of ${verdicts.length} scenes as they were sealed${last === undefined ? "" : `; last head ${last.head}`}`,
  );
}

export function exportTrace(wanted: string, flags: SceneExportFlags): void {
  const { records, leftOut } = traceOf(soundSceneOf(wanted, flags).scene);
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  if (flags.output === undefined) process.stdout.write(text);
  else writeFileSync(flags.output, text);
  const told = records.filter(({ meta }) => meta.reconstructed).length;
  const missing = leftOut === 0 ? "" : `; ${leftOut} left out, which the format has no word for`;
  say(`${records.length} messages, ${told} with what they said${missing}`);
}
