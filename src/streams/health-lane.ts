/**
 * The health lane on the main thread: as little as it can be.
 *
 *     inspected$ ─▶ from a station, observable, wanted ─▶ extract ─▶ its sink (ring ─▶ worker ─▶ MQTT)
 *                                                           └─▶ how many values were left out
 *
 * The lane holds no message back and waits for nobody: the sink is bounded and drops its oldest. It does not end while
 * `inspected$` goes on: a defect in extraction costs that one message its observations, and is counted.
 *
 * Beside it, where the station's sink wants them, all frames of both directions are noted as one number each, before what they
 * say is observed; and cards that messages of its stations name are noted for the lane's tripwire.
 */
import type { Observable } from "rxjs";
import { filter } from "rxjs/internal/operators/filter";
import { map } from "rxjs/internal/operators/map";
import { tap } from "rxjs/internal/operators/tap";
import type { Counters } from "../domain/counters.ts";
import { packSkeleton } from "../domain/dashcam/skeleton.ts";
import type { CallFrame, SendFrame } from "../domain/ocpp/frame.ts";
import { tokensIn } from "../domain/privacy/token-fields.ts";
import type { ExtractContext } from "../domain/telemetry/carrier.ts";
import { extract } from "../domain/telemetry/extract.ts";
import { TelemetryMemory } from "../domain/telemetry/memory.ts";
import type { HealthTap } from "../ports.ts";
import type { Connection, Inspected } from "./messages.ts";

export interface HealthLaneOptions {
  /** `laneErrors`, `observationsLeftOut` and `healthBytesIn` are added to. */
  readonly counters: Pick<Counters, "laneErrors" | "observationsLeftOut" | "healthBytesIn">;
  /** Hears of each card; left out: nobody looks for them. Never throws. */
  readonly onToken?: ((token: string) => void) | undefined;
  /** The clock that calls are timed with. */
  readonly monotonicMs: () => number;
  /** Replaced in tests only. */
  readonly extract?: typeof extract;
}

/** A message that can hold observations, of a connection that takes part in the lane. */
interface Participating {
  readonly connection: Connection & { readonly health: HealthTap };
  readonly frame: CallFrame | SendFrame;
}

type Tapped = Inspected & Participating;

/**
 * Taps `inspected$`.
 *
 * @returns for every message tapped, how many of its values were left out; completes and fails with `inspected$` only
 */
export function healthLane(inspected$: Observable<Inspected>, options: HealthLaneOptions): Observable<number> {
  const { onToken, monotonicMs } = options;
  const watched$ = onToken === undefined ? inspected$ : inspected$.pipe(tap(tokenNoter(onToken)));
  const tapped$ = watched$.pipe(tap(frameNoter(monotonicMs)), filter(isTapped));
  return tapped$.pipe(map(extractor(options)));
}

const frameNoter =
  (monotonicMs: () => number) =>
  (message: Inspected): void => {
    const { connection, answers, receivedAt } = message;
    if (connection.health?.passed === undefined) return;
    const afterMs = answers === undefined ? -1 : Math.max(0, Math.round(monotonicMs() - answers.offeredAt));
    connection.health.passed(receivedAt, packSkeleton(message), afterMs);
  };

const tokenNoter =
  (onToken: (token: string) => void) =>
  ({ spec, connection, frame }: Inspected): void => {
    if (spec?.token === true && connection.health !== undefined) tokensIn(frame, onToken);
  };

function isTapped(message: Inspected): message is Tapped {
  return (
    message.spec?.observable === true &&
    message.from === "south" &&
    message.connection.health !== undefined &&
    (message.frame.type === 2 || message.frame.type === 6)
  );
}

function extractor({ counters, extract: take = extract }: HealthLaneOptions): (message: Tapped) => number {
  // Memory goes with the connection object: weak, so that nobody has to say goodbye.
  const memories = new WeakMap<Connection, TelemetryMemory>();
  return ({ connection, frame, receivedAt, bytes }) => {
    counters.healthBytesIn += bytes.length;
    const context: ExtractContext = { receivedAt, sink: connection.health, memory: memoryOf(memories, connection) };
    try {
      const left = take(connection.version, frame, context);
      counters.observationsLeftOut += left;
      return left;
    } catch {
      // The error may quote the payload, so it is counted and not logged.
      counters.laneErrors += 1;
      return 0;
    }
  };
}

function memoryOf(memories: WeakMap<Connection, TelemetryMemory>, connection: Connection): TelemetryMemory {
  const known = memories.get(connection);
  if (known !== undefined) return known;
  const fresh = new TelemetryMemory();
  memories.set(connection, fresh);
  return fresh;
}
