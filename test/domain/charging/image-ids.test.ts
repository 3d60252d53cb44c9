/** Ids of the image: one each, kept, and never those of the compiled slots. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  defaultSlotId,
  forget,
  ID_RANGE,
  type ImageIds,
  idFor,
  noIds,
  SMALL_ID_RANGE,
  safeLimitId,
  stationSlotId,
  txSlotId,
} from "../../../src/domain/charging/image-ids.ts";

test("the first of a profile's entries has the CSMS's id, the others have their own", () => {
  const first = idFor(noIds(ID_RANGE), ID_RANGE, 5, 1);
  const second = idFor(first.ids, ID_RANGE, 5, 2);
  assert.is(first.id16, 5);
  assert.is(second.id16, ID_RANGE.base + 1000);
  assert.is(idFor(second.ids, ID_RANGE, 5, 2).id16, second.id16);
});

test("ids that 1.6 stations may not take are always translated", () => {
  for (const id of [0, -1, -2_147_483_648, ID_RANGE.base, 2_147_483_647]) {
    assert.ok(idFor(noIds(ID_RANGE), ID_RANGE, id, 1).id16 >= ID_RANGE.base + 1000, String(id));
  }
});

for (const range of [ID_RANGE, SMALL_ID_RANGE]) {
  test(`different entries have different ids, and none has a slot's (from ${range.base})`, () => {
    const asked = fc.array(fc.tuple(fc.integer({ min: -9, max: range.last }), fc.integer({ min: 0, max: 3 })), {
      maxLength: 40,
      size: "max",
    });
    const slots = [1, 2, 3].flatMap((c) => [defaultSlotId(range, c), txSlotId(range, c), safeLimitId(range, c)]);
    fc.assert(
      fc.property(asked, (pairs) => {
        let ids: ImageIds = noIds(range);
        const given = new Map<string, number>();
        for (const [profileId, connector16] of pairs) {
          const named = idFor(ids, range, profileId, connector16);
          ids = named.ids;
          given.set(`${profileId}/${connector16}`, named.id16);
        }
        const all = [...given.values()];
        assert.is(new Set([...all, ...slots, stationSlotId(range)]).size, all.length + slots.length + 1);
        assert.ok(all.every((id16) => id16 >= 1 && id16 <= range.last));
      }),
      { numRuns: 200 },
    );
  });
}

test("an id is forgotten when neither side has it, and then not given again before all others were", () => {
  const { ids, id16 } = idFor(idFor(noIds(ID_RANGE), ID_RANGE, 5, 1).ids, ID_RANGE, 5, 2);
  assert.is(
    forget(ids, (id) => id === 5, new Set()),
    ids,
  );
  assert.is(
    forget(ids, () => false, new Set([5, id16])),
    ids,
  );
  const left = forget(ids, () => false, new Set([5]));
  assert.equal(left.byKey, { "5/1": 5 });
  assert.is(idFor(left, ID_RANGE, 5, 2).id16, id16 + 1);
});

test.run();
