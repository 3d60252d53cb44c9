import { createRequire } from "node:module";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { clientTextFrame, serverTextFrame } from "../../src/actors/text-frame.ts";

const { Receiver } = createRequire(import.meta.url)("ws") as {
  readonly Receiver: new (options: object) => NodeJS.EventEmitter & { write(bytes: Buffer): void };
};

const SIDES = [
  { name: "server", frame: serverTextFrame, isServer: false },
  { name: "client", frame: clientTextFrame, isServer: true },
] as const;

for (const { name, frame, isServer } of SIDES) {
  test(`RFC 6455 §5.2 - a ${name} frame of any length is read back as the text it was made of`, () => {
    const lengths = fc.constantFrom(0, 1, 30, 125, 126, 127, 65_535, 65_536, 70_000);
    fc.assert(
      fc.property(lengths, fc.string({ unit: "grapheme", maxLength: 20 }), fc.boolean(), (length, tail, asText) => {
        const text = "x".repeat(length) + tail;
        assert.equal(read(frame(asText ? text : Buffer.from(text)), isServer), { text, isBinary: false });
      }),
      { numRuns: 60 },
    );
  });
}

test("RFC 6455 §5.3 - every client frame has a mask of its own, and the payload given stays as it was", () => {
  const payload = Buffer.from("Authorize");
  const masks = new Set(Array.from({ length: 5000 }, () => clientTextFrame(payload).toString("hex", 2, 6)));
  assert.ok(masks.size > 4990, `${masks.size} different masks`);
  assert.is(payload.toString(), "Authorize");
});

/** What `ws` itself makes of the frame. */
function read(frame: Buffer, isServer: boolean): { readonly text: string; readonly isBinary: boolean } | undefined {
  let message: { readonly text: string; readonly isBinary: boolean } | undefined;
  const receiver = new Receiver({ isServer, binaryType: "nodebuffer" });
  receiver.on("message", (data: Buffer, isBinary: boolean) => {
    message = { text: data.toString("utf8"), isBinary };
  });
  receiver.write(frame);
  return message;
}

test.run();
