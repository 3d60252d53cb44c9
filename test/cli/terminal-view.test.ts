import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DemoModel } from "../../src/cli/demo-model.ts";
import { fit, painter, wantsColour, wrap } from "../../src/cli/terminal-style.ts";
import { plainLine, renderDemo, TerminalView } from "../../src/cli/terminal-view.ts";

const FRAME = `[2,"id","MeterValues",{"transactionId":2000000306,"connectorId":1}]`;

const MODEL: DemoModel = {
  elapsedSec: 83,
  url: "ws://127.0.0.1:9000/ocpp",
  stations: [
    {
      id: "DEMO-01",
      version: "ocpp1.6",
      link: "accepted",
      uplink: "up",
      waiting: 0,
      connectors: [
        {
          id: 1,
          status: "Charging",
          faultCode: undefined,
          powerW: 21_900,
          socPercent: 43.7,
          temperatureC: 31.24,
          sessionWh: 61.9,
        },
      ],
    },
    {
      id: "DEMO-02",
      version: "ocpp2.0.1",
      link: "offline",
      uplink: "down",
      waiting: 7,
      connectors: [
        {
          id: 1,
          status: "Faulted",
          faultCode: "HighTemperature",
          powerW: 0,
          socPercent: 0,
          temperatureC: 92,
          sessionWh: undefined,
        },
      ],
    },
  ],
  value: { messages: 1234, perSecond: 25.31, bytesIn: 812 * 1024, bytesOut: 900 },
  health: {
    messages: 56,
    perSecond: 4.1,
    bytesIn: 10_000,
    bytesOut: 250,
    observed: 3400,
    dropped: 0,
    protocol: "3.1.1",
    connected: true,
  },
  latency: { authorize: { p50: 0.42, p99: 12.3 }, calls: { p50: undefined, p99: undefined } },
  transactions: 12,
  energyWh: 640,
  commands: 9,
  faults: 3,
  happenings: [{ atSec: 12.3, stationId: "DEMO-02", text: "connection cut" }],
  pair: {
    stationId: "DEMO-01",
    frame: FRAME,
    topic: "oh/v1/demo/edge-1/abcdefghijklmnop/m",
    payload: '{"t0":1,"q":3}',
  },
};

const size = { columns: 130, rows: 60 };
const draw = (model: DemoModel, at = size): readonly string[] => renderDemo(model, at, painter(false));

test("shows each station's state, power, state of charge and queue", () => {
  const text = draw(MODEL);
  const [one, two] = [text.find((line) => line.startsWith("DEMO-01")), text.find((line) => line.startsWith("DEMO-02"))];
  for (const part of ["1.6", "accepted", "up", "Charging", "21.9 kW", "43 %", "31.2", "61 Wh"])
    assert.match(one ?? "", part);
  for (const part of ["2.0.1", "offline", "down", "HighTemperature", "92.0", "7"]) assert.match(two ?? "", part);
});

test("shows both lanes with rates, bytes and latencies, and what was broken", () => {
  const text = draw(MODEL).join("\n");
  for (const part of [
    "1234",
    "25.3",
    "812.0 KiB",
    "0.42 ms",
    "12 ms",
    "4.1",
    "MQTT 3.1.1",
    "2.5 %",
    "3400 observations",
    "connection cut",
  ]) {
    assert.match(text, part);
  }
});

test("shows what the CSMS got beside what the health lane published", () => {
  const line = draw(MODEL).find((each) => each.includes('"MeterValues"'));
  assert.match(line ?? "", /MeterValues.* │ oh\/v1\/demo/);
  assert.match(draw({ ...MODEL, pair: undefined }).join(), "waiting for the first batch");
});

test("no line is wider than the terminal and none goes below its last row", () => {
  for (const columns of [61, 80, 100, 200]) {
    for (const rows of [10, 24, 60]) {
      const lines = draw(MODEL, { columns, rows });
      assert.ok(lines.length < rows);
      assert.ok(
        lines.every((line) => line.length < columns),
        `${columns}`,
      );
    }
  }
});

test("colours are codes around the same text, and none where they are off", () => {
  const coloured = renderDemo(MODEL, size, painter(true)).join("\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  assert.is(coloured.replace(/\u001b\[\d+m/g, ""), draw(MODEL).join("\n"));
  assert.not.match(draw(MODEL).join(), "\u001b");
});

test("colours need a terminal, and NO_COLOR or --no-color switch them off", () => {
  assert.ok(wantsColour({ isTTY: true }, true, undefined));
  assert.not.ok(wantsColour({ isTTY: true }, true, "1"));
  assert.not.ok(wantsColour({ isTTY: true }, false, undefined));
  assert.not.ok(wantsColour({}, true, undefined));
});

test("the screen is drawn in one write and given back with its cursor", () => {
  const written: string[] = [];
  const view = new TerminalView({ columns: 100, rows: 30, write: (text) => written.push(text) }, painter(false));
  view.draw(MODEL);
  view.close();
  assert.is(written.length, 3);
  assert.ok(written[0]?.includes("\u001b[?25l"));
  assert.ok(written[1]?.startsWith("\u001b[H"));
  assert.ok(written[2]?.includes("\u001b[?25h"));
});

test("a log line has the figures and no escape codes", () => {
  const line = plainLine(MODEL);
  for (const part of ["01:23", "1/2 stations", "value 1234 (25.3/s)", "12 transactions"])
    assert.ok(line.includes(part), part);
  assert.not.match(line, "\u001b");
});

test("text is cut, filled and wrapped to the column", () => {
  assert.is(fit("abcdef", 4), "abc…");
  assert.is(fit("ab", 4), "ab  ");
  assert.equal(wrap("abcdefgh", 3, 5), ["abc", "def", "gh"]);
  assert.equal(wrap("abcdefgh", 3, 2), ["abc", "de…"]);
});

test.run();
