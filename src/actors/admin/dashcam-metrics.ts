/** What the dashcam counts, in Prometheus' words. */
import { Counter, Gauge } from "prom-client";
import type { HealthStats } from "../../ports.ts";

type Add = (
  name: string,
  help: string,
  pick: (stats: HealthStats) => number,
  Kind: typeof Counter | typeof Gauge,
) => void;

export function addDashcam(add: Add): void {
  add("twinlane_dashcam_scenes_total", "Scenes sealed.", (s) => s.scenes ?? 0, Counter);
  add(
    "twinlane_dashcam_scenes_left_out_total",
    "Scenes not sealed: a fault repeated within the hour, beyond a share, or held back by the tripwire.",
    (s) => s.scenesLeftOut ?? 0,
    Counter,
  );
  add("twinlane_dashcam_scenes_stored", "Scenes on disk.", (s) => s.scenesStored ?? 0, Gauge);
  add("twinlane_dashcam_stored_bytes", "Bytes of those.", (s) => s.sceneBytes ?? 0, Gauge);
  add(
    "twinlane_dashcam_dropped_total",
    "Scenes on disk that newer ones pushed out, oldest first.",
    (s) => s.scenesDropped ?? 0,
    Counter,
  );
  add(
    "twinlane_dashcam_failures_total",
    "Times that scenes could not be read, written or removed.",
    (s) => s.sceneFailures ?? 0,
    Counter,
  );
  add("twinlane_dashcam_frames_total", "Frames noted.", (s) => s.framesObserved ?? 0, Counter);
  add(
    "twinlane_dashcam_frames_dropped_total",
    "Of those, lost on their way to the worker, oldest first.",
    (s) => s.framesDropped ?? 0,
    Counter,
  );
  add(
    "twinlane_dashcam_not_recorded_total",
    "Observations of EVSEs beyond the limit.",
    (s) => s.notRecorded ?? 0,
    Counter,
  );
  add(
    "twinlane_dashcam_forgotten_total",
    "Observations and frames forgotten before their time, because their ring or all memory was full.",
    (s) => s.dashcamForgotten ?? 0,
    Counter,
  );
  add("twinlane_dashcam_memory_bytes", "Bytes that the last minutes take.", (s) => s.dashcamMemory ?? 0, Gauge);
}
