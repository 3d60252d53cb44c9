/**
 * Translation without connections: frames of one side, or of both, go in line by line, and what would leave for either side comes out,
 * with what was lost or refused and why. Peers that are not there are assumed to accept everything (assumed-answers.ts).
 *
 *     [2,"1","Authorize",{"idTag":"A"}]      ─▶ {"to":"csms","frame":[2,"…","Authorize",{"idToken":…}]}
 *                                               {"from":"csms","frame":[3,"…",{"idTokenInfo":…}],"assumed":true}
 *                                               {"to":"station","frame":[3,"1",{"idTagInfo":…}]}
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { decodeFrame, hasNumericId } from "../ocpp/decode-frame.ts";
import type { Frame, Payload } from "../ocpp/frame.ts";
import type { Validators } from "../ocpp/validate.ts";
import { err, ok, type Result } from "../result.ts";
import { assumedAnswer } from "./assumed-answers.ts";
import type { Block, Env, Peer, Topology, TranslationSettings, TranslationState } from "./contract.ts";
import { TranslationEngine } from "./engine.ts";
import { envOf } from "./engine-env.ts";
import type { Effect, NoteKind } from "./engine-types.ts";

export interface PipeOptions {
  readonly station: string;
  /** Whose frames lines are that do not say so. */
  readonly from: Peer;
  readonly northVersion: Env["northVersion"];
  readonly assumeAnswers: boolean;
  readonly settings: TranslationSettings;
  readonly topology?: Topology | undefined;
  readonly block: Block;
  readonly initial: TranslationState;
  readonly validators: { readonly station: Validators; readonly csms: Validators };
  readonly uuid: () => string;
}

/** A line of the output. */
export type PipeOutput =
  | { readonly to: Peer; readonly frame: unknown }
  | { readonly from: Peer; readonly frame: unknown; readonly assumed: true }
  | { readonly note: NoteKind | "not taken"; readonly what: string };

interface Line {
  readonly from: Peer;
  readonly text: string;
  readonly offline: boolean;
  readonly at: EpochMs | undefined;
}

const MAX_DEPTH = 64;
/** Frames that one line may bring about. */
const MOST = 10_000;
const TIMEOUT_MS = 30_000;

export class TranslationPipe {
  readonly #options: PipeOptions;
  readonly #engine: TranslationEngine;
  #now: EpochMs = epochMs(0);
  #isBooted = false;

  constructor(options: PipeOptions) {
    this.#options = options;
    const { station, block, validators, initial } = options;
    this.#engine = new TranslationEngine(
      {
        station,
        block,
        validators: { station: validators.station, csms: () => validators.csms },
        limits: { csmsTimeoutMs: TIMEOUT_MS, stationTimeoutMs: TIMEOUT_MS, attempts: 3, attemptIntervalMs: 10_000 },
      },
      { state: initial, kept: [], waiting: [], alarms: [] },
    );
  }

  /**
   * Takes a line: a frame, or `{"from": "station" | "csms", "frame": […], "at": "2026-…", "offline": true}`.
   *
   * @param now unless the line says when it is
   */
  take(text: string, now: EpochMs): Result<readonly PipeOutput[], string> {
    const line = this.#lineOf(text);
    if (!line.ok) return line;
    const { from, offline, at } = line.value;
    const version = from === "station" ? "ocpp1.6" : this.#options.northVersion;
    const bytes = new TextEncoder().encode(line.value.text);
    const decoded = decodeFrame(line.value.text, bytes, version, MAX_DEPTH);
    if (!decoded.ok) return err(`no frame: ${decoded.error.kind}`);
    this.#now = at ?? now;
    const frame = decoded.value;
    this.#boot(frame);
    const passed = this.#engine.tick(this.#env());
    const effects = this.#give(from, frame, hasNumericId(line.value.text), offline);
    return ok(this.#follow([...passed, ...effects]));
  }

  /** Nothing makes sense before a boot: a station that does not begin with one has had one. */
  #boot(first: Frame): void {
    if (this.#isBooted) return;
    this.#isBooted = true;
    this.#follow(this.#engine.connected(this.#options.station, this.#env()));
    if (first.type === 2 && first.action === "BootNotification") return;
    const payload = { chargePointVendor: "-", chargePointModel: "-" };
    const boot = { type: 2, id: "boot" as never, action: "BootNotification", payload } as const;
    this.#follow(this.#give("station", boot, false, false), true);
  }

  #lineOf(text: string): Result<Line, string> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return err("not JSON");
    }
    const { from } = this.#options;
    if (Array.isArray(value)) return ok({ from, text, offline: false, at: undefined });
    if (typeof value !== "object" || value === null) return err("neither a frame nor an object with one");
    const { frame, from: peer = from, offline, at } = value as Payload;
    if (!Array.isArray(frame)) return err('needs "frame"');
    if (peer !== "station" && peer !== "csms") return err('"from" is "station" or "csms"');
    const instant = at === undefined ? undefined : Date.parse(String(at));
    if (Number.isNaN(instant)) return err('"at" is no date');
    return ok({
      from: peer,
      text: JSON.stringify(frame),
      offline: offline === true,
      at: instant === undefined ? undefined : epochMs(instant),
    });
  }

  #give(from: Peer, frame: Frame, numericId: boolean, offline: boolean): readonly Effect[] {
    const env = this.#env();
    switch (frame.type) {
      case 2:
        return from === "station"
          ? this.#engine.stationCall({ frame, numericId, offline, at: this.#now }, env)
          : this.#engine.csmsCall(frame, env);
      case 3:
      case 4: {
        if (from === "csms") return this.#engine.csmsAnswer(frame, env);
        const { id } = frame;
        if (frame.type === 3) return this.#engine.stationAnswer(id, { kind: "result", payload: frame.payload }, env);
        const { code, description } = frame;
        return this.#engine.stationAnswer(id, { kind: "error", code, description }, env);
      }
      default:
        return [{ do: "note", kind: "lost", what: `message type ${frame.type}` }];
    }
  }

  /** Effects as output, and what the absent peer makes of them. */
  #follow(effects: readonly Effect[], assume = this.#options.assumeAnswers): PipeOutput[] {
    const output: PipeOutput[] = [];
    const waiting = [...effects];
    for (let i = 0; i < MOST; i += 1) {
      const effect = waiting.shift();
      if (effect === undefined) break;
      if (effect.do === "note") output.push({ note: effect.kind, what: effect.what });
      else if (effect.do === "bury") output.push({ note: "not taken", what: effect.message.action });
      else {
        const frame: unknown = JSON.parse(effect.text);
        output.push({ to: effect.to, frame });
        if (!assume || !isCall(frame)) continue;
        const [, id, action, payload] = frame;
        const answer = assumedAnswer(effect.to, action, payload, this.#now);
        output.push({ from: effect.to, frame: [3, id, answer], assumed: true });
        waiting.push(...this.#give(effect.to, { type: 3, id: id as never, payload: answer }, false, false));
      }
    }
    return output;
  }

  #env(): Env {
    const { settings, topology, northVersion, uuid, validators } = this.#options;
    return envOf(this.#engine, {
      now: this.#now,
      uuid,
      settings,
      topology,
      northVersion,
      isStationOnline: true,
      validators: validators.csms,
    });
  }
}

const isCall = (frame: unknown): frame is [2, string, string, Payload] => Array.isArray(frame) && frame[0] === 2;
