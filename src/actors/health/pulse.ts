/**
 * The worker's sign of life: a number in shared memory that the worker counts up, which costs neither side a message and waits
 * behind none.
 *
 * A worker that is silent may hang, loop, or just not have been given a processor, a disk or a page of memory. Only the time in which
 * it could have gone on counts as silence: all of it while the thread sleeps, the processor's (or a tenth of it) while it runs, none while it
 * waits for the system. So a gateway on a machine with too much to do does not end a worker that is merely last in the row.
 */
import { readFileSync, readlinkSync } from "node:fs";

const BEATS = 0;
const THREAD = 1;
const CELLS = 2;
/** Of the kernel's accounting towards programs; a constant of Linux (USER_HZ). */
const MS_PER_CLOCK_TICK = 10;

/** Both sides of a pulse hold one over the same memory. */
export class Pulse {
  readonly cells: Int32Array<SharedArrayBuffer>;

  constructor(cells = new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT))) {
    this.cells = cells;
  }

  /** Worker's side, once: which thread it is, where the system names threads. */
  introduce(): void {
    Atomics.store(this.cells, THREAD, ownThread() ?? 0);
    this.beat();
  }

  beat(): void {
    Atomics.add(this.cells, BEATS, 1);
  }

  get beats(): number {
    return Atomics.load(this.cells, BEATS);
  }

  /** The worker's thread as the system sees it now; undefined where it does not say. */
  get thread(): ThreadLook | undefined {
    const thread = Atomics.load(this.cells, THREAD);
    return thread === 0 ? undefined : lookAt(thread);
  }
}

/** A loop is found in the end however little of the processor it gets. */
const MIN_SHARE = 0.1;

export interface ThreadLook {
  readonly doing: "runs" | "sleeps" | "waits";
  /** Processor time used since it began. */
  readonly cpuMs: number;
}

/** Number of the calling thread; undefined where the system does not name it. */
export function ownThread(): number | undefined {
  try {
    // `<pid>/task/<tid>`
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return undefined;
  }
}

/** State and times are fields 3, 14 and 15 of a thread's stat; field 2 is a name that may hold spaces. */
function lookAt(thread: number): ThreadLook | undefined {
  try {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, "latin1");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const cpuMs = (Number(fields[10]) + Number(fields[11])) * MS_PER_CLOCK_TICK;
    return { doing: state === "R" ? "runs" : state === "S" ? "sleeps" : "waits", cpuMs };
  } catch {
    return undefined;
  }
}

/** How long a worker has been silent, of the time in which it could have spoken. */
export class Silence {
  #beats: number;
  #cpuMs: number | undefined;
  ms = 0;

  constructor(beats: number) {
    this.#beats = beats;
  }

  /** After every `tickMs`; `look` is asked only where there was no beat. */
  tick(tickMs: number, beats: number, look: () => ThreadLook | undefined): void {
    if (beats !== this.#beats) {
      this.#beats = beats;
      this.#cpuMs = undefined;
      this.ms = 0;
      return;
    }
    const thread = look();
    // Of the first tick nobody knows; a worker beats several times in each.
    const before = this.#cpuMs ?? Number.NEGATIVE_INFINITY;
    this.#cpuMs = thread?.cpuMs;
    if (thread === undefined || thread.doing === "sleeps") this.ms += tickMs;
    else if (thread.doing === "runs") this.ms += Math.max(tickMs * MIN_SHARE, Math.min(tickMs, thread.cpuMs - before));
  }
}
