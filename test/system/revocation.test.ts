// deadline: 120s
/** Withdrawn certificates of CSMSs and stations, as OpenSSL withdraws them: its lists, its responder, stapled answers. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RevocationMode } from "../../src/config/types.ts";
import { parseConfig } from "../../src/index.ts";
import { hasOpenssl, type Issued } from "../support/certs.ts";
import { openWorld, worldDocument } from "../support/e2e-world.ts";
import { PlainCsms, type PlainCsmsOptions } from "../support/plain-csms.ts";
import { requires } from "../support/requires.ts";
import { openRevocationCa, type RevocationCa } from "../support/revocation-ca.ts";
import { until } from "../support/until.ts";
import { statusOf } from "../support/ws-peer.ts";

const withOpenssl = requires("openssl", hasOpenssl());

/** What becomes of a dial to a CSMS with this certificate. */
async function dialled(pki: RevocationCa, { cert, key }: Issued, mode: RevocationMode, more: PlainCsmsOptions = {}) {
  const csms = await PlainCsms.listen({ tls: { cert, key }, ...more });
  const stations = [{ match: "*", securityProfile: 0 as const }];
  const config = {
    stations,
    csms: { url: csms.url, tls: { ca: pki.ca.cert }, password: "0123456789abcdef", revocation: mode },
  };
  const world = await openWorld({ csmsUrl: csms.url, config });
  const station = await world.dial("CP1");
  await until("an outcome", () => world.linkLosses.length > 0 || world.gateway.counters.csmsLinksUpNow > 0);
  const { revocationGood, revocationRevoked, revocationUnknown } = world.gateway.counters;
  const outcome = {
    loss: world.linkLosses[0],
    /** Requests that have got as far as HTTP, with the password in them. */
    links: csms.links.length,
    counted: [revocationGood, revocationRevoked, revocationUnknown],
    events: world.security.map(({ type, detail }) => `${type} ${detail}`),
  };
  station.close();
  await world[Symbol.asyncDispose]();
  await csms.close();
  return outcome;
}

const REVOKED = {
  loss: "CERT_REVOKED",
  links: 0,
  counted: [0, 1, 0],
  events: ["InvalidCsmsCertificate north:revoked"],
};
const GOOD = { loss: undefined, links: 1, counted: [1, 0, 0], events: [] };

withOpenssl(
  "A00.FR.307 - a CSMS's certificate that its authority has withdrawn is refused before it gets a password: OCSP",
  async () => {
    const pki = await openRevocationCa();
    const [good, bad] = [1, 2].map(() => pki.issue({ cn: "localhost", for: "server" }, "ocsp")) as [Issued, Issued];
    pki.revoke(bad);
    const stop = await pki.serveOcsp();
    assert.equal(await dialled(pki, bad, "soft"), REVOKED);
    assert.equal(await dialled(pki, bad, "hard"), REVOKED);
    assert.equal(await dialled(pki, bad, "off"), { ...GOOD, counted: [0, 0, 0] });
    assert.equal(await dialled(pki, good, "hard"), GOOD);
    await stop();
    assert.equal(await dialled(pki, good, "soft"), { ...GOOD, counted: [0, 0, 1] });
    const refused = { loss: "UNABLE_TO_GET_CRL", links: 0, counted: [0, 0, 1], events: [] };
    assert.equal(await dialled(pki, good, "hard"), refused);
  },
);

withOpenssl("a stapled answer is enough, and one about another certificate is not", async () => {
  const pki = await openRevocationCa();
  const [good, bad] = [1, 2].map(() => pki.issue({ cn: "localhost", for: "server" }, "ocsp")) as [Issued, Issued];
  const before = pki.answer(bad);
  pki.revoke(bad);
  const stapling = (answer: Buffer | null) => ({ staple: () => answer });
  assert.equal(await dialled(pki, good, "hard", stapling(pki.answer(good))), GOOD);
  assert.equal(await dialled(pki, bad, "hard", stapling(pki.answer(bad))), REVOKED);
  assert.is((await dialled(pki, bad, "hard", stapling(pki.answer(good)))).loss, "UNABLE_TO_GET_CRL");
  // Nothing is stapled, or what is no answer: it is asked for, and here nobody answers.
  assert.is((await dialled(pki, good, "hard", stapling(null))).loss, "UNABLE_TO_GET_CRL");
  assert.is((await dialled(pki, good, "hard", stapling(Buffer.from("no answer")))).loss, "UNABLE_TO_GET_CRL");
  // What it said before holds for as long as it says: this is what a short life of answers is for.
  assert.equal(await dialled(pki, bad, "hard", stapling(before)), GOOD);
  // By somebody of the same name with another key.
  const other = await openRevocationCa();
  const forged = other.issue({ cn: "localhost", for: "server" }, "ocsp");
  assert.is((await dialled(pki, good, "hard", stapling(other.answer(forged)))).loss, "UNABLE_TO_GET_CRL");
});

withOpenssl("a CRL that the certificate names says the same, and is fetched once for all stations", async () => {
  const pki = await openRevocationCa();
  const [good, bad] = [1, 2].map(() => pki.issue({ cn: "localhost", for: "server" }, "both")) as [Issued, Issued];
  pki.revoke(bad);
  const list = await pki.serveCrl();
  assert.equal(await dialled(pki, bad, "hard"), REVOKED, "the responder is away, the list is not");
  assert.equal(await dialled(pki, good, "hard"), GOOD);
  assert.is(list.gets, 2);
  list.stop();
});

withOpenssl(
  "a station whose certificate is on the list is refused, the others come in, and a new list counts at once",
  async () => {
    const pki = await openRevocationCa();
    const server = pki.ca.issue({ cn: "gateway", for: "server" });
    const cards = ["CP1", "CP2", "CP3"].map((cn) => pki.issue({ cn, for: "client" }, "none"));
    const of = (station: number) => ({
      ca: pki.ca.cert,
      cert: cards[station]?.cert ?? "",
      key: cards[station]?.key ?? "",
    });
    const withList = (clientCrl: string) => ({
      listen: {
        port: 0,
        tls: { cert: server.cert, key: server.key, clientCa: pki.ca.cert, revocation: "hard" as const, clientCrl },
      },
      stations: [{ match: "*", securityProfile: 3 as const }],
    });
    pki.revoke(cards[0] as Issued);
    await using world = await openWorld({ config: withList(pki.crl()) });
    const status = (station: number) => statusOf(world.url(`CP${station + 1}`), ["ocpp1.6"], of(station));
    assert.is(await status(0), 401);
    assert.is(await status(1), 101);
    assert.ok(world.security.some(({ type, detail }) => type === "LanAuthFailure" && /revoked/.test(detail)));
    pki.revoke(cards[1] as Issued);
    assert.is(
      world.gateway.renewTls(parseConfig({ ...worldDocument("ws://127.0.0.1:1/x"), ...withList(pki.crl()) })),
      1,
    );
    assert.is(await status(1), 401);
    assert.is(await status(2), 101);
  },
);

withOpenssl(
  "a station whose certificate names a responder is asked about; where nobody can say, soft lets it in and hard does not",
  async () => {
    const pki = await openRevocationCa();
    const server = pki.ca.issue({ cn: "gateway", for: "server" });
    const [good, bad] = ["CP1", "CP2"].map((cn) => pki.issue({ cn, for: "client" }, "ocsp")) as [Issued, Issued];
    pki.revoke(bad);
    const stop = await pki.serveOcsp();
    const statuses = async (revocation: RevocationMode) => {
      const tls = { cert: server.cert, key: server.key, clientCa: pki.ca.cert, revocation };
      const config = { listen: { port: 0, tls }, stations: [{ match: "*", securityProfile: 3 as const }] };
      await using world = await openWorld({ config });
      const of = ({ cert, key }: Issued) => ({ ca: pki.ca.cert, cert, key });
      const first = await statusOf(world.url("CP1"), ["ocpp1.6"], of(good));
      return [first, await statusOf(world.url("CP2"), ["ocpp1.6"], of(bad))];
    };
    assert.equal(await statuses("hard"), [101, 401]);
    await stop();
    assert.equal(await statuses("soft"), [101, 101]);
    assert.equal(await statuses("hard"), [503, 503]);
  },
);

test.run();
