import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { CertificateFacts } from "../../../src/domain/pki/certificate.ts";
import { hashDataOf } from "../../../src/domain/pki/hash-data.ts";
import {
  afterRollover,
  anchorsOf,
  deleteRoot,
  type InstalledRoot,
  installRoot,
  isRollingOver,
  type Roots,
  rootNames,
} from "../../../src/domain/pki/trust.ts";
import { authority, certificate, NOW, signedBy } from "../../support/certificate-facts.ts";

const old = authority("old");
const next = authority("next", "old");
const options = { additionalCheck: false, capacity: 2, now: NOW, isSignedBy: signedBy() };
const checked = { ...options, additionalCheck: true };

const roots = (...installed: readonly InstalledRoot[]): Roots => ({ configured: [old], installed });
const installed = (to: Roots, root: CertificateFacts, how = options): Roots => {
  const result = installRoot(to, root, how);
  if (!result.ok) throw new Error(result.error);
  return { ...to, installed: result.value };
};
const fault = (to: Roots, root: CertificateFacts, how = options) => {
  const result = installRoot(to, root, how);
  return result.ok ? "ok" : result.error;
};
const names = (anchors: readonly CertificateFacts[]) => anchors.flatMap(({ commonNames }) => commonNames);

test("TC_M_01 - a root is installed beside the others; installed again it is replaced", () => {
  const other = authority("other");
  const both = installed(roots(), other);
  assert.equal(names(anchorsOf(both, false, false)), ["old", "other"]);
  assert.is(installed(both, other).installed.length, 1);
});

test("TC_M_05, TC_M_07 - what is no root, weak, expired, of an unknown issuer or one too many is refused", () => {
  assert.is(fault(roots(), certificate({ name: "leaf" })), "not-a-ca");
  assert.is(fault(roots(), authority("late", "late", { notAfter: epochMs(NOW - 1) })), "expired");
  assert.is(fault(roots(), authority("weak", "weak", { key: { type: "rsa", bits: 1024 } })), "weak");
  assert.is(fault(roots(), authority("a", "nobody")), "issuer-unknown");
  assert.is(fault(installed(installed(roots(), authority("a")), authority("b")), authority("c")), "full");
});

test("TC_M_09 - with AdditionalRootCertificateCheck a root that the present one has not signed is refused", () => {
  assert.is(fault(roots(), authority("stranger"), checked), "not-signed-by-present-root");
  const forged = authority("next", "old");
  assert.is(fault(roots(), forged, { ...checked, isSignedBy: signedBy(forged) }), "issuer-unknown");
});

test("TC_M_30, TC_M_31 - the new root alone is trusted, the one before is the way back until the new one has worked", () => {
  const first = installed(roots(), next, checked);
  assert.equal(names(anchorsOf(first, true, false)), ["next"]);
  assert.equal(names(anchorsOf(first, true, true)), ["old"]);
  const second = installed(first, authority("third", "next"), checked);
  assert.equal(names(anchorsOf(second, true, false)), ["third"]);
  assert.equal(names(anchorsOf(second, true, true)), ["next"]);
  assert.ok(isRollingOver(second, true));
  const done = { ...second, installed: afterRollover(second) };
  assert.equal(done.installed.length, 1);
  assert.equal(names(anchorsOf(done, true, false)), ["third"]);
  assert.not(isRollingOver(done, true), "also the operator's root of before is believed no more");
  const configured = { ...done, configured: [...done.configured, authority("rescue")] };
  assert.ok(isRollingOver(configured, true), "but one that the operator puts in later is");
  assert.equal(names(anchorsOf(configured, true, true)), ["rescue"]);
});

test("M04 - a cross-signed root keeps its name when its issuer is gone", () => {
  const both = installed(roots(), next);
  const [hash] = hashDataOf(next, old);
  const alone = { ...both, configured: [] };
  assert.equal(rootNames(alone), [hash]);
  assert.is(hash && deleteRoot(alone, hash, [], undefined).status, "Accepted");
});

test("TC_M_20 to TC_M_23 - deleted by any of its three names; not while in use, not the operator's, never one's own", () => {
  const both = installed(roots(), authority("other"));
  const root = both.installed[0]?.certificate ?? old;
  for (const hash of hashDataOf(root, root)) {
    assert.is(deleteRoot(both, hash, [], undefined).status, "Accepted", hash.hashAlgorithm);
    assert.is(deleteRoot(both, hash, [], root.fingerprint).status, "Failed");
    const padded = { ...hash, serialNumber: `000${hash.serialNumber.toLowerCase()}` };
    assert.is(deleteRoot(both, padded, [], undefined).status, "Accepted");
    assert.is(deleteRoot(both, hash, [hash], undefined).status, "Failed");
    assert.is(deleteRoot(roots(), hash, [], undefined).status, "NotFound");
  }
  const [configured] = hashDataOf(old, old);
  assert.is(configured && deleteRoot(both, configured, [], undefined).status, "Failed");
});

test.run();
