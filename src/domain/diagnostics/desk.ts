/**
 * Who may ask what, how often, and that nothing is done twice. What was done is known for a day: a request that a broker, or somebody
 * who overheard it, delivers again does nothing.
 */
import { SlidingWindow } from "../intrusion/sliding-window.ts";
import { type Ask, type CommandName, type DiagnosticsRequest, parseRequest, type Refusal } from "./request.ts";

/** One platform's rights. */
export interface Grant {
  readonly allow: readonly CommandName[];
  /** Requests that are looked at; those beyond are refused. */
  readonly perHour: number;
}

export type Grants = { readonly [platform: string]: Grant };

const HOUR_MS = 3_600_000;
/** How far ahead the end of a request may lie. */
const MAX_AHEAD_MS = HOUR_MS;
/** A request that has been done is remembered for so long, and as many as this. */
const REMEMBERED_MS = 24 * HOUR_MS;
const MAX_REMEMBERED = 4_096;

export type Judgement =
  | {
      readonly kind: "refused";
      readonly cmdId: string | undefined;
      readonly name: CommandName | undefined;
      readonly reason: Refusal;
    }
  | { readonly kind: "granted"; readonly cmdId: string; readonly ask: Ask };

export class DiagnosticsDesk {
  readonly #grants: ReadonlyMap<string, Grant>;
  readonly #windows = new Map<string, SlidingWindow>();
  /** When each was done, oldest first. */
  readonly #done = new Map<string, number>();

  constructor(grants: Grants) {
    this.#grants = new Map(Object.entries(grants));
  }

  /** A granted request counts as done from now on. */
  judge(platform: string, text: string, now: number): Judgement {
    const grant = this.#grants.get(platform);
    if (grant === undefined) return refused("notGranted");
    if (this.#windowOf(platform, grant).isOver(now)) return refused("tooMany");
    const request = parseRequest(text);
    if (request === undefined) return refused("unreadable");
    const reason = this.#reasonAgainst(request, grant, now);
    if (reason !== undefined || request.ask === undefined) return refused(reason ?? "badArguments", request);
    this.#done.set(request.cmdId, now);
    return { kind: "granted", cmdId: request.cmdId, ask: request.ask };
  }

  #reasonAgainst(
    { cmdId, name, notAfter, ask }: DiagnosticsRequest,
    { allow }: Grant,
    now: number,
  ): Refusal | undefined {
    if (!allow.includes(name)) return "notGranted";
    if (ask === undefined) return "badArguments";
    if (notAfter < now) return "expired";
    if (notAfter > now + MAX_AHEAD_MS) return "tooFarAhead";
    this.#forget(now);
    if (this.#done.has(cmdId)) return "repeated";
    return this.#done.size >= MAX_REMEMBERED ? "busy" : undefined;
  }

  #windowOf(platform: string, { perHour }: Grant): SlidingWindow {
    const known = this.#windows.get(platform) ?? new SlidingWindow(perHour, HOUR_MS);
    this.#windows.set(platform, known);
    return known;
  }

  #forget(now: number): void {
    for (const [cmdId, at] of this.#done) {
      // A clock that was set back does not make one forget.
      if (at > now - REMEMBERED_MS) return;
      this.#done.delete(cmdId);
    }
  }

  /** What has to survive a restart. */
  get memory(): string {
    return JSON.stringify([...this.#done]);
  }

  /** @returns false: it is not what {@link memory} gave */
  restore(text: string): boolean {
    try {
      const read: unknown = JSON.parse(text);
      if (!Array.isArray(read)) return false;
      for (const [cmdId, at] of read.slice(-MAX_REMEMBERED)) this.#done.set(String(cmdId), Number(at));
      return true;
    } catch {
      return false;
    }
  }
}

const refused = (reason: Refusal, request?: DiagnosticsRequest): Judgement => ({
  kind: "refused",
  cmdId: request?.cmdId,
  name: request?.name,
  reason,
});
