// deadline: 180s
/** Every row of the mapping tables: each field of each message, with the rules at work. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import { CSMS_ANSWERS } from "./matrix/csms-answers.ts";
import { CSMS_REQUESTS } from "./matrix/csms-requests.ts";
import { ALIKE, expectedFates, NEVER_ASKED, NEVER_SAID } from "./matrix/expected.ts";
import { STORIES, UNSAID } from "./matrix/more-stories.ts";
import { BOOT, nameOf, type Scenario } from "./matrix/observe.ts";
import { STATION_SCENARIOS } from "./matrix/station-scenarios.ts";
import { HEARD, SAID } from "./matrix/words.ts";
import { MatrixWorld } from "./matrix/world.ts";
import { matrixRows } from "./matrix.ts";
import { committedDocument, matrixDocument } from "./matrix-document.ts";

const rows = matrixRows();
const keyOf = ({ message, field }: { message: string; field: string }) => `${message} ${field}`;

test("no field is dropped silently: each is mapped, refused, used by the gateway, or counted as lost", () => {
  assert.equal(rows.filter(({ fate }) => fate === "silent").map(keyOf), []);
});

test("each field fares as its table says", () => {
  const observed = rows.map((row): [string, string] => [keyOf(row), [row.fate, ...row.also].join(", ")]);
  const wrong = observed.flatMap(([key, fates]) => {
    const expected = expectedFates.get(key);
    return fates === expected ? [] : [`${key}: ${fates}, not ${expected}`];
  });
  assert.equal(wrong, []);
  assert.equal([...expectedFates.keys()].sort(), observed.map(([key]) => key).sort());
});

test("no word is taken for another silently: words of an enum that make no difference are refused, counted, or known", () => {
  const alike = rows.filter((row) => row.alike.length > 0).map((row) => `${keyOf(row)}: ${row.alike.join(" ")}`);
  const expected = Object.entries(ALIKE).map(([field, [pairs]]) => `${field}: ${pairs}`);
  assert.equal(alike.sort(), expected.sort());
});

test("every message of 1.6 that a station sends, and every one of a 2.0.1 CSMS, has a story", () => {
  const told = new Set([...STATION_SCENARIOS, ...CSMS_REQUESTS, ...CSMS_ANSWERS].map(nameOf));
  const sent = CATALOGUE.flatMap(({ action, versions, from }) => {
    // A request of one is answered by the other; DataTransfer is both's.
    const kinds = { station: from === "csms" ? [] : ["request"], csms: from === "station" ? [] : ["request"] };
    const of16 = [...kinds.station, ...(from === "station" ? [] : ["response"])] as const;
    const of201 = [...kinds.csms, ...(from === "csms" ? [] : ["response"])] as const;
    const names = (peer: Scenario["from"], list: readonly string[]) =>
      list.map((kind) => nameOf({ from: peer, action, kind: kind as Scenario["kind"] }));
    return [
      ...(versions.includes("ocpp1.6") ? names("station", of16) : []),
      ...(versions.includes("ocpp2.0.1") ? names("csms", of201) : []),
    ];
  });
  const untold = sent.filter((name) => !told.has(name));
  const never = [
    ...Object.keys(NEVER_ASKED).map((action) => `${action}.conf`),
    ...Object.keys(NEVER_SAID).map((action) => `${action}Response`),
  ];
  assert.equal(untold.sort(), never.sort());
});

for (const { title, world, moves } of STORIES) {
  test(`${title} - everything that leaves is good`, () => {
    assert.equal(new MatrixWorld(world).moves(BOOT).moves(moves).defects, []);
  });
}

test("§10 item 2 - every value of every enum of what a station or a CSMS says is said in a story", () => {
  assert.equal([...HEARD.unsaid()], []);
});

test("§10 item 2 - every value of every enum of what the gateway says is said, but for those that nothing brings about", () => {
  const unsaid = [...SAID.unsaid()].map(([field, words]) => `${field}: ${words.join(" ")}`);
  const expected = Object.entries(UNSAID).map(([field, [words]]) => `${field}: ${words}`);
  assert.equal(unsaid.sort(), expected.sort());
});

test("what is never asked or said is not in any story", () => {
  const said = SAID.messages;
  const never = [
    ...Object.keys(NEVER_ASKED).map((action) => `ocpp1.6 ${action} request`),
    ...Object.keys(NEVER_SAID).map((action) => `ocpp2.0.1 ${action} request`),
  ];
  assert.equal(
    never.filter((message) => said.includes(message)),
    [],
  );
});

test("docs/translation-matrix.md says what was observed; npm run verify:translation -- --write-matrix writes it", () => {
  assert.is(committedDocument(), matrixDocument(rows, { asked: NEVER_ASKED, said: NEVER_SAID }));
});

test.run();
