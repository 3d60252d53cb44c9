/** Which profile a link has, and may have. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  configuredProfile,
  isOfCsms,
  type LinkProfile,
  type LinkSetup,
  profileFault,
  urlFor,
} from "../../../src/domain/security/link-profile.ts";
import { networkProfile, priorityOf, withoutLower } from "../../../src/domain/security/network-slots.ts";

const setup: LinkSetup = {
  url: "ws://csms.example.com/ocpp",
  profileUrls: { "2": "wss://csms.example.com:8443/ocpp" },
  hasPassword: true,
  hasCertificate: false,
  isCertified: true,
};
const means = fc.record({ hasPassword: fc.boolean(), hasRoot: fc.boolean(), hasCertificate: fc.boolean() });
const profiles = fc.constantFrom<LinkProfile>(0, 1, 2, 3);

test("A00.FR.005 - whatever there is, a profile that is not higher is never had", () => {
  fc.assert(
    fc.property(profiles, profiles, means, (profile, current, has) => {
      const fault = profileFault(profile, { current, means: has, url: urlFor(profile, setup) });
      if (profile <= current) assert.is(fault, "not-higher");
      else if (fault === undefined) {
        assert.ok(profile === 3 || has.hasPassword);
        assert.ok(profile < 2 || has.hasRoot);
        assert.ok(profile < 3 || has.hasCertificate);
      }
    }),
  );
});

test("A05 - what a profile needs and is not there is named", () => {
  const all = { hasPassword: true, hasRoot: true, hasCertificate: true };
  const of = (profile: LinkProfile, without: object = {}, url = urlFor(profile, setup)) =>
    profileFault(profile, { current: 0, means: { ...all, ...without }, url });
  assert.equal([of(1), of(2), of(3)], [undefined, undefined, undefined]);
  assert.is(of(1, { hasPassword: false }), "no-password");
  assert.is(of(2, { hasRoot: false }), "no-root");
  assert.is(of(3, { hasCertificate: false }), "no-certificate");
  assert.is(of(3, { hasPassword: false }), undefined);
  assert.is(of(2, {}, "ws://csms.example.com/ocpp"), "no-endpoint");
  assert.is(profileFault(undefined, { current: 0, means: all, url: undefined }), "no-profile");
});

test("the configuration makes the profile; a certificate that the CSMS signs does not, beside a password", () => {
  const of = (changes: Partial<LinkSetup>) => configuredProfile({ ...setup, ...changes });
  assert.equal([of({ hasPassword: false }), of({})], [0, 1]);
  const url = "wss://csms.example.com/ocpp";
  assert.equal([of({ url }), of({ url, hasPassword: false }), of({ url, hasCertificate: true })], [2, 3, 3]);
});

test("an endpoint fits its profile, and the one of profile 2 serves 3 where that has none", () => {
  assert.equal([urlFor(1, setup), urlFor(3, setup)], [setup.url, setup.profileUrls["2"]]);
  assert.is(urlFor(2, { ...setup, profileUrls: {} }), undefined);
});

test("B09 - a network profile leads to a host of the CSMS, and not down", () => {
  const data = { ocppTransport: "JSON", ocppCsmsUrl: "wss://csms.example.com/v2", securityProfile: 2 };
  const of = (changes: object, slot: unknown = 1) =>
    networkProfile(slot, { ...data, ...changes }, { setup, current: 1 });
  assert.equal(of({}), { slot: 1, profile: 2, url: "wss://csms.example.com/v2" });
  assert.is(of({}, 0), "InvalidConfSlot");
  assert.is(of({ securityProfile: 0 }), "NoSecurityDowngrade");
  for (const bad of [
    { ocppCsmsUrl: "wss://evil.example/ocpp" },
    { ocppCsmsUrl: "wss://csms.example.com@evil.example/ocpp" },
    { ocppCsmsUrl: "wss://csms.example.com.evil.example" },
    { apn: {} },
    { vpn: {} },
    { ocppTransport: "SOAP" },
    { securityProfile: 4 },
  ])
    assert.is(of(bad), "InvalidNetworkConf", JSON.stringify(bad));
  assert.not(isOfCsms("https://csms.example.com/", setup));
});

test("B09 - an order of priority names slots that are there, each once", () => {
  const slots = { "1": { slot: 1, profile: 2, url: "wss://a" }, "2": { slot: 2, profile: 3, url: "wss://b" } } as const;
  assert.equal(priorityOf("2,1,0", slots), [2, 1, 0]);
  assert.equal(
    ["", "3", "1,1", "1, 2", "x"].map((text) => priorityOf(text, slots)),
    [undefined, undefined, undefined, undefined, undefined],
  );
  assert.equal(Object.keys(withoutLower(slots, 3)), ["2"]);
});

test.run();
