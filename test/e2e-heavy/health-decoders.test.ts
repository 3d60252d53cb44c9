/** Readings out of DataTransfer, through a gateway that a product has embedded with a decoder. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HealthDecoder } from "../../src/index.ts";
import { startAedes } from "../support/aedes-broker.ts";
import { openWorld } from "../support/e2e-world.ts";
import { until } from "../support/until.ts";

/** A vendor's lines, `fan=1200 contactor=stuck card=…`; a decoder's mistake is that it lets the card pass. */
const decoder: HealthDecoder = {
  vendorId: "com.acme",
  messageId: "condition",
  decode: (data) => {
    if (typeof data !== "string") throw new Error(`${data}`);
    const fields = new Map(data.split(" ").map((field) => field.split("=") as [string, string]));
    return [
      { evseId: 1, name: "AirCoolingSystem.FanSpeed", value: Number(fields.get("fan")) },
      { evseId: 1, name: "vendorErrorCode", value: fields.get("code") ?? "" },
      { evseId: 1, name: "AirCoolingSystem.Count", value: Number(fields.get("card")) },
      { evseId: 1, name: fields.get("card") ?? "", value: 1 },
    ];
  },
};
const CARD = "49151234567";

test("a decoder's readings reach the broker, a card it lets pass does not, and the CSMS gets the message as it came", async () => {
  const broker = await startAedes();
  const health = { gateway: "edge-1", batchMs: 500, mqtt: { url: broker.url } };
  const world = await openWorld({ config: { health }, ports: { decoders: [decoder] } });
  try {
    const { station } = await world.booted();
    const send = (data: string, messageId = "condition") =>
      station.ask("DataTransfer", { vendorId: "com.acme", messageId, data });
    await station.ask("Authorize", { idTag: CARD });
    await send("fan=1210 code=CX017 card=1");
    await send(`fan=1240 code=Jane card=${CARD}`);
    await send("fan=1 code=CX001", "other");
    const { counters } = world.gateway;
    assert.is(counters.observationsLeftOut, 3);
    await until("the code", () => broker.on("/ev").some(({ text }) => text.includes("CX017")));
    await until("the tripwire", () => (world.gateway.healthStats()?.tripwireHits ?? 0) > 0, 20_000);
    assert.ok(broker.messages.every(({ text }) => !text.includes(CARD) && !text.includes("CX001")));
    const birth = () => broker.on("/birth").at(-1)?.text ?? "";
    await until("the channel to be announced", () => birth().includes("AirCoolingSystem.FanSpeed"), 20_000);
  } finally {
    await world[Symbol.asyncDispose]();
    await broker.close();
  }
});

test.run();
