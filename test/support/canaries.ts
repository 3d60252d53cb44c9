/** Leaves of schema payloads that must not be seen again on the other side. */
import type { Leaves } from "./schema-payloads.ts";

/** Fields whose text, often enough, must be sensible: or a canary would only hide what comes after it. */
const SENSIBLE: readonly (readonly [path: RegExp, often: number, text: (random: () => number) => string])[] = [
  [/(value|actualValue|\/v)$/, 0.8, (random) => String(Math.floor(random() * 1e5) / 100)],
  [/(timestamp|time)$/i, 0.8, () => "2026-04-01T11:59:00Z"],
  [/unitOfMeasure\/unit$/, 0.8, () => "kWh"],
  [/component\/name$/, 0.8, () => "TemperatureSensor"],
  [/variable\/name$/, 0.8, () => "Temperature"],
  [/(vendorErrorCode|techCode)$/, 0.3, () => "CX002"],
];

const IDENTIFIERS = /(transactionId|reservationId|remoteStartId|requestId|eventId|listVersion)$/;
const ENUM_OFTEN = 0.97;

/** Fills a schema so that extraction sees much; every other text is `CANARY…`, every identifying number a canary too. */
export function canaryLeaves(random: () => number): Leaves & { readonly numbers: readonly number[] } {
  const numbers: number[] = [];
  let no = 0;
  const canary = () => {
    no += 1;
    return `CANARY${no}`;
  };
  return {
    numbers,
    text: (path, enumeration) => {
      if (enumeration !== undefined) {
        return random() < ENUM_OFTEN ? (enumeration[Math.floor(random() * enumeration.length)] ?? "") : canary();
      }
      const sensible = SENSIBLE.find(([pattern]) => pattern.test(path));
      return sensible !== undefined && random() < sensible[1] ? sensible[2](random) : canary();
    },
    number: (path, isInteger) => {
      if (!IDENTIFIERS.test(path)) return isInteger ? Math.floor(random() * 4) : Math.floor(random() * 1e4) / 100;
      const identifier = 700_000_000 + numbers.length;
      numbers.push(identifier);
      return identifier;
    },
    boolean: () => random() < 0.5,
    count: () => 1 + Math.floor(random() * 2),
  };
}
