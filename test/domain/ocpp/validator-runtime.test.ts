import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isDateTime, isUri, unicodeLength } from "../../../src/domain/ocpp/validator-runtime.ts";
import { dateTimes } from "../../support/schema-arbitrary.ts";
import { BAD_DATE_TIMES } from "../../support/schema-faults.ts";
import { findViolations } from "../../support/schema-interpreter.ts";

const DATE_TIME = { type: "string", format: "date-time" } as const;

test("RFC 3339 §5.6 - timestamps of every shape are taken", () => {
  fc.assert(fc.property(dateTimes(), (text) => assert.ok(isDateTime(text), text)));
});

test("RFC 3339 §5.8 - its own examples are taken", () => {
  for (const text of [
    "1985-04-12T23:20:50.52Z",
    "1996-12-19T16:39:57-08:00",
    "1990-12-31T23:59:60Z",
    "1990-12-31T15:59:60-08:00",
    "1937-01-01T12:00:27.87+00:20",
  ]) {
    assert.ok(isDateTime(text), text);
  }
});

test("what only looks like a timestamp is refused", () => {
  for (const text of BAD_DATE_TIMES) assert.not.ok(isDateTime(text), text);
});

test("every instant that Date writes is taken", () => {
  const instants = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true });
  fc.assert(fc.property(instants, (date) => assert.ok(isDateTime(date.toISOString()))));
});

test("one wrong character anywhere is judged as a regular expression and Date judge it", () => {
  const characters = fc.constantFrom(..."0123456789-:.TtZz+ aA٣/");
  const mutated = fc.tuple(dateTimes(), fc.nat(40), characters).map(([text, at, character]) => {
    const i = at % (text.length + 1);
    return text.slice(0, i) + character + text.slice(i + 1);
  });
  fc.assert(
    fc.property(mutated, (text) => assert.is(isDateTime(text), findViolations(DATE_TIME, text).length === 0, text)),
    { numRuns: 2000 },
  );
});

test("RFC 3986 - URIs with a scheme are taken, also with credentials, addresses and ports", () => {
  for (const uri of [
    "ftp://user:secret@192.0.2.7:21/logs/",
    "http://[2001:db8::7]:8080/a/b;c=1?d=e&f#g",
    "https://h",
    "sftp://h/%C3%A4",
    "mailto:someone@example.org",
    "urn:example:a",
    "file:///var/log",
  ]) {
    assert.ok(isUri(uri), uri);
  }
});

test("RFC 3986 - what has no scheme, or a character that a URI cannot have, is refused", () => {
  for (const text of [
    "",
    "host/path",
    "/path",
    "//host",
    "http://h/a b",
    "http://h/%g0",
    "http://h/ä",
    "1a://h",
    "http://[x]/",
  ]) {
    assert.not.ok(isUri(text), text);
  }
});

test("a long hostile text is judged in linear time", () => {
  const text = `http://${"a:@".repeat(50_000)}`;
  const startedAt = performance.now();
  isUri(text);
  isDateTime(`2026-05-01T10:00:00.${"1".repeat(150_000)}`);
  assert.ok(performance.now() - startedAt < 500);
});

test("unicodeLength counts as the string iterator does, lone surrogates included", () => {
  const unit = fc.constantFrom("a", "é", "\ud83d\udd0c", "\ud800", "\udc00", "€");
  fc.assert(
    fc.property(fc.array(unit), (units) => assert.is(unicodeLength(units.join("")), [...units.join("")].length)),
  );
});

test.run();
