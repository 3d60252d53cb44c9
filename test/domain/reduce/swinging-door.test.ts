/** Published vectors of the strict variant, and the definition they follow. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SwingingDoor } from "../../../src/domain/reduce/swinging-door.ts";
import { strictByDefinition } from "../../support/reduced.ts";

interface Vector {
  readonly name: string;
  readonly eps: number;
  readonly compMax: number;
  readonly raw: readonly (readonly [t: number, v: number])[];
  readonly kept: readonly number[];
}

const NEVER = Number.POSITIVE_INFINITY;

/** Inputs and kept times as published with gfoidl/DataCompression (MIT licence). */
const VECTORS: readonly Vector[] = [
  {
    name: "trend",
    eps: 1,
    compMax: NEVER,
    raw: [
      [2, 2],
      [4, 3],
      [6, 2.5],
      [8, 3.5],
      [10, 5.5],
      [12, 2.5],
      [14, 1],
      [16, 1],
    ],
    kept: [2, 8, 10, 14, 16],
  },
  {
    name: "trend1",
    eps: 0.1,
    compMax: NEVER,
    raw: [
      [0, 1],
      [1, 1.1],
      [2, 1.2],
      [3, 1.6],
      [4, 2],
      [5, 2],
      [6, 2],
      [7, 1.2],
    ],
    kept: [0, 2, 4, 6, 7],
  },
  {
    name: "trend2",
    eps: 0.1,
    compMax: NEVER,
    raw: [
      [0, 1],
      [1, 1.1],
      [2, 1.2],
      [3, 1.6],
      [4, 2],
      [5, 2],
      [6, 2],
      [7, 2],
    ],
    kept: [0, 2, 4, 7],
  },
  {
    name: "trend3",
    eps: 1.35,
    compMax: NEVER,
    raw: [
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 5],
      [5, -2],
      [6, 5],
      [7, 4],
      [8, 3],
      [9, 5],
    ],
    kept: [1, 4, 5, 6, 8, 9],
  },
  {
    name: "trend3_mini",
    eps: 0.1,
    compMax: NEVER,
    raw: [
      [5, -2],
      [6, 5],
      [7, 4],
      [8, 3],
      [9, 5],
    ],
    kept: [5, 6, 8, 9],
  },
  {
    name: "maxDelta",
    eps: 0.7,
    compMax: 6,
    raw: [
      [2, 2],
      [4, 3],
      [6, 3],
      [8, 3.5],
      [10, 3.5],
      [12, 4.5],
      [14, 4],
      [16, 4.5],
      [18, 1.5],
      [20, 2.5],
    ],
    kept: [2, 8, 14, 16, 18, 20],
  },
];

for (const { name, eps, compMax, raw, kept } of VECTORS) {
  const samples = raw.map(([t, v]) => ({ t, v }));

  test(`${name}: the door keeps what was published`, () => {
    const times: number[] = [];
    const door = new SwingingDoor(eps, compMax, (t) => void times.push(t));
    for (const { t, v } of samples) door.push(t, v);
    door.flush();
    assert.equal(times, kept);
  });

  test(`${name}: so does the definition`, () => {
    assert.equal(
      strictByDefinition(samples, eps, compMax).map(({ t }) => t),
      kept,
    );
  });
}

test.run();
