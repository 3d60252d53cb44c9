/** What the carriers, one per action, have in common. */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { TelemetryMemory } from "./memory.ts";
import type { ObservationSink } from "./observation.ts";

/** What a carrier needs beside the payload. */
export interface ExtractContext {
  readonly receivedAt: EpochMs;
  readonly sink: ObservationSink;
  /** Of the connection the frame came over. */
  readonly memory: TelemetryMemory;
}

/** Hands over what `payload` holds and returns how many values it had to leave. Never throws. */
export type Carrier = (payload: Payload, context: ExtractContext) => number;
