/** What is refused by a request's head alone, as the parser's way would refuse it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type AdmissionOptions, recognise } from "../../src/actors/admission.ts";
import { earlyRefusal } from "../../src/actors/early-refusal.ts";
import { openWorld } from "../support/e2e-world.ts";
import { statusOf } from "../support/ws-peer.ts";

const options: Pick<AdmissionOptions, "path" | "ruleFor"> = {
  path: "/ocpp",
  ruleFor: (station) => (station.startsWith("CP") ? ({} as ReturnType<AdmissionOptions["ruleFor"]>) : undefined),
};
const head = (url: string, ...more: readonly string[]) =>
  Buffer.from(
    [`GET ${url} HTTP/1.1`, "Host: x", "Upgrade: websocket", "Connection: Upgrade", ...more, "\r\n"].join("\r\n"),
  );
const statusFor = (bytes: Buffer) => earlyRefusal(bytes, options)?.status;

test("an unknown station, a wrong path, a bad name and a browser are refused; everything else is for the parser", () => {
  assert.is(statusFor(head("/ocpp/CP1")), undefined);
  assert.is(statusFor(head("/ocpp/NOBODY")), 404);
  assert.is(statusFor(head("/elsewhere/CP1")), 404);
  assert.is(statusFor(head("/ocpp/CP%zz")), 400);
  assert.is(statusFor(head("/ocpp/CP1", "origin: http://evil.example")), 403);
  assert.is(statusFor(head("/ocpp/CP1", "X-Origin: a")), undefined);
  for (const other of [
    "POST /ocpp/NOBODY HTTP/1.1",
    "GET /ocpp/NOBODY HTTP/1.0",
    "GET  /ocpp/NOBODY HTTP/1.1",
    "\r\nGET /a HTTP/1.1",
  ])
    assert.is(statusFor(Buffer.from(`${other}\r\nUpgrade: websocket\r\n\r\n`)), undefined, other);
  assert.is(statusFor(Buffer.from("GET /ocpp/NOBODY HTTP/1.1\r\nHost: x\r\n\r\n")), undefined, "no upgrade");
});

test("the reason is the one that admission gives", () => {
  for (const url of ["/ocpp/NOBODY", "/ocpp/CP%zz", "/x"]) {
    assert.equal(earlyRefusal(head(url), options), recognise({ origin: undefined, url }, options));
  }
});

test("through a gateway: what is refused early is counted, and who is in quarantine is told so", async () => {
  await using world = await openWorld({ config: { stations: [{ match: "CP1", securityProfile: 0 }] } });
  assert.is(await statusOf(world.url("NOBODY"), ["ocpp1.6"]), 404);
  assert.is(await statusOf(world.url("CP1"), ["ocpp1.6"], { headers: { Origin: "http://evil.example" } }), 403);
  assert.is(world.gateway.counters.connectionsRefused, 2);
  world.gateway.quarantine.confine({ stationId: "NOBODY" }, "test", 1);
  assert.is(await statusOf(world.url("NOBODY"), ["ocpp1.6"]), 429);
});

test.run();
