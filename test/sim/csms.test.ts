import { test } from "uvu";
import * as assert from "uvu/assert";
import { isGatewayError } from "../../src/domain/error.ts";
import { type Csms, type CsmsOptions, startCsms } from "../../src/sim/csms.ts";
import { SimulatedStation } from "../../src/sim/station.ts";
import type { StationOptions } from "../../src/sim/station-options.ts";
import { type DialTls, dialWebSocket } from "../../src/sim/transport.ts";
import { hasOpenssl, makeCa } from "../support/certs.ts";
import { requires } from "../support/requires.ts";

const withOpenssl = requires("openssl", hasOpenssl());

type Extra = Partial<StationOptions> & Pick<StationOptions, "version">;

/** A running station that does nothing by itself, after its BootNotification was accepted. */
async function booted(csms: Csms, extra: Extra): Promise<SimulatedStation> {
  return new Promise((resolve) => {
    const station = new SimulatedStation({
      id: "CS-1",
      url: csms.url,
      autonomous: false,
      reconnectMs: [5, 20],
      ...extra,
      onEvent: ({ kind }) => kind === "booted" && resolve(station),
    });
    station.start();
  });
}

async function withCsms(options: CsmsOptions, body: (csms: Csms) => Promise<void>): Promise<void> {
  const csms = await startCsms(options);
  try {
    await body(csms);
  } finally {
    await csms.stop();
  }
}

for (const version of ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"] as const) {
  test(`${version} - a station is accepted by its subprotocol and its messages are kept with their ids`, async () => {
    await withCsms({}, async (csms) => {
      const station = await booted(csms, { version });
      const outcome = await station.request("Heartbeat", {});
      assert.is(outcome.kind, "result");
      assert.equal(csms.stations(), [{ stationId: "CS-1", version, connected: true, connections: 1 }]);
      const messages = csms.ledger("CS-1")?.messages ?? [];
      const heartbeat = messages.find(({ action }) => action === "Heartbeat");
      const answer = messages.find(({ type, id }) => type === 3 && id === heartbeat?.id);
      assert.is(heartbeat?.direction, "in");
      assert.is(answer?.direction, "out");
      assert.is(JSON.parse(heartbeat?.text ?? "")[1], heartbeat?.id);
      await station.stop();
    });
  });
}

test("commands go to the station and their answers come back", async () => {
  await withCsms({}, async (csms) => {
    const station = await booted(csms, { version: "ocpp1.6" });
    const outcome = await csms.call("CS-1", "GetConfiguration", { key: ["NumberOfConnectors", "Nonsense"] });
    assert.equal(outcome.kind === "result" && outcome.payload, {
      configurationKey: [{ key: "NumberOfConnectors", readonly: true, value: "1" }],
      unknownKey: ["Nonsense"],
    });
    assert.equal(await csms.call("NOBODY", "Reset", {}), { kind: "closed" });
    await station.stop();
  });
});

test("A00 - a password that is wrong or missing is refused with 401, a path that is another with 404", async () => {
  await withCsms({ passwords: new Map([["CS-1", "s3cret:with:colons"]]) }, async (csms) => {
    const dial = (password: string | undefined, url = csms.url) =>
      dialWebSocket({ url, stationId: "CS-1", versions: ["ocpp1.6"], password }).then(
        ({ transport }) => {
          transport.cut();
          return "open";
        },
        (error: Error) => error.message,
      );
    assert.match(await dial(undefined), "401");
    assert.match(await dial("wrong"), "401");
    assert.match(await dial("s3cret:with:colons", csms.url.replace("/ocpp", "/else")), "404");
    assert.is(await dial("s3cret:with:colons"), "open");
  });
});

test("an identity with odd characters is decoded once", async () => {
  await withCsms({}, async (csms) => {
    const id = "Säule 1/2%20#?";
    const station = await booted(csms, { version: "ocpp1.6", id });
    assert.equal(
      csms.stations().map(({ stationId }) => stationId),
      [id],
    );
    await station.stop();
  });
});

test("a version that is not on offer is not spoken", async () => {
  await withCsms({ versions: ["ocpp2.0.1"] }, async (csms) => {
    const refused = await dialWebSocket({ url: csms.url, stationId: "CS-1", versions: ["ocpp1.6"] }).then(
      () => "open",
      () => "refused",
    );
    assert.is(refused, "refused");
    assert.equal(csms.stations(), []);
  });
});

test("fault switches: slow, error, silence and a closed connection, as often as asked for", async () => {
  await withCsms({}, async (csms) => {
    const station = await booted(csms, { version: "ocpp1.6", callTimeoutMs: 40 });
    const outcomes: string[] = [];
    const ask = async (): Promise<void> => {
      outcomes.push((await station.request("Heartbeat", {})).kind);
    };
    csms.fault({ kind: "error", code: "GenericError", action: "Heartbeat", times: 1 });
    await ask();
    csms.fault({ kind: "silent", stationId: "CS-1", action: "Heartbeat", times: 1 });
    await ask();
    await ask();
    const off = csms.fault({ kind: "slow", ms: 60, action: "Heartbeat" });
    await ask();
    off();
    csms.fault({ kind: "close", action: "Heartbeat", times: 1 });
    await ask();
    assert.equal(outcomes, ["error", "timeout", "result", "timeout", "closed"]);
    await station.stop();
  });
});

test("a newer connection of the same station replaces the older one", async () => {
  await withCsms({}, async (csms) => {
    const closed: number[] = [];
    const dial = () => dialWebSocket({ url: csms.url, stationId: "CS-1", versions: ["ocpp1.6"] });
    const first = await dial();
    const gone = new Promise<void>((resolve) => {
      first.transport.onClose = (code) => {
        closed.push(code);
        resolve();
      };
    });
    const second = await dial();
    await gone;
    assert.equal(closed, [1000]);
    assert.is(csms.stations()[0]?.connected, true);
    second.transport.cut();
  });
});

test("2.1 - a SEND is recorded and not answered", async () => {
  await withCsms({}, async (csms) => {
    const station = await booted(csms, { version: "ocpp2.1" });
    const seen = new Promise<string>((resolve) => {
      csms.onMessage(({ type, text }) => type === 6 && resolve(text));
    });
    station.sendUnconfirmed("NotifyPeriodicEventStream", {
      id: 1,
      pending: 0,
      basetime: "2026-01-01T00:00:00Z",
      data: [],
    });
    const id = JSON.parse(await seen)[1];
    await station.request("Heartbeat", {});
    const answers = csms.ledger("CS-1")?.messages.filter((message) => message.id === id && message.direction === "out");
    assert.equal(answers, []);
    await station.stop();
  });
});

withOpenssl(
  "A00 - with client certificates asked for, a station needs one of the right authority (profile 3)",
  async () => {
    const [ca, stranger] = [makeCa(), makeCa("Another CA")];
    const server = ca.issue({ cn: "localhost", for: "server" });
    await withCsms({ tls: { cert: server.cert, key: server.key, clientCa: ca.cert } }, async (csms) => {
      assert.match(csms.url, /^wss:/);
      const dial = (tls: DialTls | undefined) =>
        dialWebSocket({ url: csms.url, stationId: "CS-1", versions: ["ocpp2.0.1"], tls }).then(
          ({ transport }) => {
            transport.cut();
            return "open";
          },
          () => "refused",
        );
      const [own, foreign] = [ca.issue({ cn: "CS-1", for: "client" }), stranger.issue({ cn: "CS-1", for: "client" })];
      assert.is(await dial({ ca: ca.cert, cert: own.cert, key: own.key }), "open");
      assert.is(await dial({ ca: ca.cert }), "refused");
      assert.is(await dial({ ca: ca.cert, cert: foreign.cert, key: foreign.key }), "refused");
      // Nor does the station talk to a server of an authority it does not trust.
      assert.is(await dial({ ca: stranger.cert, cert: own.cert, key: own.key }), "refused");
      const station = await booted(csms, { version: "ocpp2.0.1", tls: { ca: ca.cert, cert: own.cert, key: own.key } });
      assert.is(station.view().link, "accepted");
      await station.stop();
    });
    for (const each of [ca, stranger]) each.dispose();
  },
);

test("a port that is taken is ERR_LISTEN", async () => {
  await withCsms({}, async (csms) => {
    const failure = await startCsms({ port: csms.port }).catch((error: unknown) => error);
    assert.ok(isGatewayError(failure, "ERR_LISTEN"));
  });
});

test("old messages are trimmed, arrivals are not", async () => {
  await withCsms({ retain: 5 }, async (csms) => {
    const station = await booted(csms, { version: "ocpp1.6" });
    for (let n = 0; n < 30; n += 1) await station.request("Heartbeat", {});
    const ledger = csms.ledger("CS-1");
    assert.ok((ledger?.messages.length ?? 99) <= 10);
    assert.ok((ledger?.total ?? 0) > 60);
    assert.is(ledger?.messages.at(-1)?.seq, (ledger?.total ?? 0) - 1);
    await station.stop();
  });
});

test.run();
