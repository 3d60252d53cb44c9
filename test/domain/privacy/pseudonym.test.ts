/** Names of the health lane: stable, keyed, unlinkable across tenants and years. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { stationId } from "../../../src/domain/ids.ts";
import { createPseudonyms } from "../../../src/domain/privacy/pseudonym.ts";
import { trip } from "../../../src/domain/privacy/tripwire.ts";

const root = Uint8Array.from({ length: 32 }, (_, i) => i);
const scope = { root, tenant: "tenant-a", epoch: 2026 };

test("known answers, computed elsewhere (Python's hmac and base64)", () => {
  const pseudonym = createPseudonyms(scope);
  assert.is(pseudonym(stationId("DE*ABC*E0042"), 1), "oyndwzpvocunloya");
  assert.is(pseudonym(stationId("DE*ABC*E0042"), 0), "e2dy24nrng63a7on");
  assert.is(pseudonym(stationId("Käfer 7"), 2), "tvmmmx6h4xel4sbs");
});

test("key, tenant, year, station and EVSE each change the name", () => {
  const station = stationId("CP-1");
  const names = [
    createPseudonyms(scope)(station, 1),
    createPseudonyms({ ...scope, root: root.map((byte) => byte ^ 1) })(station, 1),
    createPseudonyms({ ...scope, tenant: "tenant-b" })(station, 1),
    createPseudonyms({ ...scope, epoch: 2027 })(station, 1),
    createPseudonyms(scope)(stationId("CP-2"), 1),
    createPseudonyms(scope)(station, 2),
  ];
  assert.is(new Set(names).size, names.length);
});

test("a name is sixteen characters of lower-case base32 that pass the tripwire", () => {
  const pseudonym = createPseudonyms(scope);
  fc.assert(
    fc.property(fc.string(), fc.nat(255), (id, evseId) => {
      const name = pseudonym(stationId(id), evseId);
      assert.match(name, /^[a-z2-7]{16}$/);
      assert.is(trip(`["${name}"]`), undefined);
      assert.is(pseudonym(stationId(id), evseId), name);
    }),
    { numRuns: 2_000 },
  );
});

test.run();
