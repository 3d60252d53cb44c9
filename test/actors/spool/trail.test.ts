/** Notes of what is under way, on real files; a process that ends is one whose trail is not closed. */
import { appendFileSync, mkdtempSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Trail } from "../../../src/actors/spool/trail.ts";
import { messageId } from "../../../src/domain/ids.ts";
import type { SpoolNote } from "../../../src/ports.ts";

const PREFIX = "ocpp1.6/CP1/";

const directory = () => mkdtempSync(join(tmpdir(), "twinlane-trail-"));
const open = (dataDir: string, fileBytes?: number): Trail =>
  new Trail({
    dataDir,
    onFailure: (error) => {
      throw error;
    },
    ...(fileBytes === undefined ? {} : { fileBytes }),
  });
const noteOf = (no: number | string, prefix = PREFIX): SpoolNote => ({
  prefix,
  id: messageId(`id ${no}`),
  key: `k${no}`,
});
const written = (trail: Trail, note: SpoolNote) =>
  new Promise<void>((resolve, reject) => {
    trail.note(note, (error) => (error === undefined ? resolve() : reject(error)));
  });

test("a note outlives a process that is killed, and is given to its station once", async () => {
  const dataDir = directory();
  const trail = open(dataDir);
  await Promise.all([written(trail, noteOf(1)), written(trail, noteOf(2, "ocpp2.0.1/CP2/"))]);
  const after = open(dataDir);
  assert.equal(after.take(PREFIX), new Map([["k1", "id 1"]]));
  assert.is(after.take(PREFIX), undefined);
  assert.equal(after.take("ocpp2.0.1/CP2/"), new Map([["k2", "id 2"]]));
});

test("ids that are not plain text are told apart from the lines of the file", async () => {
  const dataDir = directory();
  const trail = open(dataDir);
  const ids = ["tab\there", "line\nbreak", 'quote"', "größer", "[2,", ""];
  for (const [i, id] of ids.entries()) await written(trail, { prefix: PREFIX, id: messageId(id), key: `k${i}` });
  assert.equal(
    [...(open(dataDir).take(PREFIX) ?? [])].map(([, id]) => id),
    ids,
  );
});

test("what was torn when the power went is skipped, and what is written next stands on its own", async () => {
  const dataDir = directory();
  await written(open(dataDir), noteOf(1));
  appendFileSync(join(dataDir, "spool-trail.0"), `${PREFIX}\tid 2`);
  const after = open(dataDir);
  await written(after, noteOf(3));
  assert.equal([...(open(dataDir).take(PREFIX)?.keys() ?? [])], ["k1", "k3"]);
});

test("of a station the latest eight are kept over a start, over any number of starts", async () => {
  const dataDir = directory();
  const trail = open(dataDir);
  for (let no = 0; no < 20; no += 1) await written(trail, noteOf(no));
  for (let start = 0; start < 3; start += 1) open(dataDir);
  assert.equal(
    [...(open(dataDir).take(PREFIX)?.keys() ?? [])],
    ["k12", "k13", "k14", "k15", "k16", "k17", "k18", "k19"],
  );
});

test("closed in order, only what stations have not repeated stays known", async () => {
  const dataDir = directory();
  const before = open(dataDir);
  await written(before, noteOf("old", "ocpp1.6/AWAY/"));
  const trail = open(dataDir);
  await written(trail, noteOf(1));
  await trail.close();
  const after = open(dataDir);
  assert.equal([...(after.take("ocpp1.6/AWAY/")?.keys() ?? [])], ["kold"]);
  assert.is(after.take(PREFIX), undefined);
});

test("the files stay small however much passes, and everything under way is known at each moment", async () => {
  const step = fc.record({ station: fc.nat({ max: 3 }), answers: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 200, size: "max" }), async (steps) => {
      const dataDir = directory();
      const trail = open(dataDir, 100);
      const underWay = new Map<string, SpoolNote>();
      trail.underWay = () => underWay.values();
      for (const [i, { station, answers }] of steps.entries()) {
        const note = noteOf(i, `ocpp1.6/CP${station}/`);
        underWay.set(note.prefix, note);
        await written(trail, note);
        if (answers) underWay.delete(note.prefix);
      }
      const bytes = readdirSync(dataDir).map((name) => statSync(join(dataDir, name)).size);
      assert.ok(Math.max(...bytes) < 400, `${bytes}`);
      const after = open(dataDir);
      for (const { prefix, key, id } of underWay.values()) assert.is(after.take(prefix)?.get(key), id);
    }),
    { numRuns: 30 },
  );
});

test.run();
