/**
 * Transaction ids that the gateway gives to 1.6 stations while the CSMS cannot: from a range that CSMSs, which count up from
 * small numbers or draw at random, hardly ever reach, positive and within 32 bits, and counted on without ever going back.
 *
 * @see OCPP 1.6 §4.8 (transactionId is an integer supplied by the Central System); errata 3.18
 */

export const FIRST_PROVISIONAL = 2_000_000_000;
const LAST = 2_147_483_647;

/** True for an id that a gateway can have given. */
export const isProvisional = (id: number): boolean => id >= FIRST_PROVISIONAL && id <= LAST;

/**
 * The id after `last`; begins again at the range's start when it is used up (147 million transactions later), and passes over
 * the ids that `isTaken`.
 */
export function nextProvisional(last: number, isTaken: (id: number) => boolean): number {
  let id = last;
  do {
    id = id < FIRST_PROVISIONAL || id >= LAST ? FIRST_PROVISIONAL : id + 1;
  } while (isTaken(id));
  return id;
}
