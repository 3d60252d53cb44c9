/** Connections, registration and framing that are not as OCPP-J 1.6 says. */

import type { StationOptions } from "../station-options.ts";
import { type DialTarget, dialWebSocket, type Transport } from "../transport.ts";
import { type Fault, type FaultHooks, payloadOf } from "./fault.ts";

const dialling =
  (change: Partial<DialTarget>) =>
  (options: StationOptions): StationOptions => {
    const dial = options.dial ?? dialWebSocket;
    return { ...options, dial: (target) => dial({ ...target, ...change }) };
  };

/** 1, 2, 3 … on the wire; the answers find the id that the station knows. */
function countsMessages(): FaultHooks {
  const ids = new Map<string, string | number>();
  let last = 0;
  return {
    out: (frame) => {
      if (frame[0] !== 2) return [frame];
      last += 1;
      ids.set(String(last), frame[1]);
      return [[2, last, ...frame.slice(2)]];
    },
    in: (frame) => {
      const id = frame[0] === 2 ? undefined : ids.get(String(frame[1]));
      if (id === undefined) return frame;
      ids.delete(String(frame[1]));
      return [frame[0], id, ...frame.slice(2)];
    },
  };
}

/** `cut` leaves the socket as it is: nothing is read any more, not even that the other side closes it. */
function losable(inner: Transport): Transport {
  let isLost = false;
  const outer: Transport = {
    send: (text) => isLost || inner.send(text),
    close: (code, reason) => inner.close(code, reason),
    cut: () => {
      if (isLost) return;
      isLost = true;
      inner.freeze?.();
      outer.onClose(1006, "");
    },
    onText: () => undefined,
    onClose: () => undefined,
  };
  inner.onText = (text) => isLost || outer.onText(text);
  inner.onClose = (code, reason) => isLost || outer.onClose(code, reason);
  return outer;
}

export const CONNECTION_FAULTS: readonly Fault[] = [
  {
    name: "two-boots",
    does: "sends two BootNotifications for each boot",
    evidence: "stations whose modem and controller both report",
    hooks: () => ({
      out: (frame, wire) => {
        const boot = payloadOf(frame, "BootNotification");
        return boot === undefined ? [frame] : [frame, wire.extra("BootNotification", boot)];
      },
    }),
  },
  {
    name: "boot-on-reconnect",
    does: "sends a BootNotification after each reconnect",
    evidence: "common",
    options: (options) => ({ ...options, bootOn: "connection" }),
  },
  {
    name: "half-open",
    does: "loses its connections without closing them",
    evidence: "modems that lose the network",
    options: (options) => {
      const dial = options.dial ?? dialWebSocket;
      return {
        ...options,
        dial: async (target) => {
          const dialled = await dial(target);
          return { ...dialled, transport: losable(dialled.transport) };
        },
      };
    },
  },
  {
    name: "no-subprotocol",
    does: "sends no Sec-WebSocket-Protocol",
    evidence: "stations ported from a plain WebSocket example",
    options: dialling({ namesVersion: false }),
  },
  {
    name: "raw-identity",
    does: "does not percent-encode its identity",
    evidence: "common where the identity is an EVSE id",
    options: dialling({ rawIdentity: true }),
  },
  {
    name: "numeric-ids",
    does: "uses numbers as message ids",
    evidence: "firmware that counts its messages",
    hooks: countsMessages,
  },
];
