import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { hostKind, isInNetwork } from "../../../src/domain/firewall/host-kind.ts";
import { locationFault } from "../../../src/domain/firewall/location.ts";
import type { LocationPolicy } from "../../../src/domain/firewall/policy.ts";

const policy: LocationPolicy = DEFAULTS.locations;
const refused = (url: string, changes: Partial<LocationPolicy> = {}) =>
  locationFault(url, { ...policy, ...changes }) !== undefined;

test("R13 - public names over protected schemes are locations", () => {
  for (const url of [
    "https://firmware.example.com/fw.bin",
    "https://s3.eu-west-1.amazonaws.com/b/k?X-Amz-Signature=ab&X-Amz-Date=1",
    "HTTPS://Firmware.Example.COM:443/",
    "sftp://logs.example.com/up/",
    "ftps://logs.example.com:990",
    "https://example.com?x=1",
    "https://3com.example/a@b",
  ]) {
    assert.is(locationFault(url, policy), undefined, url);
  }
});

test("R13 - what leads into a network, or can be read in two ways, is none", () => {
  for (const url of [
    "http://firmware.example.com/",
    "file:///etc/passwd",
    "gopher://firmware.example.com/",
    "https:/firmware.example.com/",
    "//firmware.example.com/",
    "firmware.example.com/fw.bin",
    "https://",
    "https:///x",
    "https://user:secret@firmware.example.com/",
    "https://firmware.example.com@192.0.2.1/",
    "https://a@b@firmware.example.com/",
    "https://firmware.example.com\\@192.0.2.1/",
    "https://192.0.2.1/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://1.2.3.04/",
    "https://1.2.3.256/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://localhost/",
    "https://router/",
    "https://nas.local/",
    "https://db.internal./",
    "https://xn--fsq.example/",
    "https://bücher.example/",
    "https://exa%6dple.com/",
    "https://firmware.example.com:25/",
    "https://firmware.example.com:99999/",
    "https://firmware.example.com/a b",
    "https://firmware.example.com/$(reboot)",
    "https://firmware.example.com/`id`",
    "https://firmware.example.com/a;reboot",
    "https://firmware.example.com/a&reboot",
    "https://firmware.example.com/a|sh",
    "https://firmware.example.com/\r\nHost: x",
    `https://firmware.example.com/${"a".repeat(500)}`,
  ]) {
    assert.ok(refused(url), url);
  }
});

test("R13 - lists open doors one by one", () => {
  const hosts = ["*.example.com", "10.0.0.7", "fileserver"];
  assert.not(refused("https://fw.example.com/", { hosts }));
  assert.not(refused("https://10.0.0.7/", { hosts }));
  assert.not(refused("https://fileserver/", { hosts }));
  for (const host of ["example.com", "evilexample.com", "10.0.0.8", "fw.example.com.evil.net", "other.net"]) {
    assert.ok(refused(`https://${host}/`, { hosts }), host);
  }
  assert.not(refused("https://192.168.7.9/", { networks: ["192.168.7.0/24"] }));
  assert.ok(refused("https://192.168.8.9/", { networks: ["192.168.7.0/24"] }));
  assert.not(refused("https://[fd00::7]/", { networks: ["fd00::/8"] }));
  assert.not(refused("http://a.example/", { schemes: ["http"] }));
  assert.not(refused("https://u:p@a.example/", { credentials: true }));
  assert.not(refused("https://a.example:4433/", { ports: [4433] }));
});

test("an address is in a network by its bits, also in IPv6 clothes", () => {
  assert.ok(isInNetwork("::ffff:192.168.7.9", "192.168.7.0/24"));
  assert.ok(isInNetwork("192.168.7.9", "192.168.7.9"));
  assert.ok(isInNetwork("192.168.7.9", "0.0.0.0/0"));
  assert.not(isInNetwork("192.168.7.9", "fd00::/8"));
  assert.not(isInNetwork("no address", "0.0.0.0/0"));
});

test("no number, in whatever base and however many parts, is taken for a name", () => {
  const part = fc
    .integer({ min: 0, max: 0xffff_ffff })
    .chain((n) =>
      fc.constantFrom(String(n), `0x${n.toString(16)}`, `0${n.toString(8)}`, `0X${n.toString(16).toUpperCase()}`),
    );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.boolean(), (parts, dot) => {
      const host = `${parts.join(".")}${dot ? "." : ""}`.toLowerCase();
      assert.is.not(hostKind(host), "name");
      assert.ok(refused(`https://${host}/`), host);
    }),
  );
});

test("what passes has the host, for the parser of browsers too, that was judged", () => {
  const url = fc.oneof(
    fc.webUrl({ validSchemes: ["https"], withQueryParameters: true }),
    fc.string({ unit: "binary", maxLength: 40 }).map((text) => `https://${text}`),
    fc.string({ unit: "grapheme-ascii", maxLength: 40 }).map((text) => `https://a.example${text}`),
  );
  fc.assert(
    fc.property(url, (text) => {
      if (refused(text)) return;
      const { hostname, username } = new URL(text);
      assert.is(hostname, /^https:\/\/([^:/?#]*)/i.exec(text)?.[1]?.toLowerCase());
      assert.is(username, "");
      assert.is(hostKind(hostname), "name");
    }),
    { numRuns: 200 },
  );
});

test.run();
