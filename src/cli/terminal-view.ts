/**
 * A demonstration drawn in a terminal: stations, lanes, the same message on both lanes, and what was broken on purpose.
 *
 * `renderDemo` is a function from a model to lines; `TerminalView` puts them on a screen, over the lines before.
 */
import type { ConnectorState } from "../sim/station-options.ts";
import type { DemoModel, LaneFigures, Quantiles } from "./demo-model.ts";
import type { ForkPair } from "./fork-pair.ts";
import { bytesText, clockText, fit, fitRight, msText, type Paint, powerText, wrap } from "./terminal-style.ts";

export interface ViewSize {
  readonly columns: number;
  readonly rows: number;
}

const FRAME_ROWS = 9;
const MAX_WIDTH = 160;
const STATION_COLUMNS =
  "station    version  station link  CSMS link   connector         power    SoC     °C    session  queued";

/** The screen, line by line, none wider than `columns` once colours are taken away. */
export function renderDemo(model: DemoModel, size: ViewSize, paint: Paint): readonly string[] {
  const width = Math.min(MAX_WIDTH, Math.max(60, size.columns - 1));
  const sections = [
    header(model, width, paint),
    stationTable(model, width, paint),
    laneTable(model, width, paint),
    pairTable(model.pair, width, paint),
    happenings(model, width, paint),
  ];
  return sections.flatMap((lines) => [...lines, ""]).slice(0, Math.max(1, size.rows - 1));
}

function header(model: DemoModel, width: number, paint: Paint): readonly string[] {
  const { elapsedSec, url, transactions, energyWh, commands, faults } = model;
  const figures = `${transactions} transactions · ${energyWh} Wh · ${commands} commands · ${faults} faults injected`;
  return [
    paint("bold", fit(`twinlane demo  ${clockText(elapsedSec)}  stations connect to ${url}`, width)),
    paint("dim", fit(`${figures} · Ctrl-C ends it with a summary`, width)),
  ];
}

function stationTable({ stations }: DemoModel, width: number, paint: Paint): readonly string[] {
  const rows = stations.flatMap((station) =>
    station.connectors.map((connector) => {
      const text = [
        fit(station.id, 10),
        fit(station.version.replace("ocpp", ""), 8),
        fit(station.link, 13),
        fit(station.uplink, 11),
        connectorText(connector),
        fitRight(station.waiting === 0 ? "" : String(station.waiting), 6),
      ].join(" ");
      return paintStation(fit(text, width), station.link === "accepted", connector, paint);
    }),
  );
  return [paint("dim", fit(STATION_COLUMNS, width)), ...rows];
}

function connectorText({ status, faultCode, powerW, socPercent, temperatureC, sessionWh }: ConnectorState): string {
  const isCharging = sessionWh !== undefined;
  return [
    fit(faultCode ?? status, 15),
    fitRight(isCharging ? powerText(powerW) : "", 9),
    fitRight(isCharging ? `${Math.floor(socPercent)} %` : "", 6),
    fitRight(temperatureC.toFixed(1), 6),
    fitRight(isCharging ? `${Math.floor(sessionWh)} Wh` : "", 10),
  ].join(" ");
}

function paintStation(text: string, isUp: boolean, connector: ConnectorState, paint: Paint): string {
  if (!isUp || connector.faultCode !== undefined) return paint("red", text);
  return connector.sessionWh === undefined ? text : paint("green", text);
}

function laneTable({ value, health, latency }: DemoModel, width: number, paint: Paint): readonly string[] {
  const state = health.connected ? `MQTT ${health.protocol ?? ""}` : "broker away";
  const share = health.bytesIn === 0 ? 0 : (100 * health.bytesOut) / health.bytesIn;
  return [
    paint("dim", fit("lane      messages      /s       bytes in      bytes out", width)),
    paint("blue", fit(`${laneRow("value", value)}   Authorize ${quantiles(latency.authorize)}`, width)),
    paint("blue", fit(`${" ".repeat(60)}all calls ${quantiles(latency.calls)}`, width)),
    paint(
      "cyan",
      fit(`${laneRow("health", health)}   ${state}, ${share.toFixed(1)} % of what the stations sent`, width),
    ),
    paint("cyan", fit(`${" ".repeat(60)}${health.observed} observations, ${health.dropped} dropped`, width)),
  ];
}

function laneRow(name: string, { messages, perSecond, bytesIn, bytesOut }: LaneFigures): string {
  const cells = [fitRight(String(messages), 8), fitRight(perSecond.toFixed(1), 7)];
  return [fit(name, 9), ...cells, fitRight(bytesText(bytesIn), 14), fitRight(bytesText(bytesOut), 14)].join(" ");
}

function quantiles({ p50, p99 }: Quantiles): string {
  return `p50 ${msText(p50)}, p99 ${msText(p99)}`;
}

/** The two halves side by side, so that what is missing on the right can be seen. */
function pairTable(pair: ForkPair | undefined, width: number, paint: Paint): readonly string[] {
  if (pair === undefined)
    return [paint("dim", fit("the same message on both lanes: waiting for the first batch", width))];
  const half = Math.floor((width - 3) / 2);
  const left = wrap(pair.frame, half, FRAME_ROWS);
  const right = wrap(`${pair.topic} ${pair.payload}`, half, FRAME_ROWS);
  const titles = [
    fit(`the CSMS got from ${pair.stationId} (${bytesText(Buffer.byteLength(pair.frame))})`, half),
    fit(`the health lane published (${bytesText(Buffer.byteLength(pair.payload))})`, half),
  ];
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const [a, b] = [fit(left[i] ?? "", half), fit(right[i] ?? "", half)];
    return `${paint("blue", a)} │ ${paint("cyan", b)}`;
  });
  return [paint("dim", titles.join(" │ ")), ...rows];
}

function happenings({ happenings: list }: DemoModel, width: number, paint: Paint): readonly string[] {
  const rows = list.map(({ atSec, stationId, text }) =>
    fit(`${clockText(atSec)}  ${fit(stationId, 10)} ${text}`, width),
  );
  return [paint("dim", fit("broken on purpose", width)), ...rows.map((row) => paint("yellow", row))];
}

/** What {@link TerminalView} needs of a stream. */
export interface Screen {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const HOME = "\u001b[H";
const CLEAR_REST_OF_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
const CLEAR_ALL = "\u001b[2J";

export class TerminalView {
  readonly #screen: Screen;
  readonly #paint: Paint;

  constructor(screen: Screen, paint: Paint) {
    this.#screen = screen;
    this.#paint = paint;
    screen.write(HIDE_CURSOR + CLEAR_ALL);
  }

  /** Draws over what is there, in one write: nothing flickers. */
  draw(model: DemoModel): void {
    const { columns = 100, rows = 40 } = this.#screen;
    const lines = renderDemo(model, { columns, rows }, this.#paint);
    this.#screen.write(HOME + lines.map((line) => line + CLEAR_REST_OF_LINE).join("\n") + CLEAR_BELOW);
  }

  /** Gives the terminal back. Idempotent. */
  close(): void {
    this.#screen.write(`${SHOW_CURSOR}\n`);
  }
}

/** One line for a log or a pipe. */
export function plainLine(model: DemoModel): string {
  const { elapsedSec, stations, value, health, latency, transactions, faults } = model;
  const up = stations.filter(({ link }) => link === "accepted").length;
  return [
    clockText(elapsedSec),
    `${up}/${stations.length} stations`,
    `value ${value.messages} (${value.perSecond.toFixed(1)}/s)`,
    `health ${health.messages} (${health.perSecond.toFixed(1)}/s)`,
    `Authorize ${quantiles(latency.authorize)}`,
    `${transactions} transactions`,
    `${faults} faults`,
  ].join("  ");
}
