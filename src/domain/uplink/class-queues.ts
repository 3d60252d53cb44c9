/**
 * What waits for the uplink: one queue for each message class, the best class first, first in first out within a class.
 * Bounds are the owner's business: it sees the bytes of each class.
 */
import type { MessageClass } from "../ocpp/catalogue.ts";

/** An item's place; given back to take it out. */
export interface Waiting<T> {
  readonly item: T;
  readonly bytes: number;
  /** The queue it is in: may be better than the class it came with. */
  readonly messageClass: MessageClass;
}

interface Node<T> extends Waiting<T> {
  messageClass: MessageClass;
  before: Node<T> | undefined;
  after: Node<T> | undefined;
}

interface Queue<T> {
  first: Node<T> | undefined;
  last: Node<T> | undefined;
  bytes: number;
}

const CLASSES: readonly MessageClass[] = [0, 1, 2, 3, 4];

export class ClassQueues<T> {
  readonly #queues: readonly Queue<T>[] = CLASSES.map(() => ({ first: undefined, last: undefined, bytes: 0 }));

  get isEmpty(): boolean {
    return this.first() === undefined;
  }

  bytesOf(messageClass: MessageClass): number {
    return this.#queue(messageClass).bytes;
  }

  /** The next to go. */
  first(): Waiting<T> | undefined {
    for (const { first } of this.#queues) if (first !== undefined) return first;
    return undefined;
  }

  push(item: T, bytes: number, messageClass: MessageClass): Waiting<T> {
    const node: Node<T> = { item, bytes, messageClass, before: undefined, after: undefined };
    this.#append(node);
    return node;
  }

  /** Takes out one that {@link push} returned and that is still in. */
  remove(waiting: Waiting<T>): void {
    const node = waiting as Node<T>;
    const queue = this.#queue(node.messageClass);
    if (node.before === undefined) queue.first = node.after;
    else node.before.after = node.after;
    if (node.after === undefined) queue.last = node.before;
    else node.after.before = node.before;
    queue.bytes -= node.bytes;
  }

  /** Moves it to the end of a better class; nothing happens when that is not better. */
  promote(waiting: Waiting<T>, messageClass: MessageClass): void {
    if (messageClass >= waiting.messageClass) return;
    this.remove(waiting);
    const node = waiting as Node<T>;
    node.messageClass = messageClass;
    this.#append(node);
  }

  #append(node: Node<T>): void {
    const queue = this.#queue(node.messageClass);
    node.before = queue.last;
    node.after = undefined;
    if (queue.last === undefined) queue.first = node;
    else queue.last.after = node;
    queue.last = node;
    queue.bytes += node.bytes;
  }

  #queue(messageClass: MessageClass): Queue<T> {
    return this.#queues[messageClass] as Queue<T>;
  }
}
