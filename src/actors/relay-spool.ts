/** The spool of relay mode: it keeps nothing but the count of V0/V1 messages that are under way to the CSMS. */
import type { Spool } from "../ports.ts";

export function createRelaySpool(): Spool {
  let underWay = 0;
  return {
    taken: () => {
      underWay += 1;
    },
    settled: () => {
      underWay -= 1;
    },
    get underWay() {
      return underWay;
    },
    close: () => Promise.resolve(),
  };
}
