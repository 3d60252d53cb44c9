// deadline: 120s
/** TLS towards stations as OpenSSL finds it, and new certificates under open connections. */
import { spawn } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseConfig } from "../../src/index.ts";
import { hasOpenssl, makeCa } from "../support/certs.ts";
import { openWorld, type World, worldDocument } from "../support/e2e-world.ts";
import { requires } from "../support/requires.ts";
import { dial } from "../support/ws-peer.ts";

const withOpenssl = requires("openssl", hasOpenssl());
const ca = makeCa();
const server = ca.issue({ cn: "gateway", for: "server" });

const stations = [{ match: "*", securityProfile: 0 as const }];
const listening = ({ cert, key }: { readonly cert: string; readonly key: string }) => ({
  listen: { port: 0, tls: { cert, key } },
  stations,
});

/** What was agreed on; undefined: nothing. */
async function agreed(world: World, ...options: readonly string[]): Promise<string | undefined> {
  const { port } = new URL(world.gateway.urls[0] ?? "");
  const child = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${port}`, ...options]);
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += String(chunk);
  });
  child.stdin.end();
  await new Promise((resolve) => child.once("close", resolve));
  const [, protocol, cipher] = /^New, (\S+), Cipher is (\S+)$/m.exec(said) ?? [];
  return cipher === undefined || cipher === "(NONE)" ? undefined : `${protocol} ${cipher}`;
}

withOpenssl("A00.FR.313 to FR.320 - TLS 1.2 and 1.3 with AES-GCM, nothing older and nothing weaker", async () => {
  await using world = await openWorld({ config: listening(server) });
  const in12 = (cipher: string) => agreed(world, "-tls1_2", "-cipher", `${cipher}:@SECLEVEL=0`);
  assert.is(await agreed(world, "-tls1_3"), "TLSv1.3 TLS_AES_256_GCM_SHA384");
  for (const cipher of ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256"])
    assert.is(await in12(cipher), `TLSv1.2 ${cipher}`);
  for (const cipher of ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"])
    assert.is(await in12(cipher), undefined, cipher);
  for (const version of ["-tls1", "-tls1_1"])
    assert.is(await agreed(world, version, "-cipher", "ALL:@SECLEVEL=0"), undefined, version);
  assert.is(await agreed(world, "-tls1_2", "-sigalgs", "ECDSA+SHA1", "-cipher", "ALL:@SECLEVEL=0"), undefined, "SHA-1");
  assert.is(await agreed(world, "-groups", "P-521"), undefined, "a curve that is not ours");
});

test("new certificates of a listener: open connections stay, new ones get them", async () => {
  await using world = await openWorld({ config: listening(server) });
  const before = await dial(world.url("CP1"), ["ocpp1.6"], { ca: ca.cert });
  await before.ask("Heartbeat");
  const next = makeCa("Next CA");
  const renewed = parseConfig({
    ...worldDocument("ws://127.0.0.1:1/x"),
    ...listening(next.issue({ cn: "gateway", for: "server" })),
  });
  assert.is(world.gateway.renewTls(renewed), 1);
  assert.is((await before.ask("Heartbeat"))[0], 3);
  const refused = await dial(world.url("CP2"), ["ocpp1.6"], { ca: ca.cert }).then(
    () => "",
    (error: Error) => String((error as NodeJS.ErrnoException).code),
  );
  assert.match(refused, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/);
  const after = await dial(world.url("CP2"), ["ocpp1.6"], { ca: next.cert });
  assert.is((await after.ask("Heartbeat"))[0], 3);
  assert.ok(before.isOpen);
});

test.run();
