import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { CertificateFacts } from "../../../src/domain/pki/certificate.ts";
import { checkSigned, type SignedCheck } from "../../../src/domain/pki/check-signed.ts";
import { writePem } from "../../../src/domain/pki/pem.ts";
import { authority, certificate, NOW, pemOf, readerOf, signedBy } from "../../support/certificate-facts.ts";

const DAY_MS = 86_400_000;
const root = authority("root");
const sub = authority("sub", "root");

const leaf = (rest: Partial<CertificateFacts> = {}) =>
  certificate({ name: "SN-1", issuer: "sub", spki: "mine", ...rest });

function check(certificates: readonly CertificateFacts[], rest: Partial<SignedCheck> = {}): string {
  const result = checkSigned({
    text: pemOf(...certificates),
    maxLength: 10_000,
    pending: ["mine"],
    commonName: "SN-1",
    organisation: "CPO",
    clientChain: "strict",
    anchors: [root],
    now: NOW,
    read: readerOf(...certificates),
    isSignedBy: signedBy(),
    ...rest,
  });
  return result.ok ? ["ok", ...result.value.warnings].join() : result.error;
}

test("A02 - a certificate for our key, by the CSMS's root, is taken", () => {
  const mine = leaf();
  assert.is(check([mine, sub]), "ok");
  assert.is(check([sub, mine]), "ok", "in another order as well: the key tells");
});

for (const [fault, run] of [
  ["too-long", () => check([leaf(), sub], { maxLength: 100 })],
  ["not-pem", () => check([leaf(), sub], { text: "certificate" })],
  ["not-pem", () => check([leaf(), sub], { text: `${pemOf(leaf(), sub)}and some text` })],
  ["private-key", () => check([leaf()], { text: pemOf(leaf()) + writePem("EC PRIVATE KEY", "AAAA") })],
  ["not-a-certificate", () => check([leaf()], { text: writePem("CERTIFICATE REQUEST", "AAAA") })],
  ["not-a-certificate", () => check([leaf()], { read: () => undefined })],
  ["too-many", () => check([leaf(), ...Array.from({ length: 6 }, (_, i) => authority(`a${i}`))])],
  ["duplicate", () => check([leaf(), sub, sub])],
  ["no-request", () => check([leaf(), sub], { pending: [] })],
  ["wrong-key", () => check([leaf(), sub], { pending: ["another"] })],
  ["weak-algorithm", () => check([leaf({ signature: { type: "rsa", hash: "SHA-1" } }), sub])],
  ["weak-algorithm", () => check([leaf({ signature: { type: "other", hash: "" } }), sub])],
  ["weak-key", () => check([leaf({ key: { type: "rsa", bits: 1024 } }), sub])],
  ["is-ca", () => check([leaf({ isCa: true }), sub])],
  ["not-version-3", () => check([leaf({ isVersion3: false }), sub])],
  ["bad-serial", () => check([leaf({ serial: "-01" }), sub])],
  ["bad-serial", () => check([leaf({ serial: "0" }), sub])],
  ["bad-serial", () => check([leaf({ serial: "F".repeat(41) }), sub])],
  ["not-yet-valid", () => check([leaf({ notBefore: epochMs(NOW + 600_000) }), sub])],
  ["expired", () => check([leaf({ notAfter: epochMs(NOW + 60_000) }), sub])],
  ["wrong-name", () => check([leaf({ commonNames: ["SN-2"] }), sub])],
  ["wrong-name", () => check([leaf({ commonNames: ["SN-1", "SN-2"] }), sub])],
  ["wrong-organisation", () => check([leaf({ organisations: ["Other"] }), sub])],
  ["wrong-usage", () => check([leaf({ keyUsage: ["other"] }), sub])],
  ["wrong-usage", () => check([leaf({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"] }), sub])],
  ["no-chain", () => check([leaf()])],
  ["no-chain", () => check([leaf(), authority("sub", "other root")])],
  ["no-chain", () => check([leaf(), sub], { anchors: [] })],
  ["no-chain", () => check([leaf(), authority("sub", "root", { isCa: false })])],
  ["no-chain", () => check([leaf(), authority("sub", "root", { keyUsage: ["digitalSignature"] })])],
  ["no-chain", () => check([leaf(), authority("sub", "root", { notAfter: epochMs(NOW - 1) })])],
  ["no-chain", () => check([leaf(), sub], { anchors: [authority("root", "root", { pathLength: 0 })] })],
  ["no-chain", () => check([leaf(), sub], { isSignedBy: signedBy(sub) })],
] as const) {
  test(`a certificate is refused: ${fault} (${String(run)
    .replace(/^.*?check\(/s, "")
    .slice(0, 60)})`, () => assert.is(run(), fault));
}

for (const [warning, run] of [
  ["ok", () => check([leaf({ notBefore: epochMs(NOW + 200_000) }), sub])],
  ["ok", () => check([leaf({ keyUsage: undefined, extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"] }), sub])],
  ["ok,expires-soon", () => check([leaf({ notAfter: epochMs(NOW + DAY_MS) }), sub])],
  ["ok,network-name", () => check([leaf({ networkNames: ["SN-1"] }), sub])],
  ["ok,mixed-chain", () => check([leaf(), authority("sub", "root", { key: { type: "rsa", bits: 2048 } })])],
  ["ok,unchecked-chain", () => check([leaf({ issuer: "elsewhere" } as object)], { clientChain: "leafOnly" })],
] as const) {
  test(`a certificate is taken: ${warning}`, () => assert.is(run(), warning));
}

test("M05.FR.09 - an intermediate authority that is trusted for itself ends the chain (partial chain)", () =>
  assert.is(check([leaf()], { anchors: [sub] }), "ok"));

test("whatever the text is, the check answers and never takes it for a certificate", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String().map((text) => writePem("CERTIFICATE", text)),
      ),
      (text) => {
        assert.is.not(check([leaf(), sub], { text }).slice(0, 2), "ok");
      },
    ),
  );
});

test("one fault is enough: no mixture of faults and good parts is taken", () => {
  const faults = fc.constantFrom<Partial<CertificateFacts>>(
    { isCa: true },
    { commonNames: ["x"] },
    { organisations: [] },
    { key: { type: "rsa", bits: 1024 } },
    { notAfter: NOW },
    { keyUsage: [] },
  );
  fc.assert(
    fc.property(fc.array(faults, { minLength: 1, maxLength: 4 }), fc.boolean(), (some, leafOnly) => {
      const mine = leaf(Object.assign({}, ...some));
      assert.is.not(check([mine, sub], { clientChain: leafOnly ? "leafOnly" : "strict" }).slice(0, 2), "ok");
    }),
  );
});

test.run();
