/**
 * One station's translation: frames of both sides in, frames for both sides out. The rules say what is wanted (contract.ts); this file
 * sees to it that calls and answers find each other, that at most one call is under way in each direction, that nothing invalid
 * leaves, and that what the CSMS has to get is kept until it has it.
 *
 *     station's CALL ─▶ repair ─▶ rule ─▶ wants ─┬─ ask ─────▶ queue ─▶ CSMS ─▶ answer ─▶ job's rule ─▶ wants …
 *                                                └─ answer ──▶ held while kept messages of the same cause wait ─▶ station
 *
 * A station's call is not answered before the CSMS has answered what has to be kept of it: so the station, or the spool in its place,
 * stays responsible, a long outage waits there and not here, and after a crash everything comes again and is recognised.
 *
 * No I/O and no clock. `durable` has to be written before effects of the same turn leave, wherever `state` or `kept` has changed.
 *
 * @see OCPP 2.0.1 Part 2 E13; Part 4 §4.1, §4.3; OCPP-J 1.6 §4.1
 */
import type { EpochMs } from "../ids.ts";
import { actionSpec } from "../ocpp/catalogue.ts";
import { rpcErrorKind } from "../ocpp/error-codes.ts";
import type { CallErrorFrame, CallFrame, CallResultFrame } from "../ocpp/frame.ts";
import type { Env, Job, Outcome, Peer, Step, TranslationState, Want } from "./contract.ts";
import { retryOf } from "./device-own.ts";
import { tolerancesOf } from "./device-state.ts";
import { Alarms } from "./engine-alarms.ts";
import { Checks } from "./engine-checks.ts";
import { causedId, contentId } from "./engine-ids.ts";
import { OpenCalls, outcomeOf, refOf, type Sink } from "./engine-open.ts";
import { type Conclusion, NEVER_SENT, NONE, NOT_SENT, TOO_MANY } from "./engine-outcomes.ts";
import { type Call, CallQueue, isEventOf, isSame, messageOf } from "./engine-queue.ts";
import { isNeverSent, StationPace } from "./engine-station.ts";
import type { Durable, Effect, EngineOptions, StationCall } from "./engine-types.ts";

/** Calls that may wait in one direction; what is kept comes on top. */
const CAPACITY = 64;
/** Calls to the CSMS that may wait before answers are held for messages that are not kept. */
const ROOM = 8;
/** Calls of the CSMS at once; it is allowed one. */
const CSMS_CALLS = 16;
/** Outcomes that one turn may bring; a rule that asks a peer who is away again and again ends here. */
const OUTCOMES_AT_ONCE = 512;

export class TranslationEngine {
  readonly #options: EngineOptions;
  readonly #queues: Readonly<Record<Peer, CallQueue>> = {
    csms: new CallQueue(CAPACITY),
    station: new CallQueue(CAPACITY),
  };
  readonly #sink: Sink = {
    send: (to, text) => void this.#effects.push({ do: "send", to, text }),
    note: (kind, what) => void this.#effects.push({ do: "note", kind, what }),
  };
  readonly #open: OpenCalls;
  readonly #checks: Checks;
  readonly #alarms: Alarms;
  readonly #pace = new StationPace();
  #state: TranslationState;
  #waiting: readonly Job[];
  /** Undefined: has to be put together again. */
  #kept: Durable["kept"] | undefined;
  /**
   * True when the latest turn need not be written down: it came of a message that comes again after a crash, before anything that
   * came after it, and changes the state in the same way then. So it is durable as soon as that message is not.
   */
  isReplayable = false;
  #conclusions: Conclusion[] = [];
  #isUp = false;
  #salt = "";
  #effects: Effect[] = [];

  constructor(options: EngineOptions, { state, alarms, waiting, kept }: Durable) {
    this.#options = options;
    this.#open = new OpenCalls(options.validators, this.#sink);
    this.#checks = new Checks(options.validators, this.#sink);
    this.#state = state;
    this.#alarms = new Alarms(alarms);
    this.#waiting = waiting;
    this.#kept = kept;
    for (const message of kept)
      this.#queues.csms.push({ ...message, sure: true, notBefore: undefined, isReplayable: false });
  }

  /** True while the CSMS has to get something. */
  get keeps(): boolean {
    return this.#queues.csms.kept().length > 0;
  }

  /** As `keeps`, of events of this transaction, or of any. */
  keepsEvents(transactionId?: string): boolean {
    return this.#queues.csms.kept().some((call) => isEventOf(call, transactionId));
  }

  get state(): TranslationState {
    return this.#state;
  }

  get durable(): Durable {
    this.#kept ??= this.#queues.csms.kept().map(messageOf);
    return { state: this.#state, kept: this.#kept, waiting: this.#waiting, alarms: this.#alarms.all };
  }

  /** When `tick` has to be called. */
  get nextAt(): EpochMs | undefined {
    const { csms, station } = this.#queues;
    let next: EpochMs | undefined;
    const paced = station.isHeld ? this.#pace.notBefore(tolerancesOf(this.#state)) : station.nextAt;
    for (const at of [this.#isUp ? csms.nextAt : undefined, paced, this.#open.nextAt, this.#alarms.nextAt]) {
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
    return next;
  }

  /** The link to the CSMS is up. `salt` names the station's connection. */
  connected(salt: string, env: Env): readonly Effect[] {
    this.isReplayable = false;
    this.#isUp = true;
    this.#salt = salt;
    this.#pace.connected(salt, env.now);
    this.#giveUpWaiting();
    this.#linked("up", env);
    return this.#done(env);
  }

  /** The link is down: nobody waits for answers any more, neither the CSMS for ours nor we for its; what is kept stays. */
  disconnected(env: Env): readonly Effect[] {
    this.isReplayable = false;
    this.#isUp = false;
    this.#open.clear();
    // The gateway has given up the calls that came over this link, too.
    const lost = [...this.#queues.csms.lose(), ...this.#queues.station.lose()];
    for (const call of lost) this.#concluded(call, NONE);
    this.#linked("down", env);
    return this.#done(env);
  }

  #linked(way: "up" | "down", env: Env): void {
    const rule = this.#options.block.links?.[way];
    if (rule !== undefined) this.#run(`link ${way}`, undefined, env, () => rule(this.#state, env));
  }

  /** A CALL of the station. */
  stationCall({ frame, numericId, offline, at, comesAgain, own }: StationCall, env: Env): readonly Effect[] {
    const { action, id } = frame;
    this.isReplayable = comesAgain === true;
    const ref = refOf("station", id);
    const until = (env.now + this.#options.limits.csmsTimeoutMs) as EpochMs;
    const known = this.#open.get(ref);
    if (known !== undefined && known.action === action && isSame(known.payload, frame.payload)) {
      // Asked again while it is under way: whoever asked before has given up.
      known.until = until;
      return this.#done(env);
    }
    const jsonId = numericId ? id : JSON.stringify(id);
    this.#open.open(ref, { action, payload: frame.payload, id: jsonId, until, caused: 0 });
    if (action === "BootNotification") this.#pace.bootCame(ref);
    const rule = this.#options.block.from.station?.[action];
    if (rule === undefined) {
      const kind = actionSpec("ocpp1.6", action) === undefined ? "NotImplemented" : "NotSupported";
      this.#open.refuse(ref, kind, `${action} is not translated`, env);
      return this.#done(env);
    }
    const { payload, refusal } = this.#checks.stationCall(frame);
    if (refusal !== undefined) this.#open.refuse(ref, refusal.kind, refusal.text, env);
    else this.#run(action, ref, env, () => rule(this.#state, { ref, action, payload, offline, at, own }, env));
    return this.#done(env);
  }

  /** The station's answer to a call of ours; `none` where it gave none. */
  stationAnswer(id: string, outcome: Outcome, env: Env): readonly Effect[] {
    this.isReplayable = false;
    this.#answered("station", id, outcome, env);
    return this.#done(env);
  }

  /** A CALL of the CSMS. */
  csmsCall(frame: CallFrame, env: Env): readonly Effect[] {
    this.isReplayable = false;
    const { id, action, payload } = frame;
    const ref = refOf("csms", id);
    const known = this.#open.get(ref);
    if (known !== undefined) {
      if (known.action !== action || !isSame(known.payload, payload))
        this.#open.sendError("csms", JSON.stringify(id), "RpcFrameworkError", "This message id is in use", env);
      return this.#done(env);
    }
    const refusal =
      this.#open.countOf("csms") >= CSMS_CALLS
        ? TOO_MANY
        : this.#checks.csmsCall(frame, this.#state.tx.registration, env);
    const until = (env.now + this.#options.limits.stationTimeoutMs) as EpochMs;
    this.#open.open(ref, { action, payload, id: JSON.stringify(id), until, caused: 0 });
    const rule = this.#options.block.from.csms?.[action];
    if (refusal !== undefined) this.#open.refuse(ref, refusal.kind, refusal.text, env);
    else if (rule === undefined) this.#open.refuse(ref, "NotSupported", `${action} is not offered here`, env);
    else {
      const asked = { ref, action, payload, offline: false, at: env.now };
      this.#run(action, ref, env, () => rule(this.#state, asked, env));
    }
    return this.#done(env);
  }

  /** An answer of the CSMS. */
  csmsAnswer(frame: CallResultFrame | CallErrorFrame, env: Env): readonly Effect[] {
    this.isReplayable = this.#queues.csms.find(frame.id)?.isReplayable === true;
    this.#answered("csms", frame.id, outcomeOf(frame), env);
    return this.#done(env);
  }

  /** To be called when `nextAt` has come; earlier is no harm. */
  tick(env: Env): readonly Effect[] {
    this.isReplayable = false;
    for (const peer of ["csms", "station"] as const) {
      const call = this.#queues[peer].expire(env.now);
      if (call !== undefined) this.#ended(call, NONE, env);
    }
    this.#open.expire(env);
    for (const { job } of this.#alarms.due(env.now)) this.#wake(job, env);
    return this.#done(env);
  }

  /** Work for the rules that comes from elsewhere in the gateway. */
  wake(job: Job, env: Env): readonly Effect[] {
    this.isReplayable = false;
    this.#wake(job, env);
    return this.#done(env);
  }

  #wake(job: Job, env: Env): void {
    const rule = this.#options.block.wakes?.[job.kind];
    if (rule === undefined) this.#sink.note("fault", `nobody wakes for ${job.kind}`);
    else this.#run(job.kind, undefined, env, () => rule(this.#state, job, env));
  }

  #answered(peer: Peer, id: string, outcome: Outcome, env: Env): void {
    const call = this.#queues[peer].settle(id);
    if (call === undefined) this.#sink.note("stray", this.#queues[peer].wasLate(id) ? "late" : "unknown");
    else this.#ended(call, this.#checks.answer(peer, call.action, outcome, env), env);
  }

  /** A call is over: answered, refused, or not answered in time. */
  #ended(call: Call, outcome: Outcome, env: Env): void {
    if (!call.sure || outcome.kind === "result") this.#concluded(call, outcome);
    else this.#failed(call, outcome, env);
  }

  /** @see OCPP 2.0.1 Part 2 E13.FR.02, FR.03 */
  #failed(call: Call, outcome: Exclude<Outcome, { kind: "result" }>, env: Env): void {
    const { attempts, attemptIntervalMs } = retryOf(this.#state, this.#options.limits);
    const { action, cause } = call;
    this.#kept = undefined;
    const wantsBoot = outcome.kind === "error" && outcome.code === "SecurityError" && cause !== undefined;
    // Whoever waits is told that the CSMS does not know the station, and sees to a boot; this message has not failed.
    if (wantsBoot && this.#open.get(cause) !== undefined) this.#open.refuse(cause, "SecurityError", "", env);
    else call.attempts += 1;
    if (call.attempts >= attempts) {
      this.#effects.push({
        do: "bury",
        message: messageOf(call),
        reason: outcome.kind === "error" ? "refused" : "unanswered",
      });
      this.#concluded(call, outcome);
      return;
    }
    call.notBefore = (env.now + attemptIntervalMs * Math.max(1, call.attempts)) as EpochMs;
    this.#sink.note("repeated", action);
    this.#queues.csms.putBack(call);
  }

  /** Tells whoever waits for the call. */
  #concluded({ sure, jobs, cause }: Call, outcome: Outcome): void {
    if (sure) this.#kept = undefined;
    else if (jobs.length > 0) this.#waiting = this.#waiting.filter((job) => !jobs.includes(job));
    for (const job of jobs) this.#conclusions.push({ job, outcome, cause });
  }

  /** After a restart: what waited then will never be answered. */
  #giveUpWaiting(): void {
    const { station, csms } = this.#queues;
    const living = new Set([...station.all(), ...csms.all()].flatMap(({ jobs }) => jobs));
    const orphans = this.#waiting.filter((job) => !living.has(job));
    if (orphans.length === 0) return;
    this.#waiting = this.#waiting.filter((job) => living.has(job));
    for (const job of orphans) this.#conclusions.push({ job, outcome: NONE, cause: undefined });
  }

  #conclude({ job, outcome, cause }: Conclusion, env: Env): void {
    const rule = this.#options.block.answers?.[job.kind];
    if (rule === undefined) this.#sink.note("fault", `nobody answers for ${job.kind}`);
    else this.#run(job.kind, cause, env, () => rule(this.#state, job, outcome, env));
  }

  /** A rule that throws is a defect of ours: it has changed nothing, and whoever asked is told. */
  #run(name: string, cause: string | undefined, env: Env, rule: () => Step<TranslationState>): void {
    let step: Step<TranslationState>;
    try {
      step = rule();
    } catch (error) {
      this.#sink.note("fault", `${name}: ${error instanceof Error ? error.message : "threw"}`);
      if (cause !== undefined) this.#open.refuse(cause, "InternalError", "The translation failed", env);
      return;
    }
    this.#state = step.state;
    for (const want of step.wants) this.#want(want, cause, env);
  }

  #want(want: Want, cause: string | undefined, env: Env): void {
    switch (want.do) {
      case "ask":
        this.#ask(want, cause, env);
        return;
      case "answer":
        this.#open.answer(want.ref, want.payload, env);
        return;
      case "refuse":
        this.#open.refuse(want.ref, rpcErrorKind(want.code) ?? "GenericError", want.description, env);
        return;
      case "wake":
        this.#alarms.set(want.job, want.at);
        return;
      case "lost":
      case "repaired":
        this.#sink.note(want.do, want.what);
    }
  }

  #ask(want: Extract<Want, { do: "ask" }>, cause: string | undefined, env: Env): void {
    const { peer, action, job } = want;
    const jobs = job === undefined ? [] : [job];
    const payload = this.#checks.ownCall(peer, action, want.payload, env);
    const isNever = peer === "station" && isNeverSent(this.#state, action);
    if (payload === undefined || isNever) {
      const outcome = isNever ? NEVER_SENT : NOT_SENT;
      for (const each of jobs) this.#conclusions.push({ job: each, outcome, cause });
      return;
    }
    const sure = want.sure === true && peer === "csms";
    const id = sure ? contentId(this.#options.station, action, payload) : this.#idFor(peer, cause, env);
    const isReplayable = sure && this.isReplayable;
    // Spelled out: to copy a common beginning costs as much as to parse the frame.
    const call = { id, action, payload, jobs, sure, cause, attempts: 0, notBefore: undefined, isReplayable };
    if (!sure) this.#queue(peer, call, env);
    else {
      this.#kept = undefined;
      this.#queues.csms.keep(call);
    }
  }

  #queue(peer: Peer, call: Call, env: Env): void {
    const isThere = peer === "csms" ? this.#isUp : env.isStationOnline;
    if (isThere && this.#queues[peer].push(call)) {
      if (call.jobs.length > 0) this.#waiting = [...this.#waiting, ...call.jobs];
      return;
    }
    if (isThere) this.#sink.note("dropped", call.action);
    for (const job of call.jobs) this.#conclusions.push({ job, outcome: NONE, cause: call.cause });
  }

  #idFor(peer: Peer, cause: string | undefined, env: Env): string {
    const open = cause === undefined ? undefined : this.#open.get(cause);
    if (peer === "station" || open === undefined || cause === undefined) return env.uuid();
    open.caused += 1;
    return causedId(this.#salt, cause, open.payload, open.caused);
  }

  /** Tells whoever waits, sends what may be sent now, and hands over everything that this turn has brought. */
  #done(env: Env): readonly Effect[] {
    const { csmsTimeoutMs, stationTimeoutMs } = this.#options.limits;
    for (let i = 0; i < OUTCOMES_AT_ONCE; i += 1) {
      const conclusion = this.#conclusions.shift();
      if (conclusion === undefined) break;
      this.#conclude(conclusion, env);
    }
    if (this.#conclusions.length > 0) this.#sink.note("fault", "a rule asks without end");
    this.#conclusions = [];
    if (this.#isUp) this.#launch("csms", csmsTimeoutMs, env);
    this.#open.release((ref) => this.#holds(ref));
    this.#pace.answersLeft((ref) => this.#open.get(ref) !== undefined);
    this.#launch("station", stationTimeoutMs, env);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #launch(peer: Peer, timeoutMs: number, { now }: Env): void {
    const queue = this.#queues[peer];
    if (peer === "station" && queue.isHeld && (this.#pace.notBefore(tolerancesOf(this.#state)) ?? 0) > now) return;
    const call = queue.launch(now, timeoutMs);
    if (call === undefined) return;
    if (peer === "station") this.#pace.called(now);
    this.#sink.send(peer, `[2,"${call.id}","${call.action}",${JSON.stringify(call.payload)}]`);
  }

  /** True while the station's call may not be answered, because the CSMS has not got what it has caused. */
  #holds(ref: string): boolean {
    const { csms } = this.#queues;
    return csms.keepsFor(ref) || (csms.length > ROOM && csms.isCausedBy(ref));
  }
}
