/**
 * A demonstration from start to verdict:
 *
 *     start ─▶ draw until the time is over or Ctrl-C ─▶ stop the stations, drained ─▶ stop the rest ─▶ report
 */
import type { DemoFlags } from "./demo.ts";
import { DemoGauge } from "./demo-model.ts";
import { DemoObserver } from "./demo-observer.ts";
import { type DemoReport, demoReport, reportLines } from "./demo-report.ts";
import { tellStory } from "./demo-story.ts";
import { startDemo } from "./demo-world.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import { painter, wantsColour } from "./terminal-style.ts";
import { plainLine, TerminalView } from "./terminal-view.ts";
import { untilInterrupted } from "./until-interrupted.ts";

const REDRAW_MS = 250;
const PLAIN_LINE_MS = 5_000;

/** Runs a demonstration. Resolves with the exit code: 1 when an invariant did not hold. Rejects with GatewayErrors. */
export async function runDemo(flags: DemoFlags): Promise<number> {
  const report = await demonstrate(flags);
  for (const line of reportLines(report)) say(line);
  if (flags.json) printJson(report);
  return report.ok ? EXIT.ok : EXIT.failed;
}

async function demonstrate(flags: DemoFlags): Promise<DemoReport> {
  const observer = new DemoObserver();
  const world = await startDemo(flags, observer);
  const endStory = world.csms === undefined ? () => undefined : tellStory(world.csms, observer, flags.seed);
  const hide = show(flags, new DemoGauge({ ...world, observer }));
  await untilInterrupted(flags.for);
  const seconds = observer.elapsedSec;
  endStory();
  hide();
  say("stopping the stations, each when its messages are delivered");
  const undelivered = await world.stopStations();
  await world.stop();
  return demoReport({ world, observer, seed: flags.seed, seconds, undelivered });
}

/** Draws on standard error, which is the person's; the function returned ends it. */
function show({ headless, color }: DemoFlags, gauge: DemoGauge): () => void {
  const screen = process.stderr;
  if (headless || !screen.isTTY) {
    const timer = setInterval(() => say(plainLine(gauge.read())), PLAIN_LINE_MS);
    return () => clearInterval(timer);
  }
  const view = new TerminalView(screen, painter(wantsColour(screen, color, process.env["NO_COLOR"])));
  const timer = setInterval(() => view.draw(gauge.read()), REDRAW_MS);
  return () => {
    clearInterval(timer);
    view.close();
  };
}
