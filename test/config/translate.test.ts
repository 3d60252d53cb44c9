import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildTranslate } from "../../src/config/build-translate.ts";
import { built } from "../support/built-config.ts";

const csms = { url: "ws://127.0.0.1/ocpp", speaks: "ocpp2.0.1" };

test("a CSMS says what it speaks, at the top or in a rule; without that nothing is translated", () => {
  const { config } = built({
    csms,
    stations: [
      { match: "A" },
      { match: "B", csms: { speaks: "ocpp2.1" } },
      { match: "C", csms: { url: "ws://127.0.0.1/16" } },
    ],
  });
  assert.equal(
    config?.stations.map((rule) => rule.csms?.speaks),
    ["ocpp2.0.1", "ocpp2.1", undefined],
  );
});

test("1.6 is not something to translate to", () => {
  assert.ok(built({ csms: { ...csms, speaks: "ocpp1.6" } }).errors[0]?.startsWith("/csms/speaks"));
});

test("settings of a rule go before those of stationDefaults, and these before the top level, one by one", () => {
  const { config } = built({
    csms,
    translate: { immediateReset: "Hard", masterGroups: ["M"], safeLimitA: 6 },
    stationDefaults: { translate: { safeLimitA: 8 } },
    stations: [{ match: "A", translate: { immediateReset: "Soft" } }, { match: "B" }],
  });
  const [a, b] = config?.stations ?? [];
  assert.equal([a?.translate.immediateReset, a?.translate.masterGroups, a?.translate.safeLimitA], ["Soft", ["M"], 8]);
  assert.equal([b?.translate.immediateReset, b?.translate.logSource], ["Hard", "charger"]);
});

test("EVSEs and their connectors are numbered from 1, and name the station's own numbers", () => {
  const { topology } = buildTranslate([{ evses: [{ connectors: [{ number: 1, type: "cCCS2" }, { number: 2 }] }] }]);
  assert.equal(topology, {
    evses: [
      {
        evseId: 1,
        connectors: [
          { connectorId: 1, connector16: 1, type: "cCCS2" },
          { connectorId: 2, connector16: 2 },
        ],
      },
    ],
  });
  assert.is(buildTranslate([]).topology, undefined);
});

test("quirks and tolerances of the operator are checked by their own schema, each where it stands", () => {
  const row = { id: "x", vendor: "V", model: "M*", tolerances: { callGapMs: 100 }, evidence: ["seen in our depot"] };
  const good = built({
    csms,
    translate: { quirks: [row], tolerances: { waitsForBoot: true } },
    stations: [{ match: "A", translate: { tolerances: { callGapMs: null, rateUnits: ["A"] } } }, { match: "B" }],
  });
  assert.equal(good.errors, []);
  const [a, b] = good.config?.stations ?? [];
  assert.equal([a?.translate.tolerances, a?.translate.quirks], [{ callGapMs: null, rateUnits: ["A"] }, [row]]);
  assert.equal(b?.translate.tolerances, { waitsForBoot: true });
  const { errors } = built({
    csms,
    translate: { quirks: [{ ...row, tolerances: { callGap: 1 } }, { id: "y" }] },
    stationDefaults: { translate: { tolerances: { rateUnits: ["VA"] } } },
    stations: [{ match: "A", translate: { tolerances: { neverSent: null, minCurrentA: -1 } } }],
  });
  assert.equal(errors, [
    '/translate/quirks/0/tolerances/callGap unknown key; did you mean "callGapMs"?',
    '/translate/quirks/1 needs "vendor"',
    '/translate/quirks/1 needs "model"',
    '/translate/quirks/1 needs "tolerances"',
    '/translate/quirks/1 needs "evidence"',
    "/stationDefaults/translate/tolerances/rateUnits/0 must be one of A, W",
    '/stations/0/translate/tolerances/neverSent unknown key; did you mean "neverSend"?',
    "/stations/0/translate/tolerances/minCurrentA must be >= 0",
  ]);
});

test("a connector that is listed twice, and translation without a spool, are errors", () => {
  const evses = [{ connectors: [{ number: 1 }] }, { connectors: [{ number: 1 }] }];
  assert.equal(built({ csms, stations: [{ match: "A", translate: { evses } }] }).errors, [
    "/stations/0/translate/evses two connectors have the same number",
  ]);
  assert.equal(built({ csms, spool: { enabled: false }, stations: [{ match: "A" }] }).errors, [
    "/stations/0/csms/speaks translation needs the spool; leave spool.enabled at true",
  ]);
});

test.run();
