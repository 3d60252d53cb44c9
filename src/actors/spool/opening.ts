/**
 * What the CSMS hears first when a station's link is up again, one after the other: the boot it missed, then the present state of
 * everything that changed. Then the spool drains.
 *
 *     link up ─▶ boot owed? ─▶ BootNotification ─┬─ Accepted ─▶ states ─▶ spool ─▶ bulk
 *                                                └─ Pending, Rejected ─▶ wait for its interval; the station stays served here
 *
 * @see field-lessons 28, 29; OCPP 1.6 §4.2; OCPP 2.0.1 B01, B02
 */
import { lifeOfAnswer } from "../../domain/life/life.ts";
import type { GatewayAnswer, PendingCall } from "../../domain/ocpp/call-gate.ts";
import type { Payload } from "../../domain/ocpp/frame.ts";
import type { StationConnection } from "../station-connection.ts";
import type { Desk } from "./desk.ts";
import { callOf } from "./frame-text.ts";
import type { SpoolContext } from "./spool-context.ts";

/** Before everything else. */
const BOOT_RANK = -1;
const SHORTEST_WAIT_SEC = 1;

/** The next call of the opening; undefined when it is over, or waits. */
export function openingCall(desk: Desk, connection: StationConnection, context: SpoolContext): PendingCall | undefined {
  if (desk.bootIsOwed) {
    const isHeld = context.clock.monotonicMs() < connection.bootHeldUntil;
    const boot = isHeld ? undefined : desk.bootFrame();
    if (boot === undefined) return undefined;
    return ownCall(boot, BOOT_RANK, context, (answer) => bootAnswered(answer, boot, { desk, connection, context }));
  }
  const state = desk.nextState();
  if (state === undefined) return undefined;
  return ownCall(state.text, 3, context, (answer) => {
    // A CSMS that refuses a state has heard it; one that could not be reached has not.
    if (answer.kind === "result" || answer.kind === "error") state.done();
    context.pump(connection);
  });
}

/** The oldest bulk message. It is not kept when it fails: class V4 may be lost. */
export function bulkCall(desk: Desk, connection: StationConnection, context: SpoolContext): PendingCall | undefined {
  const text = desk.nextBulk();
  return text === undefined ? undefined : ownCall(text, 4, context, () => context.pump(connection));
}

interface Opening {
  readonly desk: Desk;
  readonly connection: StationConnection;
  readonly context: SpoolContext;
}

function bootAnswered(answer: GatewayAnswer, boot: string, { desk, connection, context }: Opening): void {
  const { clock, spool } = context;
  if (answer.kind === "lost" || answer.kind === "closed") return;
  const payload: Payload = answer.kind === "result" ? (answer.payload as Payload) : {};
  const event = lifeOfAnswer(connection.version, "BootNotification", callOf(boot).payload, payload);
  if (event !== undefined) connection.host.send({ ...event, at: clock.now() });
  if (payload["status"] !== "Accepted") {
    const waitSec = Math.max(SHORTEST_WAIT_SEC, Number(payload["interval"]) || spool.attemptIntervalSec);
    connection.bootHeldUntil = clock.monotonicMs() + waitSec * 1000;
    return;
  }
  desk.bootTaken();
  connection.isAway = false;
  context.pump(connection);
}

function ownCall(
  text: string,
  rank: number,
  { clock, limits }: SpoolContext,
  settle: (answer: GatewayAnswer) => void,
): PendingCall {
  const { id, action, payload } = callOf(text);
  const now = clock.monotonicMs();
  return {
    id,
    frame: { type: 2, id, action, payload },
    text,
    bytes: Buffer.from(text),
    messageClass: 3,
    rank,
    transactional: false,
    origin: "spool",
    offeredAt: now,
    expiresAt: now + limits.callTimeoutSec * 1000,
    originalId: undefined,
    numericId: false,
    wasSent: false,
    businessKey: undefined,
    twins: undefined,
    settle,
  };
}
