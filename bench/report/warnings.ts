/** What a reader must know before believing the figures of a run. */
import type { Machine } from "../machine.ts";
import type { IsolationFigures } from "../questions/isolation.ts";
import type { RestoreFigures } from "../questions/restore.ts";
import type { SaturationFigures } from "../questions/saturation.ts";
import type { Answers } from "./result.ts";

/** Load average of a machine that nobody else uses. */
const QUIET_LOAD = 0.3;
/** A flood that did not reach this rate was none: 95 % of what was asked for. */
const ENOUGH_FLOOD_PER_SEC = 9_500;

export function warningsOf(machine: Machine, answers: Answers): string[] {
  const { saturation = [], latency = [], isolation = [], idle = [], restore } = answers;
  return [
    ...warn(machine.loadBefore > QUIET_LOAD, `the machine was not idle before the run (load ${machine.loadBefore})`),
    ...saturation.flatMap(saturationWarnings),
    ...latency.flatMap(({ subject, ratePerSec, failures }) =>
      warn(failures > 0, `latency, ${subject} at ${ratePerSec}/s: ${failures} calls failed`),
    ),
    ...isolation.flatMap(isolationWarnings),
    ...idle.flatMap(({ subject, failed }) =>
      warn(failed > 0, `idle, ${subject}: ${failed} stations could not connect`),
    ),
    ...(restore === undefined ? [] : restoreWarnings(restore)),
  ];
}

const warn = (applies: boolean, text: string): string[] => (applies ? [text] : []);

function saturationWarnings(figures: SaturationFigures): string[] {
  const { subject, stations, csms, failures, subjectCores, limitedByLoad } = figures;
  const where = `saturation, ${subject}, ${stations} stations, CSMS ${csms}`;
  return [
    ...warn(failures > 0, `${where}: ${failures} calls failed`),
    ...warn(
      limitedByLoad && subject !== "direct",
      `${where}: it kept ${subjectCores.median.toFixed(2)} of a core busy; the load was the limit, it can do more`,
    ),
  ];
}

function isolationWarnings(figures: IsolationFigures): string[] {
  const { condition, failures, floodFailures, floodPerSec, observed, published } = figures;
  const isBrokerUp = !condition.startsWith("stuck") && condition !== "down";
  const isShort = condition.includes("flood") && floodPerSec.min < ENOUGH_FLOOD_PER_SEC;
  return [
    ...warn(failures > 0, `isolation, ${condition}: ${failures} calls of drivers failed`),
    ...warn(
      observed === 0,
      `isolation, ${condition}: the health lane observed nothing, so nothing was isolated from it`,
    ),
    ...warn(isBrokerUp && published === 0, `isolation, ${condition}: the health lane published nothing`),
    ...warn(floodFailures > 0, `isolation, ${condition}: ${floodFailures} calls of the flood failed`),
    ...warn(
      isShort,
      `isolation, ${condition}: the flood reached only ${Math.round(floodPerSec.min)} messages a second`,
    ),
  ];
}

function restoreWarnings({ actorsRestored, stations }: RestoreFigures): string[] {
  return warn(
    actorsRestored !== stations,
    `restore: ${actorsRestored} of ${stations} stations were there after the start`,
  );
}
