import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BEGINNING, chainLine, verifyChain } from "../../../src/domain/security/log-chain.ts";
import { syslogMessage } from "../../../src/domain/security/syslog.ts";

const KEY = randomBytes(32);
const AT = "2026-01-01T00:00:00.000Z";

function chain(details: readonly string[]): string[] {
  let end = BEGINNING;
  return details.map((detail, i) => {
    const next = chainLine(
      { at: AT, type: "LanFlood", ...(i % 2 === 0 ? {} : { stationId: "CP1" }), detail },
      end,
      KEY,
    );
    end = next.end;
    return next.line;
  });
}

const faultOf = (lines: readonly string[], key: Uint8Array = KEY) => {
  const verified = verifyChain(lines, key);
  return verified.ok ? undefined : verified.error;
};

const some = fc.array(fc.string(), { minLength: 3, maxLength: 12, size: "max" });

test("what was written verifies, also when the beginning has been rotated away", () => {
  fc.assert(
    fc.property(some, fc.nat(), (details, from) => {
      const lines = chain(details);
      const verified = verifyChain(lines, KEY);
      assert.equal(verified.ok && verified.value.records.map(({ detail }) => detail), details);
      assert.is(faultOf(lines.slice(from % lines.length)), undefined);
    }),
  );
});

test("a line that was changed, removed, moved or put in is found", () => {
  fc.assert(
    fc.property(some, fc.nat(), (details, at) => {
      const lines = chain(details);
      // Neither end: a cut there is for an earlier export to show.
      const i = 1 + (at % (lines.length - 2));
      const line = lines[i] ?? "";
      assert.is(faultOf(lines.with(i, line.replace("LanFlood", "LanFlooD")))?.fault, "wrong-mac");
      assert.equal(faultOf(lines.toSpliced(i, 1)), { line: i + 1, fault: "gap" });
      assert.is(faultOf(lines.toSpliced(i, 0, line))?.fault, "gap");
      assert.is(faultOf(lines.toSpliced(i, 0, "{}"))?.fault, "not-a-record");
      assert.is(faultOf(lines.with(0, lines[1] ?? "").with(1, lines[0] ?? ""))?.fault, "gap");
    }),
  );
});

test("another key verifies nothing", () => assert.is(faultOf(chain(["a"]), randomBytes(32))?.fault, "wrong-mac"));

test("RFC 5424 - a record is one line, with what would break out of its field escaped", () => {
  const record = { seq: 7, at: AT, type: "Lan Flood", stationId: 'a"]\n', detail: "two\nlines" };
  assert.is(
    syslogMessage(record, { host: "my host", enterpriseId: 4711 }),
    `<108>1 ${AT} myhost twinlane - LanFlood [twinlane@4711 seq="7" station="a\\"\\] "] \uFEFFtwo lines`,
  );
});

test.run();
