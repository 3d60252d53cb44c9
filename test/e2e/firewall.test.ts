// deadline: 120s
/** Each rule of the firewall in a whole gateway: one attack that it stops, and one look-alike that it lets pass. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LAN_VECTORS, playLan } from "../security/lan-vectors.ts";
import { playAll } from "../security/play.ts";
import { VECTORS } from "../security/vectors.ts";

test("each rule stops its attack, and lets the look-alike pass", async () => {
  const outcomes = await playAll(VECTORS);
  assert.equal(
    outcomes.filter(({ ok }) => !ok),
    [],
  );
});

for (const vector of LAN_VECTORS) {
  test(`${vector.rule} - ${vector.title}`, async () => {
    const { ok, attack, lookAlike } = await playLan(vector);
    assert.ok(ok, `attack: ${attack || "not stopped"}; look-alike: ${lookAlike || "stopped"}`);
  });
}

test.run();
