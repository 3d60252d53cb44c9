/**
 * What the station actors hear of the traffic.
 *
 *     inspected$ ─▶ does it change a life? ─▶ tell(connection, event)
 *
 * Most messages do not: a meter value costs one look at its action. A status that only repeats itself is not told
 * (`isNews`), since a machine step costs more than the whole relay of a heartbeat.
 */
import type { Observable } from "rxjs";
import { map } from "rxjs/internal/operators/map";
import { lifeOfAnswer, lifeOfCall } from "../domain/life/life.ts";
import type { LifeEvent } from "../domain/life/life-event.ts";
import type { Connection, Inspected } from "./messages.ts";

export interface LifeLaneOptions<C extends Connection> {
  readonly isNews: (connection: C, event: LifeEvent) => boolean;
  /** Never throws. */
  readonly tell: (connection: C, event: LifeEvent, message: Inspected<C>) => void;
}

export function lifeLane<C extends Connection>(
  inspected$: Observable<Inspected<C>>,
  { isNews, tell }: LifeLaneOptions<C>,
): Observable<void> {
  return inspected$.pipe(
    map((message) => {
      const event = lifeOf(message);
      if (event !== undefined && isNews(message.connection, event)) tell(message.connection, event, message);
    }),
  );
}

function lifeOf(message: Inspected): LifeEvent | undefined {
  const { frame, connection, answers } = message;
  if (frame.type === 2) {
    return message.from === "south" ? lifeOfCall(connection.version, message.action ?? "", frame.payload) : undefined;
  }
  // What the spool delivers was told when the station got its answer.
  if (frame.type !== 3 || answers === undefined || answers.origin === "spool") return undefined;
  return lifeOfAnswer(connection.version, message.action ?? "", answers.frame.payload, frame.payload);
}
