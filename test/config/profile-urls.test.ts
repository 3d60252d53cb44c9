/** Endpoints for higher security profiles. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ConfigDocument } from "../../src/config/document.ts";
import { parseConfig } from "../../src/index.ts";

const document = (csms: object): ConfigDocument => ({ listen: { port: 0 }, csms });
const WS = "ws://127.0.0.1/ocpp";
const tls = { ca: "system" };

const errorsOf = (csms: object): string => {
  try {
    parseConfig(document(csms));
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

test("TLS and certificates stand beside ws:// where the CSMS may raise the link to a profile with TLS, and only there", () => {
  const certificates = { organisation: "Test CPO" };
  assert.match(errorsOf({ url: WS, tls, certificates }), "/csms/tls");
  assert.match(errorsOf({ url: WS, certificates, profileUrls: { "1": WS } }), "/csms/certificates");
  assert.is(errorsOf({ url: WS, tls, certificates, profileUrls: { "2": "wss://127.0.0.1/ocpp" } }), "");
});

test("an endpoint has the scheme of its profile", () => {
  assert.match(errorsOf({ url: WS, profileUrls: { "2": WS } }), "/csms/profileUrls/2");
  assert.match(errorsOf({ url: WS, profileUrls: { "4": WS } }), "profileUrls");
});

test("a rule inherits them with the URL, and a URL of its own has none", () => {
  const profileUrls = { "2": "wss://127.0.0.1/ocpp" };
  const { stations } = parseConfig({
    ...document({ url: WS, tls, profileUrls }),
    stations: [
      { match: "A", csms: { deflate: true } },
      { match: "B", csms: { url: WS } },
    ],
  });
  assert.equal(
    stations.map(({ csms }) => csms?.profileUrls),
    [profileUrls, {}],
  );
});

test.run();
