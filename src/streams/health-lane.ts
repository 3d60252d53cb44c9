/**
 * The health lane on the main thread: as little as it can be.
 *
 *     inspected$ ─▶ from a station, observable, wanted ─▶ extract ─▶ its sink (ring ─▶ worker ─▶ MQTT)
 *                          └─▶ its answer to a question     └─▶ how many values were left out
 *                              about monitors ─▶ explain
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
import type { CallFrame, CallResultFrame, SendFrame } from "../domain/ocpp/frame.ts";
import { tokensIn } from "../domain/privacy/token-fields.ts";
import type { Decoders } from "../domain/telemetry/decoder.ts";
import { explain } from "../domain/telemetry/explain.ts";
import { extract } from "../domain/telemetry/extract.ts";
import { StationMemory, TelemetryMemory } from "../domain/telemetry/memory.ts";
import type { HealthTap } from "../ports.ts";
import type { Connection, Inspected } from "./messages.ts";

export interface HealthLaneOptions {
  /** `laneErrors`, `observationsLeftOut` and `healthBytesIn` are added to. */
  readonly counters: Pick<Counters, "laneErrors" | "observationsLeftOut" | "healthBytesIn">;
  /** Hears of each card; left out: nobody looks for them. Never throws. */
  readonly onToken?: ((token: string) => void) | undefined;
  /** The clock that calls are timed with. */
  readonly monotonicMs: () => number;
  /** Of what vendors send in DataTransfer; left out: it passes by. */
  readonly decoders?: Decoders | undefined;
  /** Replaced in tests only. */
  readonly extract?: typeof extract;
}

/** A message of a connection that takes part in the lane: one that can hold observations, or an answer that explains them. */
interface Participating {
  readonly connection: Connection & { readonly health: HealthTap };
  readonly frame: CallFrame | SendFrame | CallResultFrame;
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
  const tapped$ = watched$.pipe(tap(frameNoter(monotonicMs)), filter(isTapped(options.decoders !== undefined)));
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

/** DataTransfer is the one action that either side asks of the other. */
const isTapped =
  (decodes: boolean) =>
  (message: Inspected): message is Tapped => {
    const { spec, frame } = message;
    if (spec === undefined || message.from !== "south" || message.connection.health === undefined) return false;
    if (frame.type === 3) return spec.explains;
    return spec.observable && (frame.type === 2 || frame.type === 6) && (decodes || spec.from !== "both");
  };

function extractor({ counters, decoders, extract: take = extract }: HealthLaneOptions): (message: Tapped) => number {
  // Memory goes with the connection object, and with the station's tap: weak, so that nobody has to say goodbye.
  const memories = new WeakMap<Connection, TelemetryMemory>();
  const stations = new WeakMap<HealthTap, StationMemory>();
  const memoryOf = (connection: Tapped["connection"]): TelemetryMemory =>
    known(memories, connection, () => {
      return new TelemetryMemory(known(stations, connection.health, () => new StationMemory()));
    });
  return ({ connection, frame, receivedAt, bytes, action = "" }) => {
    counters.healthBytesIn += bytes.length;
    const memory = memoryOf(connection);
    try {
      if (frame.type === 3) {
        explain(action, frame.payload, memory);
        return 0;
      }
      const left = take(connection.version, frame, { receivedAt, sink: connection.health, memory, decoders });
      counters.observationsLeftOut += left;
      return left;
    } catch {
      // The error may quote the payload, so it is counted and not logged.
      counters.laneErrors += 1;
      return 0;
    }
  };
}

function known<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const fresh = make();
  map.set(key, fresh);
  return fresh;
}
