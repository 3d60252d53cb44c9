/** Real randomness, that nobody can predict: random delays have to differ between gateways (SI 2021/1467). */
import { randomInt, randomUUID } from "node:crypto";
import type { Random } from "../ports.ts";

const RANGE = 2 ** 47;

export const systemRandom: Random = { next: () => randomInt(RANGE) / RANGE, uuid: () => randomUUID() };
