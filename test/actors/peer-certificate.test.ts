import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { peerCertificate } from "../../src/actors/peer-certificate.ts";
import { makeCa } from "../support/certs.ts";

test("the certificate of the other side can be asked for more than once", async () => {
  const ca = makeCa();
  const { cert, key } = ca.issue({ cn: "csms", for: "server" });
  const server = createServer({ cert, key }, (socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", ca: ca.cert });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const [first, second] = [peerCertificate(socket), peerCertificate(socket)];
  socket.destroy();
  server.close();
  assert.is(first?.subject, "CN=csms");
  assert.is(second, first);
});

test.run();
