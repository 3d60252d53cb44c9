/** Two transports back to back: what one sends the other hears, a turn of the microtask queue later. */
import type { Transport } from "../../src/sim/transport.ts";

class MemoryTransport implements Transport {
  onText: (text: string) => void = () => undefined;
  onClose: (code: number, reason: string) => void = () => undefined;
  other: MemoryTransport | undefined;
  #open = true;

  send(text: string): void {
    if (this.#open) queueMicrotask(() => this.other?.onText(text));
  }

  close(code: number, reason = ""): void {
    queueMicrotask(() => {
      this.other?.end(code, reason);
      this.end(code, reason);
    });
  }

  cut(): void {
    this.close(1006);
  }

  end(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.onClose(code, reason);
  }
}

export function transportPair(): readonly [Transport, Transport] {
  const [a, b] = [new MemoryTransport(), new MemoryTransport()];
  a.other = b;
  b.other = a;
  return [a, b];
}
