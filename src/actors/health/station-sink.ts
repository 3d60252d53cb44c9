/** Where one station's observations enter the lane: on the value lane's thread, so a few nanoseconds each. */

import type { FrameSink } from "../../domain/dashcam/skeleton.ts";
import { type EpochMs, epochMs } from "../../domain/ids.ts";
import type { ChannelNo, ObservationSink, Quality } from "../../domain/telemetry/observation.ts";
import type { Assets, Source } from "./assets.ts";
import type { ObservationRing } from "./ring.ts";

export interface StationSinkOptions {
  readonly source: Source;
  readonly assets: Assets;
  readonly ring: ObservationRing;
  /** For the dashcam; undefined: nobody keeps frames. */
  readonly frames?: ObservationRing | undefined;
  /** Called before every observation is taken. */
  readonly wake: () => void;
}

export class StationSink implements ObservationSink {
  readonly passed: FrameSink["passed"] | undefined;
  readonly #source: Source;
  readonly #assets: Assets;
  readonly #ring: ObservationRing;
  readonly #wake: () => void;

  constructor({ source, assets, ring, frames, wake }: StationSinkOptions) {
    this.#source = source;
    this.#assets = assets;
    this.#ring = ring;
    this.#wake = wake;
    this.passed =
      frames &&
      ((at, skeleton, afterMs) => {
        wake();
        // What is observed in this frame bears the same time as the frame.
        ring.now = epochMs(at);
        frames.push(source.no, 0, 0, afterMs, epochMs(at), skeleton, 0);
      });
  }

  observe(evseId: number, connectorId: number, channel: ChannelNo, at: EpochMs, value: number, quality: Quality): void {
    this.#wake();
    const asset = this.#source.assets.get(evseId) ?? this.#assets.asset(this.#source, evseId);
    if (asset < 0) this.#ring.refuse();
    else this.#ring.push(asset, evseId, connectorId, channel, at, value, quality);
  }
}

/** For a station beyond the limit: counts and forgets. */
export const refusingSink = (ring: ObservationRing): ObservationSink => ({ observe: () => ring.refuse() });
