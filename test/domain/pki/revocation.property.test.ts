/** What is read of certificates, lists and answers: as it was written, and nothing of what is none. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isOnCrl, readCrl } from "../../../src/domain/pki/crl.ts";
import { elementAt, readDer, readOid, readTime, TAG, within, writeDer } from "../../../src/domain/pki/der.ts";
import { readOcspAnswer } from "../../../src/domain/pki/ocsp.ts";
import { isShortLived, keptUntil } from "../../../src/domain/pki/revocation-dates.ts";
import { revocationFacts } from "../../../src/domain/pki/revocation-facts.ts";
import { certificate, crl, integer, ocspAnswer, signer, time } from "../../support/revocation-der.ts";

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const issuer = signer("CA");
const WHOLE = [
  certificate({ subject: signer("leaf"), issuer, from: NOW, to: NOW + DAY, ocsp: "http://o/", crl: "http://c/" }),
  crl({ issuer, thisUpdate: NOW, nextUpdate: NOW + DAY, revoked: [1, 2, 3], part: "http://c/" }),
  ocspAnswer({ issuer, serial: 1, status: "good", thisUpdate: NOW, nextUpdate: NOW + DAY }),
];

test("elements are read as they were written, and a byte more or less is none", () => {
  const bytes = fc.uint8Array({ maxLength: 300, size: "max" });
  fc.assert(
    fc.property(fc.array(bytes), (parts) => {
      const whole = writeDer(TAG.sequence, ...parts.map((part) => writeDer(TAG.octetString, part)));
      assert.equal(
        within(readDer(whole))?.map(({ body }) => [...body]),
        parts.map((part) => [...part]),
      );
      assert.is(readDer(whole.subarray(0, -1)), undefined);
      assert.is(readDer(Buffer.concat([whole, Uint8Array.of(0)])), undefined);
    }),
  );
});

test("lengths that are not DER are refused", () => {
  for (const hex of ["3080", "308000", "30810100", "3081", "30820001aa", "1f0100", "30840000000100", ""])
    assert.is(elementAt(Buffer.from(hex, "hex"), 0), undefined, hex);
});

test("identifiers and times are read as X.680 and RFC 5280 write them", () => {
  assert.is(readOid(readDer(Buffer.from("06092b0601050507300101", "hex"))), "1.3.6.1.5.5.7.48.1.1");
  assert.is(readOid(readDer(Buffer.from("0603550406", "hex"))), "2.5.4.6");
  assert.is(readOid(readDer(Buffer.from("06028837", "hex"))), "2.999");
  assert.is(readOid(readDer(Buffer.from("060188", "hex"))), undefined);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 250_000_000_000 }), (sec) => {
      const ms = Math.min(sec * 1000, Date.UTC(9999, 11, 31));
      assert.is(readTime(readDer(time(ms))), ms);
    }),
  );
  const utc = (text: string) => readTime(readDer(writeDer(TAG.utcTime, Buffer.from(text))));
  assert.is(utc("491231235959Z"), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.is(utc("500101000000Z"), Date.UTC(1950, 0, 1));
  for (const text of ["260230000000Z", "2601010000Z", "260101000000+0100", "260101240000Z"])
    assert.is(utc(text), undefined);
});

test("a number is on a list exactly where it was put on it", () => {
  const serials = fc.uniqueArray(fc.nat(70_000), { maxLength: 60, size: "max" });
  fc.assert(
    fc.property(serials, fc.nat(70_000), (revoked, other) => {
      const list = readCrl(crl({ issuer, thisUpdate: NOW, nextUpdate: NOW + DAY, revoked }));
      if (list === undefined) throw new Error("no list");
      for (const serial of [...revoked, other])
        assert.is(isOnCrl(list, integer(serial)), revoked.includes(serial), String(serial));
    }),
    { numRuns: 50 },
  );
});

test("a number whose bytes stand across two fields by chance is not on the list", () => {
  // 02 01 18: within the number of the first entry, which is longer.
  const list = readCrl(crl({ issuer, thisUpdate: NOW, revoked: [0x02_01_18] }));
  assert.ok(list !== undefined && !isOnCrl(list, integer(0x18)));
});

test("a delta is no list, and what names its part says which", () => {
  assert.is(readCrl(crl({ issuer, thisUpdate: NOW, revoked: [], isDelta: true })), undefined);
  assert.equal(readCrl(WHOLE[1] ?? new Uint8Array())?.partUrls, ["http://c/"]);
  assert.is(readCrl(crl({ issuer, thisUpdate: NOW, revoked: [] }))?.partUrls, undefined);
});

test("where to ask is read off a certificate, http:// alone", () => {
  const facts = (ocsp: string) =>
    revocationFacts(certificate({ subject: signer("leaf"), issuer, from: NOW, to: NOW + DAY, ocsp, crl: "ldap://x" }));
  assert.equal(facts("http://o.example/a?b")?.ocspUrls, ["http://o.example/a?b"]);
  for (const url of ["https://o/", "file:///etc/passwd", "http://o/ x"]) assert.equal(facts(url)?.ocspUrls, [], url);
  assert.equal(facts("http://o/")?.crlUrls, []);
});

test("no bytes whatever make a reader throw", () => {
  const broken = fc.tuple(fc.nat(2), fc.nat(), fc.uint8Array({ maxLength: 6 })).map(([which, at, bytes]) => {
    const copy = Buffer.from(WHOLE[which] ?? []);
    copy.set(bytes.slice(0, copy.length), at % Math.max(1, copy.length - bytes.length));
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 64, size: "max" })), (bytes) => {
      const list = readCrl(bytes);
      if (list !== undefined) isOnCrl(list, integer(2));
      readOcspAnswer(bytes);
      revocationFacts(bytes);
    }),
    { numRuns: 2000 },
  );
});

test("what was said holds no longer than it says itself, nor than four hours, and never before its time", () => {
  const ms = fc.integer({ min: -10 * DAY, max: 10 * DAY });
  fc.assert(
    fc.property(ms, fc.option(ms, { nil: undefined }), (from, to) => {
      const said = { thisUpdate: NOW + from, nextUpdate: to === undefined ? undefined : NOW + to };
      const until = keptUntil(said, NOW);
      const isCurrent = from <= 300_000 && (to ?? from + DAY) > 0;
      assert.is(until !== undefined, isCurrent);
      if (until !== undefined)
        assert.ok(until > NOW && until <= NOW + 4 * 3_600_000 && until <= NOW + (to ?? from + DAY));
    }),
  );
  assert.ok(isShortLived({ notBefore: NOW, notAfter: NOW + DAY }));
  assert.not(isShortLived({ notBefore: NOW, notAfter: NOW + DAY + 1 }));
});

test.run();
