/** Where the gateway may connect to, once a name has been looked up. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import { mayConnect } from "../../../src/domain/firewall/upload-address.ts";

const policy = DEFAULTS.locations;
const SITE = [
  "127.0.0.1",
  "10.1.2.3",
  "192.168.1.1",
  "172.31.0.1",
  "169.254.169.254",
  "100.64.0.1",
  "::1",
  "fe80::1",
  "fd00::1",
];

test("a public name that stands for an address of the site leads nowhere", () => {
  for (const address of [...SITE, "::ffff:127.0.0.1", "::ffff:10.0.0.1", "0.0.0.0", "224.0.0.1", "64:ff9b::a00:1"])
    assert.not(mayConnect(address, "files.example.com", policy), address);
  for (const address of ["198.51.100.7", "2001:db8::1", "172.32.0.1", "::ffff:198.51.100.7"])
    assert.ok(mayConnect(address, "files.example.com", policy), address);
});

test("what the operator has listed, by name or by network, may be anywhere", () => {
  fc.assert(
    fc.property(fc.constantFrom(...SITE), (address) => {
      assert.ok(mayConnect(address, "nas.local", { ...policy, hosts: ["NAS.local"] }));
      assert.ok(mayConnect(address, "x.example", { ...policy, networks: ["0.0.0.0/0", "::/0"] }));
      assert.not(mayConnect(address, "x.example", { ...policy, hosts: ["nas.local"] }));
    }),
  );
});

test.run();
