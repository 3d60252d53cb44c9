/**
 * The value lane: what the operator is paid for goes to the other side, untouched, in order of class.
 *
 *     inspected$ ─▶ by direction and type ─┬─ CALL from the station    ─▶ relay.stationCall
 *                                          ├─ answer from the station  ─▶ relay.stationAnswer
 *                                          ├─ CALL from the CSMS       ─▶ relay.csmsCall
 *                                          ├─ answer from the CSMS     ─▶ relay.csmsAnswer
 *                                          └─ SEND, CALLRESULTERROR    ─▶ relay.pass
 *
 * It loses nothing and reorders nothing of one transaction. Waiting happens in the connection's call gates, which are bounded
 * and push back on the socket.
 */
import type { Observable } from "rxjs";
import { map } from "rxjs/internal/operators/map";
import type { CallErrorFrame, CallFrame, CallResultFrame } from "../domain/ocpp/frame.ts";
import type { Connection, Inspected } from "./messages.ts";

/** A message with the type of its frame known. */
export type With<F, C extends Connection> = Inspected<C> & { readonly frame: F };
export type Answer = CallResultFrame | CallErrorFrame;

/** Where each kind of message goes; none of these throws. */
export interface Relay<C extends Connection> {
  stationCall(message: With<CallFrame, C>): void;
  stationAnswer(message: With<Answer, C>): void;
  csmsCall(message: With<CallFrame, C>): void;
  csmsAnswer(message: With<Answer, C>): void;
  /** Messages that nobody answers travel outside of the call discipline (OCPP 2.1). */
  pass(message: Inspected<C>): void;
}

export function valueLane<C extends Connection>(
  inspected$: Observable<Inspected<C>>,
  relay: Relay<C>,
): Observable<void> {
  return inspected$.pipe(map((message) => deliver(message, relay)));
}

function deliver<C extends Connection>(message: Inspected<C>, relay: Relay<C>): void {
  const { type } = message.frame;
  if (type === 5 || type === 6) relay.pass(message);
  else if (message.from === "south") {
    if (type === 2) relay.stationCall(message as With<CallFrame, C>);
    else relay.stationAnswer(message as With<Answer, C>);
  } else {
    if (type === 2) relay.csmsCall(message as With<CallFrame, C>);
    else relay.csmsAnswer(message as With<Answer, C>);
  }
}
