/** Reads lines, writes lines. What cannot be read as a frame is said on standard error, and makes the exit code 1. */
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { buildTranslate } from "../config/build-translate.ts";
import { loadConfig } from "../config/load.ts";
import { stationRules } from "../config/station-rules.ts";
import type { TranslateConfig } from "../config/types.ts";
import { loadValidators } from "../index.ts";
import { initialTranslation, TranslationPipe, translationBlock } from "../tools.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import type { TranslateFlags } from "./translate.ts";

export async function translate(flags: TranslateFlags): Promise<void> {
  const { to, station, answers } = flags;
  const northVersion = to === "2.1" || (to === "1.6" && flags.csms === "2.1") ? "ocpp2.1" : "ocpp2.0.1";
  const settings = settingsOf(flags);
  const pipe = new TranslationPipe({
    station,
    from: to === "1.6" ? "csms" : "station",
    northVersion,
    assumeAnswers: answers === "assumed",
    settings,
    topology: settings.topology,
    block: translationBlock(),
    initial: initialTranslation(),
    validators: { station: await loadValidators("ocpp1.6"), csms: await loadValidators(northVersion) },
    uuid: randomUUID,
  });
  let lineNo = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    lineNo += 1;
    if (line.trim() === "") continue;
    const output = pipe.take(line, Date.now() as never);
    if (output.ok) for (const message of output.value) printJson(message);
    else {
      say(`line ${lineNo}: ${output.error}`);
      process.exitCode = EXIT.failed;
    }
  }
}

function settingsOf({ config, station }: TranslateFlags): TranslateConfig {
  if (config === undefined) return buildTranslate([]);
  return stationRules(loadConfig(config).config.stations).find(station)?.translate ?? buildTranslate([]);
}
