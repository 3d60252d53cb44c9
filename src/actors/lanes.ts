/**
 * Joins streams and actors: frames of all connections enter, and each lane takes what is its own. The order of the
 * subscriptions is the order of the work on each frame: it is forwarded first, then told, then observed. Which frame comes first
 * is `frame-order.ts`' business.
 *
 * Promise: no frame ends a lane. One that makes a lane throw ends its own connection, and the lanes are joined anew.
 */
import type { Observable } from "rxjs";
import { tap } from "rxjs/internal/operators/tap";
import { Subject } from "rxjs/internal/Subject";
import { Subscription } from "rxjs/internal/Subscription";
import type { LimitsConfig } from "../config/types.ts";
import type { Counters } from "../domain/counters.ts";
import type { LifeEvent } from "../domain/life/life-event.ts";
import type { Validators } from "../domain/ocpp/validate.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { Decoders } from "../domain/telemetry/decoder.ts";
import type { Clock, Logger } from "../ports.ts";
import { healthLane } from "../streams/health-lane.ts";
import { ingress } from "../streams/ingress.ts";
import { lifeLane } from "../streams/life-lane.ts";
import type { Inspected, RawFrame } from "../streams/messages.ts";
import { valueLane } from "../streams/value-lane.ts";
import { onFinding, onMalformed } from "./findings.ts";
import { FrameOrder } from "./frame-order.ts";
import { pauseStation, resumeLegs } from "./legs.ts";
import { CLOSE } from "./peer-socket.ts";
import { createRelay, type RelayOptions } from "./relay.ts";
import type { Sentinel } from "./security/sentinel.ts";
import type { StationConnection } from "./station-connection.ts";

type Conn = StationConnection;

export interface LanesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly sentinel: Pick<Sentinel, "report" | "strike">;
  readonly limits: LimitsConfig;
  readonly relay: RelayOptions;
  readonly validators: (version: OcppVersion) => Validators;
  /** Hears of each card that a message of the health lane's stations names; undefined where there is no such lane. Never throws. */
  readonly onToken?: ((token: string) => void) | undefined;
  /** Of what vendors send in DataTransfer, for the health lane. */
  readonly decoders?: Decoders | undefined;
  /** What answers teach about cards and about the time; undefined where nothing is remembered. Never throws. */
  readonly learn?: ((message: Inspected<Conn>) => void) | undefined;
}

export interface Lanes {
  readonly push: (frame: RawFrame<Conn>) => void;
  /** A connection ends: what was read from it and waits is worked on now. */
  readonly settle: (connection: Conn) => void;
  close(): void;
}

export function openLanes(options: LanesOptions): Lanes {
  const { clock, counters, sentinel, limits, relay, validators, logger } = options;
  const findings = { counters, sentinel, limits, now: () => clock.now() };
  const frames$ = new Subject<RawFrame<Conn>>();
  const inspected$ = ingress(frames$, {
    now: () => clock.now(),
    maxDepth: limits.maxDepth,
    validators,
    onMalformed: (raw, text, fault) => onMalformed(raw, text, fault, findings),
    onRead: (message) => countAction(message, counters),
    onFinding: (message, violation, verdict) => onFinding(message, violation, verdict, findings),
  });
  const value$ = valueLane(inspected$, createRelay(relay));
  const life$ = lifeLane(inspected$, { isNews, tell: (connection, event) => tell(connection, event, clock) });
  const health$ = healthLane(inspected$, {
    counters,
    onToken: options.onToken,
    monotonicMs: () => clock.monotonicMs(),
    decoders: options.decoders,
  });

  const lanes: readonly { readonly name: string; readonly stream$: Observable<unknown> }[] = [
    { name: "value", stream$: value$ },
    { name: "life", stream$: life$ },
    { name: "health", stream$: health$ },
    ...(options.learn === undefined ? [] : [{ name: "memory", stream$: inspected$.pipe(tap(options.learn)) }]),
  ];
  let subscription = new Subscription();
  let culprit: Conn | undefined;

  const open = () => {
    subscription = new Subscription();
    for (const { name, stream$ } of lanes)
      subscription.add(stream$.subscribe({ error: (cause) => failed(name, cause) }));
  };
  /** RxJS ends a stream in which something threw. That is a defect of ours and costs the one connection whose frame it was. */
  const failed = (lane: string, cause: unknown) => {
    counters.laneErrors += 1;
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : "?";
    logger.error({ lane, stationId: culprit?.stationId, reason }, "a frame made a lane fail; its connection is closed");
    subscription.unsubscribe();
    // All of them, so that their order stays what it was.
    open();
    culprit?.socket?.close(CLOSE.trouble, "internal error");
  };
  open();

  const order = new FrameOrder({
    counters,
    monotonicMs: () => clock.monotonicMs(),
    work: (frame) => {
      count(frame, counters);
      culprit = frame.connection;
      frames$.next(frame);
    },
    // What waits here will wait in the gate next: together they are what a station may have read (limits.callQueue).
    onDeferred: ({ socket, toCsms, framesWaiting }) => {
      if (socket !== undefined && framesWaiting + toCsms.waiting >= limits.callQueue) pauseStation(socket, counters);
    },
    onWorkedOff: (connection) => resumeLegs(connection, limits.callQueue),
  });

  return {
    push: (frame) => order.push(frame),
    settle: (connection) => order.settle(connection),
    close: () => subscription.unsubscribe(),
  };
}

function count({ connection, from, bytes }: RawFrame<Conn>, counters: Counters): void {
  if (from === "north") {
    counters.framesNorthIn += 1;
    counters.bytesNorthIn += bytes.length;
    return;
  }
  counters.framesSouthIn += 1;
  counters.bytesSouthIn += bytes.length;
  if (!connection.isSuspect) return;
  connection.isSuspect = false;
  connection.host.send({ type: "frame.seen", at: connection.lastFrameAt as never });
}

function countAction({ frame, spec, from, connection }: Inspected<Conn>, { perAction }: Counters): void {
  connection.malformedInARow[from] = 0;
  if (spec === undefined || (frame.type !== 2 && frame.type !== 6)) return;
  const index = spec.index * 2 + (from === "south" ? 0 : 1);
  perAction[index] = (perAction[index] ?? 0) + 1;
}

/** A connector that reports what it reported before tells the machine nothing. */
function isNews({ host }: Conn, event: LifeEvent): boolean {
  if (event.type === "connector.status") {
    const known = host.context.connectors[`${event.evseId}/${event.connectorId}`];
    return known?.status !== event.status || known.errorCode !== event.errorCode;
  }
  // The id is the station's own: it may be called like something on Object.prototype.
  return event.type !== "transaction.started" || !Object.hasOwn(host.context.transactions, event.transactionId);
}

function tell(connection: Conn, event: LifeEvent, clock: Clock): void {
  connection.host.send({ ...event, at: clock.now() });
}
