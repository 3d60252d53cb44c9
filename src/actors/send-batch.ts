/**
 * Frames that leave in one go: what the gateway sends while it works through one turn of the event loop is written at the end
 * of that turn, one system call after the other.
 *
 *     poll: read, inspect, push · read, inspect, push · …   ▶   check: write, write, …
 *
 * Writing in between would wake the peer for every single frame, and on a busy machine cost more than everything else the
 * gateway does (measured: a third of the CPU time of a round trip). A batch is also written when it is full, so the first
 * frame of a long turn does not wait for the last; urgent frames (class V0) do not enter it at all.
 */

/** A socket that takes part. */
export interface BatchedSocket {
  /** Writes the frame; called once for each push, in order. Never throws. */
  writeNow(frame: Uint8Array | string): void;
}

/** About a third of a millisecond of work. */
const CAPACITY = 32;

interface Frames {
  readonly sockets: BatchedSocket[];
  readonly frames: (Uint8Array | string)[];
}

export class SendBatch {
  // Two, taken in turns: what a write makes somebody push goes into the other one.
  #filling: Frames = { sockets: [], frames: [] };
  #spare: Frames = { sockets: [], frames: [] };
  #armed = false;
  readonly #onTurnEnd = (): void => {
    this.#armed = false;
    this.flush();
  };

  push(socket: BatchedSocket, frame: Uint8Array | string): void {
    this.#filling.sockets.push(socket);
    this.#filling.frames.push(frame);
    if (this.#filling.sockets.length === CAPACITY) this.flush();
    else if (!this.#armed) {
      this.#armed = true;
      setImmediate(this.#onTurnEnd);
    }
  }

  /** Writes everything there is. */
  flush(): void {
    const { sockets, frames } = this.#filling;
    this.#filling = this.#spare;
    this.#spare = { sockets, frames };
    for (let i = 0; i < sockets.length; i += 1)
      (sockets[i] as BatchedSocket).writeNow(frames[i] as Uint8Array | string);
    sockets.length = 0;
    frames.length = 0;
  }
}
