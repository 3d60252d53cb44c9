/** A station's wire with faults on it: the station's side speaks as it always does, the other side gets to see the faults. */
import type { Transport } from "../transport.ts";
import type { FaultHooks, FaultWire, WireFrame } from "./fault.ts";

/**
 * Made once for each station, so that message ids of extra CALLs never come twice; put on each of its connections.
 *
 *     station ─▶ out of the first … the last ─▶ socket
 *     station ◀─ in of the first … the last ◀─ socket
 */
export function createFaultyWire(hooks: readonly FaultHooks[]): (inner: Transport) => Transport {
  const extras = new Set<string>();
  let lastExtra = 0;
  const extra = (action: string, payload: unknown): WireFrame => {
    lastExtra += 1;
    const id = `extra-${lastExtra}`;
    extras.add(id);
    return [2, id, action, payload];
  };
  return (inner) => {
    const send = (frame: WireFrame, from: number): void => {
      let frames: readonly WireFrame[] = [frame];
      for (const [i, { out }] of hooks.entries())
        if (out !== undefined && i >= from) frames = frames.flatMap((each) => out(each, wireAt(i)));
      for (const each of frames) inner.send(JSON.stringify(each));
    };
    const deliver = (frame: WireFrame, from: number): void => {
      let heard: WireFrame | undefined = frame;
      for (let i = from; i >= 0 && heard !== undefined; i -= 1) {
        const hook = hooks[i]?.in;
        if (hook !== undefined) heard = hook(heard, wireAt(i));
      }
      if (heard === undefined || (heard[0] !== 2 && extras.delete(String(heard[1])))) return;
      outer.onText(JSON.stringify(heard));
    };
    const wireAt = (i: number): FaultWire => ({
      extra,
      send: (frame) => send(frame, i + 1),
      deliver: (frame) => deliver(frame, i - 1),
    });
    const outer: Transport = {
      send: (text) => send(JSON.parse(text) as WireFrame, 0),
      close: (code, reason) => inner.close(code, reason),
      cut: () => inner.cut(),
      onText: () => undefined,
      onClose: () => undefined,
    };
    inner.onText = (text) => {
      const frame = frameIn(text);
      if (frame === undefined) outer.onText(text);
      else deliver(frame, hooks.length - 1);
    };
    inner.onClose = (code, reason) => outer.onClose(code, reason);
    return outer;
  };
}

function frameIn(text: string): WireFrame | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.length > 2 ? (parsed as unknown as WireFrame) : undefined;
  } catch {
    // What is not JSON is the station's to judge.
    return undefined;
  }
}
