/**
 * An event loop of its own: timers and turns that the model runs in the order in which Node would, as fast as they can be worked
 * off, and whose unfinished business can be thrown away like that of a process that was killed.
 *
 *     immediates of this turn, then the timer that is due first, then …; after each of them every promise settles
 */

export type Callback = () => void;

/** Whose business it is: the world's, or that of one life of the gateway. */
export type Owner = number;
export const WORLD: Owner = 0;

interface Job {
  at: number;
  no: number;
  readonly owner: Owner;
  readonly callback: Callback;
  readonly everyMs: number | undefined;
  isOver: boolean;
}

/** What `setTimeout` gives. */
interface Handle {
  readonly job: Job;
  unref(): Handle;
  ref(): Handle;
}

/** Callbacks of one instant: more than that, and it will never end. */
const MOST_AT_ONCE = 200_000;

export class VirtualTime {
  #now = 0;
  #atOnce = 0;
  #count = 0;
  #heap: Job[] = [];
  #immediates: Job[] = [];
  /** Who is meant where the global timers are called. */
  owner: Owner = WORLD;

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** @returns what cancels it */
  after(ms: number, callback: Callback, owner: Owner = WORLD): Callback {
    const job = this.#timer(ms, callback, owner, undefined);
    return () => {
      job.isOver = true;
    };
  }

  /** Throws away all that `owner` has set. */
  drop(owner: Owner): void {
    this.#heap = this.#heap.filter((job) => job.owner !== owner);
    // What is left is still a heap only by chance.
    this.#heap.sort(before);
    for (const job of this.#immediates) if (job.owner === owner) job.isOver = true;
  }

  /** Lets `ms` pass. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const job = this.#immediates.shift() ?? this.#due(end);
      if (job === undefined) break;
      await this.#run(job);
    }
    this.#now = end;
  }

  /** Runs the next `count` callbacks, whenever they are due. */
  async turns(count: number): Promise<void> {
    await settled();
    for (let i = 0; i < count; i += 1) {
      const job = this.#immediates.shift() ?? this.#due(Number.POSITIVE_INFINITY);
      if (job === undefined) return;
      await this.#run(job);
    }
  }

  /** From now on the global timers are this one's. @returns what undoes it */
  install(): Callback {
    const real = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate };
    const clear = (handle: Handle | undefined) => {
      if (handle !== undefined) handle.job.isOver = true;
    };
    const bind = (callback: (...args: unknown[]) => void, args: unknown[]) => () => callback(...args);
    Object.assign(globalThis, {
      setTimeout: (callback: Callback, ms = 0, ...args: unknown[]) =>
        handleOf(this.#timer(ms, bind(callback, args), this.owner, undefined)),
      setInterval: (callback: Callback, ms = 1, ...args: unknown[]) =>
        handleOf(this.#timer(ms, bind(callback, args), this.owner, ms)),
      setImmediate: (callback: Callback, ...args: unknown[]) => handleOf(this.#immediate(bind(callback, args))),
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    });
    return () => void Object.assign(globalThis, real);
  }

  async #run(job: Job): Promise<void> {
    if (job.isOver) return;
    this.#atOnce = job.at > this.#now ? 0 : this.#atOnce + 1;
    if (this.#atOnce > MOST_AT_ONCE) throw new Error(`time stands still: ${job.callback.toString().slice(0, 300)}`);
    this.#now = Math.max(this.#now, job.at);
    if (job.everyMs === undefined) job.isOver = true;
    job.callback();
    if (!job.isOver && job.everyMs !== undefined) {
      job.at = this.#now + job.everyMs;
      this.#push(job);
    }
    await settled();
  }

  #immediate(callback: Callback): Job {
    const job = this.#job(this.#now, callback, this.owner, undefined);
    this.#immediates.push(job);
    return job;
  }

  #timer(ms: number, callback: Callback, owner: Owner, everyMs: number | undefined): Job {
    const job = this.#job(this.#now + Math.max(0, ms), callback, owner, everyMs);
    this.#push(job);
    return job;
  }

  #job(at: number, callback: Callback, owner: Owner, everyMs: number | undefined): Job {
    this.#count += 1;
    return { at, no: this.#count, owner, callback, everyMs, isOver: false };
  }

  #push(job: Job): void {
    const heap = this.#heap;
    this.#count += 1;
    job.no = this.#count;
    heap.push(job);
    for (let i = heap.length - 1; i > 0; ) {
      const up = (i - 1) >> 1;
      const parent = heap[up] as Job;
      if (before(parent, job) <= 0) break;
      heap[i] = parent;
      heap[up] = job;
      i = up;
    }
  }

  #due(end: number): Job | undefined {
    for (let first = this.#heap[0]; first !== undefined && (first.isOver || first.at <= end); first = this.#heap[0]) {
      this.#pop();
      if (!first.isOver) return first;
    }
    return undefined;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Job;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let i = 0; ; ) {
      let child = 2 * i + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && before(heap[child + 1] as Job, heap[child] as Job) < 0) child += 1;
      if (before(last, heap[child] as Job) <= 0) return;
      heap[i] = heap[child] as Job;
      heap[child] = last;
      i = child;
    }
  }
}

const before = (a: Job, b: Job): number => a.at - b.at || a.no - b.no;

function handleOf(job: Job): Handle {
  const handle: Handle = { job, unref: () => handle, ref: () => handle };
  return handle;
}

/** Node comes to its ticks when no promise is left to settle. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
