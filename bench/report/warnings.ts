/** What a reader must know before believing the figures of a run. */
import type { Machine } from "../machine.ts";
import type { IsolationFigures } from "../questions/isolation.ts";
import type { RestoreFigures } from "../questions/restore.ts";
import type { SaturationFigures } from "../questions/saturation.ts";
import type { SpoolFigures } from "../questions/spool.ts";
import type { Answers } from "./result.ts";

/** Below it, the cards of the drain were measured in quiet times as well. */
const MOSTLY = 0.95;
/** Load average of a machine that nobody else uses. */
const QUIET_LOAD = 0.3;
/** A flood that did not reach this rate was none: 95 % of what was asked for. */
const ENOUGH_FLOOD_PER_SEC = 9_500;

export function warningsOf(machine: Machine, answers: Answers): string[] {
  const { saturation = [], latency = [], isolation = [], idle = [], restore, spool } = answers;
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
    ...(spool === undefined ? [] : spoolWarnings(spool)),
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

function spoolWarnings({ failures, repeated, reordered, lost, drainedMeanwhile }: SpoolFigures): string[] {
  return [
    ...warn(failures > 0, `spool: ${failures} calls failed`),
    ...warn(lost > 0, `spool: ${lost} acknowledged messages did not reach the CSMS`),
    ...warn(reordered > 0, `spool: ${reordered} messages came after a younger one of their station`),
    ...warn(repeated > 0, `spool: ${repeated} messages came twice`),
    ...warn(
      drainedMeanwhile.min < MOSTLY,
      `spool: it drained in only ${Math.round(100 * drainedMeanwhile.min)} % of the time in which cards were measured`,
    ),
  ];
}

function restoreWarnings({ actorsRestored, stations }: RestoreFigures): string[] {
  return warn(
    actorsRestored !== stations,
    `restore: ${actorsRestored} of ${stations} stations were there after the start`,
  );
}
