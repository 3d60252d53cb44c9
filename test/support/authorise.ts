/** Tokens and what is said about them, at random. */
import fc from "fast-check";
import { TOKEN_STATUSES, type TokenInfo, type TokenRef } from "../../src/domain/authorise/token.ts";
import { epochMs } from "../../src/domain/ids.ts";

/** Few enough that two of them often meet. */
const CARDS = ["04A1B2C3D4E5F6", "04a1b2c3d4e5f6", "DEADBEEF", "deadBEEF", "NL-TNM-C00122045-K", "0"];

export const tokenOf2x: fc.Arbitrary<TokenRef> = fc
  .tuple(fc.constantFrom(...CARDS), fc.constantFrom("ISO14443", "eMAID", "KeyCode", "Central"))
  .map(([idToken, type]) => ({ idToken, type }));

export const instantAround = (now: number) => fc.integer({ min: -3, max: 3 }).map((n) => epochMs(now + n * 1000));

export const infoAround = (now: number): fc.Arbitrary<TokenInfo> =>
  fc.record(
    {
      status: fc.constantFrom(...TOKEN_STATUSES),
      expiresAt: instantAround(now),
      group: tokenOf2x,
      evseIds: fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ["status"], noNullPrototype: true },
  );
