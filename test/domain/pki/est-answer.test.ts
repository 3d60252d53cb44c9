import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EstResponse, estAnswer } from "../../../src/domain/pki/est-answer.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const GOOD: EstResponse = {
  status: 200,
  contentType: "application/pkcs7-mime; smime-type=certs-only",
  retryAfter: undefined,
  body: "AQID\nBAUG\n",
  isCut: false,
};
const kindOf = (change: Partial<EstResponse>) => {
  const answer = estAnswer({ ...GOOD, ...change }, NOW);
  return answer.kind === "refused" ? `refused ${answer.reason}` : answer.kind;
};

/** @see RFC 7030 §4.2.3 */
const ANSWERS: readonly (readonly [title: string, change: Partial<EstResponse>, meaning: string])[] = [
  ["a certificate", {}, "issued"],
  ["without parameters of its type", { contentType: "application/pkcs7-mime" }, "issued"],
  ["to be decided by hand", { status: 202 }, "later"],
  ["too many requests", { status: 429 }, "later"],
  ["server in trouble", { status: 503 }, "later"],
  ["nothing", { status: 204 }, "refused http-204"],
  ["a redirection", { status: 302 }, "refused http-302"],
  ["who are you", { status: 401 }, "refused http-401"],
  ["no such label", { status: 404 }, "refused http-404"],
  ["a page", { contentType: "text/html" }, "refused content-type"],
  ["a type that only begins like it", { contentType: "application/pkcs7-mimes" }, "refused content-type"],
  ["no type", { contentType: undefined }, "refused content-type"],
  ["bytes that are no base64", { body: "\x30\x82" }, "refused not-base64"],
  ["no bytes", { body: " \n" }, "refused not-base64"],
  ["more than is read", { isCut: true }, "refused too-large"],
];

for (const [title, change, meaning] of ANSWERS) {
  test(`an EST server's answer: ${title}`, () => assert.is(kindOf(change), meaning));
}

test("the certificate is what stands in base64, line ends left out", () => {
  const answer = estAnswer(GOOD, NOW);
  assert.equal(answer.kind === "issued" && [...answer.pkcs7], [1, 2, 3, 4, 5, 6]);
});

test("Retry-After in seconds and as a date; what is neither, or past, asks for no wait (RFC 9110 §10.2.3)", () => {
  const wait = (retryAfter: string | undefined) => {
    const answer = estAnswer({ ...GOOD, status: 202, retryAfter }, NOW);
    return answer.kind === "later" ? answer.waitMs : undefined;
  };
  assert.is(wait("120"), 120_000);
  assert.is(wait("Thu, 01 Jan 2026 00:01:00 GMT"), 60_000);
  assert.is(wait("Wed, 31 Dec 2025 23:00:00 GMT"), 0);
  assert.is(wait("soon"), 0);
  assert.is(wait(undefined), 0);
  assert.is(wait("9999999999"), 86_400_000);
});

test("no answer makes it wait longer than a day, or throws", () => {
  const response = fc.record({
    status: fc.integer({ min: 0, max: 999 }),
    contentType: fc.option(fc.string(), { nil: undefined }),
    retryAfter: fc.option(fc.oneof(fc.string(), fc.nat().map(String)), { nil: undefined }),
    body: fc.string(),
    isCut: fc.boolean(),
  });
  fc.assert(
    fc.property(response, (some) => {
      const answer = estAnswer(some, NOW);
      if (answer.kind === "later") assert.ok(answer.waitMs >= 0 && answer.waitMs <= 86_400_000);
    }),
  );
});

test.run();
