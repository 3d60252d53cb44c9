import type { PeerCertificate } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkServerIdentity } from "../../src/actors/tls-settings.ts";

const named = (subjectaltname: string | undefined, CN = "x") =>
  ({ subject: { CN }, subjectaltname }) as PeerCertificate;

const fits = (allowWildcards: boolean, host: string, certificate: PeerCertificate): boolean =>
  checkServerIdentity(allowWildcards)(host, certificate) === undefined;

test("A00.FR.309 - the host must be named, by alternative name or else by common name", () => {
  assert.ok(fits(false, "csms.example", named("DNS:other.example, DNS:CSMS.example")));
  assert.ok(fits(false, "csms.example", named(undefined, "csms.example")));
  assert.not.ok(
    fits(false, "csms.example", named("DNS:other.example", "csms.example")),
    "alternative names count first",
  );
  assert.ok(fits(false, "192.0.2.1", named("IP Address:192.0.2.1")));
  assert.not.ok(fits(false, "192.0.2.1", named("IP Address:192.0.2.2")));
});

test("errata 2025-09 - a wildcard fits only where AllowCSMSTLSWildcards says so", () => {
  for (const certificate of [named("DNS:*.example.com"), named(undefined, "*.example.com")]) {
    assert.not.ok(fits(false, "csms.example.com", certificate));
    assert.ok(fits(true, "csms.example.com", certificate));
  }
  assert.ok(fits(false, "csms.example.com", named("DNS:*.example.com, DNS:csms.example.com")), "named as well");
  assert.ok(fits(false, "192.0.2.1", named("DNS:*.example.com, IP Address:192.0.2.1")));
});

test.run();
