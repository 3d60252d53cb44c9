/** Which cards a message names: what the tripwire looks for. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messageId } from "../../../src/domain/ids.ts";
import { CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import type { Frame } from "../../../src/domain/ocpp/frame.ts";
import { OCPP_VERSIONS } from "../../../src/domain/ocpp/version.ts";
import { tokensIn } from "../../../src/domain/privacy/token-fields.ts";
import { fillMessage, leavesOf } from "../../privacy/leaves.ts";
import { call } from "../../support/ocpp-messages.ts";
import { messageSchemas } from "../../support/schemas.ts";

function seen(frame: Frame): readonly string[] {
  const tokens: string[] = [];
  tokensIn(frame, (token) => tokens.push(token));
  return tokens;
}

const answer = (payload: object): Frame => ({ type: 3, id: messageId("m-1"), payload: payload as never });

/** Fields that hold a card, wherever they stand. */
const CARD = /\/(idTag|parentIdTag|idToken|additionalIdToken)$/;

test("every card of every message is found, and the catalogue knows which messages have one", () => {
  for (const version of OCPP_VERSIONS) {
    for (const message of messageSchemas(version)) {
      const cards = leavesOf(message).filter(({ path }) => CARD.test(path));
      const spec = CATALOGUE.find(({ action }) => action === message.action);
      if (cards.length === 0) continue;
      assert.ok(spec?.token, `${version} ${message.action}: ${cards[0]?.path}`);
      const payload = fillMessage(message, { value: ({ path }) => path });
      const frame = message.kind === "response" ? answer(payload) : call(message.action, payload);
      assert.equal([...seen(frame)].sort(), cards.map(({ path }) => path).sort(), `${version} ${message.action}`);
    }
  }
});

test("what is no text, or longer than a token may be, is none", () => {
  for (const idTag of [7, null, undefined, {}, ["A"], "A".repeat(256)])
    assert.equal(seen(call("Authorize", { idTag })), []);
  assert.equal(seen(answer({ idTokenInfo: 1 })), []);
  assert.equal(seen({ type: 4, id: messageId("m"), code: "X", description: "idTag", details: {} } as never), []);
});

test.run();
