/** Which answer belongs to which call: a scene has no message ids, but directions, actions and answering times. */
import type { SceneFrame } from "./scene.ts";

export interface Exchange {
  /** Undefined: the call came before the scene, or was not the gateway's to see. */
  readonly call: SceneFrame | undefined;
  /** Undefined: none came within the scene, or none was due. */
  readonly answer: SceneFrame | undefined;
}

const isAnswer = ({ type }: SceneFrame): boolean => type === 3 || type === 4;

/** In the order in which each began. Every frame is in exactly one. */
export function exchangesOf(frames: readonly SceneFrame[]): readonly Exchange[] {
  const open = new Map<string, SceneFrame[]>();
  const answers = new Map<SceneFrame, SceneFrame>();
  const orphans = new Set<SceneFrame>();
  for (const frame of frames) {
    if (frame.type === 2) {
      const key = keyOf(frame.direction, frame.action);
      open.set(key, [...(open.get(key) ?? []), frame]);
    } else if (isAnswer(frame)) {
      const key = keyOf(frame.direction === "up" ? "down" : "up", frame.action);
      const call = nearest(open.get(key) ?? [], frame);
      if (call === undefined) orphans.add(frame);
      else {
        answers.set(call, frame);
        open.set(
          key,
          (open.get(key) ?? []).filter((other) => other !== call),
        );
      }
    }
  }
  return frames.flatMap((frame): readonly Exchange[] => {
    if (orphans.has(frame)) return [{ call: undefined, answer: frame }];
    return isAnswer(frame) ? [] : [{ call: frame, answer: answers.get(frame) }];
  });
}

const keyOf = (direction: string, action: string): string => `${direction} ${action}`;

/** The call whose time is nearest to when the answer says it was asked. */
function nearest(calls: readonly SceneFrame[], { dt, afterMs }: SceneFrame): SceneFrame | undefined {
  const askedAt = dt - (afterMs ?? 0);
  return calls.reduce<SceneFrame | undefined>(
    (best, call) => (best !== undefined && Math.abs(best.dt - askedAt) <= Math.abs(call.dt - askedAt) ? best : call),
    undefined,
  );
}
