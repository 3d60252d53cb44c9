/**
 * Both directions enter here.
 *
 *     frames$ ─▶ inspect ─┬─ ok ──────▶ rejected by rule or schema? ─▶ onRefused
 *                         │                        └─ no ─▶ inspected$ (shared: the fork subscribes)
 *                         └─ malformed ─▶ onMalformed
 *
 * Promise: every frame ends in exactly one of the three. Inspection never throws, so the stream never ends by itself.
 */
import type { Observable } from "rxjs";
import { filter } from "rxjs/internal/operators/filter";
import { map } from "rxjs/internal/operators/map";
import { share } from "rxjs/internal/operators/share";
import type { Verdict } from "../domain/firewall/guard.ts";
import type { FrameFault } from "../domain/ocpp/decode-frame.ts";
import type { Violation } from "../domain/ocpp/validate.ts";
import { type Inspection, type InspectOptions, inspect } from "./inspect.ts";
import type { Connection, Inspected, RawFrame } from "./messages.ts";

export interface IngressOptions<C extends Connection> extends InspectOptions {
  readonly onMalformed: (raw: RawFrame<C>, text: string, fault: FrameFault) => void;
  /** Every frame that could be read, before anything is decided about it; for the counters. */
  readonly onRead: (message: Inspected<C>) => void;
  /** A rule or the schema had something to say; true: the message goes no further. */
  readonly onFinding: (message: Inspected<C>, violation: Violation | undefined, verdict: Verdict) => boolean;
}

export function ingress<C extends Connection>(
  frames$: Observable<RawFrame<C>>,
  options: IngressOptions<C>,
): Observable<Inspected<C>> {
  return frames$.pipe(
    map((raw) => admit(inspect(raw, options), options)),
    filter((message): message is Inspected<C> => message !== undefined),
    share(),
  );
}

function admit<C extends Connection>(
  inspection: Inspection<C>,
  { onMalformed, onRead, onFinding }: IngressOptions<C>,
): Inspected<C> | undefined {
  if (!inspection.ok) {
    onMalformed(inspection.raw, inspection.text, inspection.fault);
    return undefined;
  }
  const { message, violation, verdict } = inspection;
  onRead(message);
  const clean = violation === undefined && verdict.kind === "pass";
  return clean || !onFinding(message, violation, verdict) ? message : undefined;
}
