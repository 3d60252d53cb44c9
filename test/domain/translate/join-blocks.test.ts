import { test } from "uvu";
import * as assert from "uvu/assert";
import { CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import { initialTranslation, translationBlock } from "../../../src/domain/translate/blocks.ts";
import type { Block } from "../../../src/domain/translate/contract.ts";
import { joinBlocks } from "../../../src/domain/translate/join-blocks.ts";

test("an action and a job belong to one block", () => {
  const block: Block = { from: { station: { Heartbeat: (state) => ({ state, wants: [] }) } } };
  assert.throws(() => joinBlocks([block, block]), /Heartbeat/);
  const job: Block = { from: {}, answers: { "a.b": (state) => ({ state, wants: [] }) } };
  assert.throws(() => joinBlocks([job, job]), /a\.b/);
});

test("others hear of an action after its owner, with the state it left", () => {
  const marked = initialTranslation();
  const owner: Block = {
    from: { station: { Heartbeat: (state) => ({ state: { ...state, device: { by: "owner" } }, wants: [] }) } },
  };
  const listener: Block = {
    from: {},
    hears: { Heartbeat: (state) => ({ state, wants: [{ do: "lost", what: String(state.device["by"]) }] }) },
  };
  const step = joinBlocks([listener, owner]).from.station?.["Heartbeat"]?.(marked, {} as never, {} as never);
  assert.equal(step?.wants, [{ do: "lost", what: "owner" }]);
});

test("the real blocks fit together, and every action of both sides has its rule", () => {
  const block = translationBlock();
  for (const { action, from, versions } of CATALOGUE) {
    if (versions.includes("ocpp1.6") && from !== "csms") assert.ok(block.from.station?.[action], `station: ${action}`);
    if (versions.includes("ocpp2.0.1") && from !== "station") assert.ok(block.from.csms?.[action], `csms: ${action}`);
  }
});

test.run();
