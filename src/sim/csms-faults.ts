/** Things that go wrong at a CSMS, switched on and off from outside. */

export interface CsmsFault {
  /**
   * `slow`: answered after `ms` · `error`: CALLERROR `code` · `silent`: never answered · `close`: the connection is closed
   * with `closeCode` instead of an answer. What is not answered has been recorded all the same.
   */
  readonly kind: "slow" | "error" | "silent" | "close";
  /** Default 5 000. */
  readonly ms?: number;
  /** Default `InternalError`. */
  readonly code?: string;
  /** Default 1011. */
  readonly closeCode?: number;
  /** Only this station; default all. */
  readonly stationId?: string;
  /** Only this action; default all. */
  readonly action?: string;
  /** How many messages it strikes; default until it is switched off. */
  readonly times?: number;
}

export class FaultSwitches {
  #faults: { readonly fault: CsmsFault; left: number }[] = [];

  /** Switches a fault on; the function returned switches it off. */
  add(fault: CsmsFault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#faults.push(entry);
    return () => {
      this.#faults = this.#faults.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault that strikes this message, and uses up one of its times. */
  strike(stationId: string, action: string): CsmsFault | undefined {
    const entry = this.#faults.find(
      ({ fault, left }) =>
        left > 0 && (fault.stationId ?? stationId) === stationId && (fault.action ?? action) === action,
    );
    if (entry !== undefined) entry.left -= 1;
    return entry?.fault;
  }
}
