/**
 * A scene as a person reads it: what happened, line by line, in time from the fault. Messages stand with their answers; measurements are
 * gathered in steps of ten seconds, first and last value, and left out where nothing has changed.
 */
import { exchangesOf } from "./exchanges.ts";
import type { Scene, SceneChannel, SceneFrame, SceneReading } from "./scene.ts";

export type TimelineKind = "trigger" | "event" | "message" | "values" | "note";

export interface TimelineLine {
  /** Milliseconds from the first trigger. */
  readonly at: number;
  readonly kind: TimelineKind;
  readonly text: string;
  /** Worth a second look: an error, a call without an answer, a trigger. */
  readonly isAlarming: boolean;
}

const STEP_MS = 10_000;
/** A change below a part of this many is none. */
const NEGLIGIBLE = 100;

export function timelineOf(scene: Scene): readonly TimelineLine[] {
  const fault = scene.triggers[0]?.dt ?? 0;
  const lines = [...notes(scene), ...triggers(scene), ...events(scene), ...messages(scene), ...values(scene)];
  return lines
    .map((line, no) => ({ line, no }))
    .sort((a, b) => a.line.at - b.line.at || a.no - b.no)
    .map(({ line }) => ({ ...line, at: line.at - fault }));
}

function notes({ readingsWholeFrom, framesWholeFrom }: Scene): readonly TimelineLine[] {
  const note = (at: number, what: string): readonly TimelineLine[] =>
    at <= 0 ? [] : [{ at, kind: "note", text: `${what} are complete from here on`, isAlarming: false }];
  return [...note(readingsWholeFrom, "observations"), ...note(framesWholeFrom, "messages")];
}

const triggers = (scene: Scene): readonly TimelineLine[] =>
  scene.triggers.map(({ dt, code }) => ({ at: dt, kind: "trigger", text: code, isAlarming: true }));

const events = ({ readings }: Scene): readonly TimelineLine[] =>
  readings
    .filter(({ value }) => typeof value === "string")
    .map(({ dt, channel, value }) => ({
      ...{ at: dt, kind: "event", text: `${channel.name} ${value}`, isAlarming: false },
    }));

function messages({ frames }: Scene): readonly TimelineLine[] {
  return exchangesOf(frames).map(({ call, answer }): TimelineLine => {
    if (call !== undefined) return { at: call.dt, kind: "message", ...messageText(call, answer) };
    const text = `${arrow(answer)} answer to ${answer?.action}${failureText(answer)}`;
    return { at: answer?.dt ?? 0, kind: "message", text, isAlarming: answer?.errorCode !== undefined };
  });
}

function messageText(call: SceneFrame, answer: SceneFrame | undefined): { text: string; isAlarming: boolean } {
  const what = `${arrow(call)} ${call.action}${call.bytes === 0 ? "" : ` (≤ ${call.bytes} B)`}`;
  // SEND is not answered, and an error about an answer is the end of it.
  if (call.type !== 2) return { text: `${what}${failureText(call)}`, isAlarming: call.errorCode !== undefined };
  if (answer === undefined) return { text: `${what}, no answer`, isAlarming: true };
  const after = answer.dt - call.dt;
  return {
    text: `${what}, answered after ${after} ms${failureText(answer)}`,
    isAlarming: answer.errorCode !== undefined,
  };
}

const failureText = (frame: SceneFrame | undefined): string =>
  frame?.errorCode === undefined ? "" : `: ${frame.errorCode}`;

const arrow = (frame: SceneFrame | undefined): string =>
  frame?.direction === "down" ? "CSMS → station" : "station → CSMS";

interface Step {
  first: number;
  last: number;
}

function values({ readings }: Scene): readonly TimelineLine[] {
  const steps = new Map<number, Map<SceneChannel, Step>>();
  for (const reading of readings) addTo(steps, reading);
  const before = new Map<SceneChannel, number>();
  return [...steps].flatMap(([step, channels]): readonly TimelineLine[] => {
    const changed = [...channels].filter(([channel, { first, last }]) => {
      const known = before.get(channel);
      before.set(channel, last);
      return known === undefined || differ(known, first) || differ(first, last);
    });
    const text = changed.map(([channel, values]) => valueText(channel, values)).join(" · ");
    return text === "" ? [] : [{ at: step * STEP_MS, kind: "values", text, isAlarming: false }];
  });
}

function addTo(steps: Map<number, Map<SceneChannel, Step>>, { dt, channel, value }: SceneReading): void {
  if (typeof value === "string" || Number.isNaN(value)) return;
  const no = Math.floor(dt / STEP_MS);
  const channels = steps.get(no) ?? new Map<SceneChannel, Step>();
  steps.set(no, channels);
  const step = channels.get(channel);
  if (step === undefined) channels.set(channel, { first: value, last: value });
  else step.last = value;
}

const differ = (a: number, b: number): boolean => Math.abs(a - b) > Math.max(Math.abs(a), Math.abs(b)) / NEGLIGIBLE;

function valueText(channel: SceneChannel, { first, last }: Step): string {
  const unit = channel.unit === undefined || channel.unit === "1" ? "" : ` ${channel.unit}`;
  const range = differ(first, last) ? `${short(first)} → ${short(last)}` : short(last);
  return `${channelText(channel)} ${range}${unit}`;
}

const channelText = ({ name, phase, location, instance }: SceneChannel): string =>
  // Where nothing else is said, the outlet is meant.
  [name, phase, location === "Outlet" ? "" : location, instance ? `#${instance}` : ""]
    .filter((part) => part !== undefined && part !== "")
    .join(" ");

const short = (value: number): string => String(Number(value.toPrecision(5)));
