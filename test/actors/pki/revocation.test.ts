/** Who is believed about a certificate, for how long, and what a flood of questions costs. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GatewayBus } from "../../../src/actors/gateway-bus.ts";
import type { DerRequest } from "../../../src/actors/pki/fetch-der.ts";
import { RevocationCheck, type RevocationQuestion } from "../../../src/actors/pki/revocation.ts";
import { Counters } from "../../../src/domain/counters.ts";
import { certificate, crl, ocspAnswer, signer } from "../../support/revocation-der.ts";
import { SimulatedClock } from "../../support/simulated-clock.ts";
import { memoryLogger } from "../../support/stub-gateway.ts";

const HOUR = 3_600_000;
const ROOT = signer("Root");
const OTHER = signer("Root");
const LEAF = signer("leaf");
const OCSP = "http://ocsp.example/";
const CRL = "http://crl.example/list";

function rig(answers: (asked: DerRequest, now: number) => Uint8Array | undefined) {
  const clock = new SimulatedClock();
  const { logger, lines } = memoryLogger();
  const counters = new Counters(0);
  const asked: DerRequest[] = [];
  const check = new RevocationCheck({
    clock,
    counters,
    logger,
    bus: new GatewayBus(logger),
    fetch: async (request) => {
      asked.push(request);
      const answer = answers(request, clock.now());
      if (answer === undefined) throw new Error("away");
      return answer;
    },
  });
  const from = clock.now() - HOUR;
  const root = certificate({ subject: ROOT, issuer: ROOT, from, to: from + 9000 * HOUR });
  const leaf = (serial: number, where: { readonly ocsp?: string; readonly crl?: string } = { ocsp: OCSP }) =>
    certificate({ subject: LEAF, issuer: ROOT, serial, from, to: from + 900 * HOUR, ...where });
  const ask = (serial: number, question: Partial<RevocationQuestion> = {}, where?: { ocsp?: string; crl?: string }) =>
    check.check({ mode: "hard", side: "csms", chain: [leaf(serial, where), root], ...question });
  return { clock, counters, asked, lines, check, ask, from, root };
}

const dates = (now: number) => ({ thisUpdate: now - HOUR, nextUpdate: now + 2 * HOUR });

test("an answer is asked for once, kept for as long as it holds, and then asked for again", async () => {
  const { ask, asked, clock, counters } = rig((_asked, now) =>
    ocspAnswer({ issuer: ROOT, serial: 5, status: "good", ...dates(now) }),
  );
  assert.equal(await Promise.all([ask(5), ask(5), ask(5)]), ["pass", "pass", "pass"]);
  assert.is(await ask(5), "pass");
  assert.is(asked.length, 1);
  clock.advance(2 * HOUR + 1);
  assert.is(await ask(5), "pass");
  assert.is(asked.length, 2);
  assert.is(counters.revocationGood, 2);
});

test("only the issuer is believed, or whom it has made a responder", async () => {
  const now = new SimulatedClock().now();
  const responder = signer("Responder");
  const badge = (issuer: typeof ROOT, isResponder: boolean, to = now + HOUR) =>
    certificate({ subject: responder, issuer, from: now - HOUR, to, isResponder });
  const cases: readonly (readonly [string, typeof ROOT, readonly Uint8Array[]])[] = [
    ["pass", ROOT, []],
    ["pass", responder, [badge(ROOT, true)]],
    ["unknown", OTHER, []],
    ["unknown", responder, []],
    ["unknown", responder, [badge(ROOT, false)]],
    ["unknown", responder, [badge(OTHER, true)]],
    ["unknown", responder, [badge(ROOT, true, now)]],
  ];
  for (const [i, [verdict, by, along]] of cases.entries()) {
    const { ask } = rig(() => ocspAnswer({ issuer: ROOT, by, with: along, serial: 5, status: "good", ...dates(now) }));
    assert.is(await ask(5), verdict, String(i));
  }
});

test("an answer about another number, of yesterday or of tomorrow says nothing; a list may", async () => {
  const now = new SimulatedClock().now();
  const old = { thisUpdate: now - 3 * HOUR, nextUpdate: now };
  const early = { thisUpdate: now + HOUR, nextUpdate: now + 2 * HOUR };
  for (const answer of [
    ocspAnswer({ issuer: ROOT, serial: 6, status: "good", ...dates(now) }),
    ocspAnswer({ issuer: ROOT, serial: 5, status: "good", ...old }),
    ocspAnswer({ issuer: ROOT, serial: 5, status: "good", ...early }),
    ocspAnswer({ issuer: ROOT, serial: 5, status: "unknown", ...dates(now) }),
  ]) {
    assert.is(await rig(() => answer).ask(5), "unknown");
    const list = crl({ issuer: ROOT, ...dates(now), revoked: [5] });
    const both = rig(({ url }) => (url === CRL ? list : answer));
    assert.is(await both.ask(5, {}, { ocsp: OCSP, crl: CRL }), "revoked");
  }
});

test("a list counts when the issuer has signed it, it is of now, and it is the one the certificate names", async () => {
  const now = new SimulatedClock().now();
  const cases = [
    ["pass", crl({ issuer: ROOT, ...dates(now), revoked: [6] })],
    ["revoked", crl({ issuer: ROOT, ...dates(now), revoked: [4, 5, 6] })],
    ["pass", crl({ issuer: ROOT, ...dates(now), revoked: [], part: CRL })],
    ["unknown", crl({ issuer: ROOT, ...dates(now), revoked: [], part: "http://crl.example/other" })],
    ["unknown", crl({ issuer: ROOT, by: OTHER, ...dates(now), revoked: [] })],
    ["unknown", crl({ issuer: LEAF, ...dates(now), revoked: [] })],
    ["unknown", crl({ issuer: ROOT, thisUpdate: now - HOUR, nextUpdate: now, revoked: [] })],
    ["unknown", crl({ issuer: ROOT, ...dates(now), revoked: [], isDelta: true })],
  ] as const;
  for (const [i, [verdict, list]] of cases.entries()) {
    const { ask, asked } = rig(() => list);
    assert.is(await ask(5, {}, { crl: CRL }), verdict, String(i));
    await ask(7, {}, { crl: CRL });
    assert.is(asked.length, verdict === "unknown" ? 2 : 1, "a list that counts is fetched once for all numbers");
  }
});

test("where nobody can say: soft lets in, hard does not, and it is said once and asked again soon", async () => {
  const { ask, asked, clock, lines, counters } = rig(() => undefined);
  assert.equal([await ask(5), await ask(5, { mode: "soft" })], ["unknown", "pass"]);
  clock.advance(31_000);
  await ask(5);
  assert.equal([asked.length, counters.revocationUnknown, lines.length], [2, 2, 1]);
  assert.equal([lines[0]?.fields["code"], lines[0]?.fields["reason"]], ["ERR_REVOCATION_UNKNOWN", "away"]);
});

test("nobody is asked where there is nobody, about what ends within a day, and where it is off", async () => {
  const { ask, asked, check, from, root } = rig(() => undefined);
  assert.is(await ask(5, {}, {}), "unknown");
  assert.is(await ask(5, { mode: "off" }), "pass");
  const brief = certificate({ subject: LEAF, issuer: ROOT, from, to: from + 24 * HOUR, ocsp: OCSP });
  assert.is(await check.check({ mode: "hard", side: "station", chain: [brief, root] }), "pass");
  assert.is(await check.check({ mode: "hard", side: "station", chain: [] }), "unknown", "no chain: a resumed session");
  assert.is(asked.length, 0);
});

test("an authority beneath the root is asked about where it says whom to ask", async () => {
  const middle = signer("Middle");
  const { check, from, root, clock } = rig(() => undefined);
  const now = clock.now();
  const lists = [
    crl({ issuer: middle, ...dates(now), revoked: [] }),
    crl({ issuer: ROOT, ...dates(now), revoked: [3] }),
  ];
  const chain = (serial: number, withCrl: boolean) => [
    certificate({ subject: LEAF, issuer: middle, from, to: from + 900 * HOUR }),
    certificate({
      subject: middle,
      issuer: ROOT,
      serial,
      from,
      to: from + 900 * HOUR,
      ...(withCrl ? { crl: CRL } : {}),
    }),
    root,
  ];
  const verdict = (serial: number, withCrl: boolean, of = lists) =>
    check.check({ mode: "hard", side: "station", chain: chain(serial, withCrl), lists: of });
  assert.is(await verdict(2, false), "pass");
  assert.is(await verdict(3, false), "revoked");
  assert.is(await verdict(3, false, lists.slice(0, 1)), "pass", "nobody says anything of it");
  assert.is(await verdict(4, true, lists.slice(0, 1)), "unknown", "it says whom to ask, who is away");
});

test("too many questions at once are not asked, and counted", async () => {
  const { ask, asked, counters } = rig(() => undefined);
  await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i + 1)));
  assert.equal([asked.length, counters.revocationBusy], [32, 8]);
});

test.run();
