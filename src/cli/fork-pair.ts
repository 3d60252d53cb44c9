/**
 * Finds the two halves of one message: the frame with meter values that the CSMS got, and the health lane's message that
 * was made of it. They have no identifier in common, on purpose; the energy register is what gives them away here.
 */

export interface ForkPair {
  readonly stationId: string;
  readonly frame: string;
  readonly topic: string;
  readonly payload: string;
}

/** Frames remembered while their batch is on its way. */
const REMEMBERED = 2_000;
const REGISTER = /"value":"?(\d{4,})"?,[^{}]*"measurand":"Energy\.Active\.Import\.Register"/;

export class ForkPairs {
  #latest: ForkPair | undefined;
  readonly #frames = new Map<string, { readonly stationId: string; readonly frame: string }>();

  get latest(): ForkPair | undefined {
    return this.#latest;
  }

  onFrame(stationId: string, frame: string): void {
    const register = REGISTER.exec(frame)?.[1];
    if (register === undefined) return;
    this.#frames.delete(register);
    this.#frames.set(register, { stationId, frame });
    const oldest = this.#frames.size > REMEMBERED ? this.#frames.keys().next().value : undefined;
    if (oldest !== undefined) this.#frames.delete(oldest);
  }

  onHealth(topic: string, payload: string): void {
    if (!topic.endsWith("/m")) return;
    // The newest value of a batch comes last.
    const found = (payload.match(/\d{4,}/g) ?? []).findLast((number) => this.#frames.has(number));
    const half = found === undefined ? undefined : this.#frames.get(found);
    if (half !== undefined) this.#latest = { ...half, topic, payload };
  }
}
