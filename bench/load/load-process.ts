/**
 * The load process: stations and the CSMS double, driven by the harness over IPC. Both live in one thread: on a machine
 * with two cores a third busy process would take its time from the proxy that is measured.
 */
import { cpuMsOf } from "../cpu.ts";
import { runClosedLoop } from "./closed-loop.ts";
import { type CsmsDouble, startCsmsDouble } from "./csms-double.ts";
import { runOpenLoop } from "./open-loop.ts";
import type {
  ClosedLoopAnswer,
  ClosedLoopRequest,
  ConnectRequest,
  ConnectResult,
  LoadAnswers,
  LoadReply,
  LoadRequest,
  OpenLoopRequest,
  OpenLoopResult,
} from "./protocol.ts";
import { LoadStation } from "./station.ts";

const groups = new Map<string, LoadStation[]>();
let csms: CsmsDouble | undefined;
let connectionNo = 0;

process.on("message", ({ no, request }: { no: number; request: LoadRequest }) => {
  handle(request).then(
    (value) => reply({ no, ok: true, value }),
    (error: unknown) => reply({ no, ok: false, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));

function reply(message: LoadReply): void {
  process.send?.(message);
}

async function handle(request: LoadRequest): Promise<LoadAnswers[keyof LoadAnswers]> {
  switch (request.op) {
    case "start-csms":
      csms ??= await startCsmsDouble();
      return { port: csms.port };
    case "csms-counts":
      return csms?.counts() ?? { connections: 0, calls: 0, malformed: 0 };
    case "csms-power":
      await (request.on ? csms?.up() : csms?.down());
      return {};
    case "csms-watch":
      csms?.watch(request.on);
      return {};
    case "csms-watched":
      return { open: csms?.open ?? 0, watch: csms?.watched() };
    case "connect":
      return connectGroup(request);
    case "disconnect":
      return disconnectGroup(request.group);
    case "open-loop":
      return openLoop(request);
    case "closed-loop":
      return closedLoop(request);
  }
}

function group(name: string): LoadStation[] {
  const stations = groups.get(name);
  if (stations === undefined) throw new Error(`no stations named ${name}`);
  return stations;
}

async function connectGroup(request: ConnectRequest): Promise<ConnectResult> {
  const stations: LoadStation[] = [];
  const failures: string[] = [];
  let next = 0;
  const connectSome = async () => {
    while (next < request.count) {
      const station = newStation(request, next++);
      try {
        await station.connect(request.setup);
        stations.push(station);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: request.concurrency }, connectSome));
  const elapsedMs = performance.now() - startedAt;
  groups.set(request.group, [...(groups.get(request.group) ?? []), ...stations]);
  return { connected: stations.length, failed: failures.length, failure: failures[0], elapsedMs };
}

function newStation({ baseUrl, identityPrefix, version, from = 0 }: ConnectRequest, i: number): LoadStation {
  connectionNo += 1;
  const alternating = i % 2 === 0 ? "ocpp1.6" : "ocpp2.0.1";
  return new LoadStation({
    baseUrl,
    identity: `${identityPrefix}${String(from + i).padStart(5, "0")}`,
    version: version === "both" ? alternating : version,
    connectionNo,
  });
}

async function disconnectGroup(name: string): Promise<{ closed: number }> {
  const stations = group(name);
  groups.delete(name);
  await Promise.all(stations.map((station) => station.disconnect()));
  return { closed: stations.length };
}

async function openLoop(request: OpenLoopRequest): Promise<OpenLoopResult> {
  const window = new Window(request.cpuPids);
  const streams = request.streams.map((stream) => ({ ...stream, stations: group(stream.group) }));
  const tallies = await runOpenLoop({ ...request, streams, onWindow: (edge) => window.mark(edge) });
  return { ...window.result(), tallies: tallies.map((tally) => tally.toData()) };
}

async function closedLoop(request: ClosedLoopRequest): Promise<ClosedLoopAnswer> {
  const window = new Window(request.cpuPids);
  const stations = group(request.group);
  const { tally, ...sums } = await runClosedLoop({
    ...request,
    stations,
    onWindow: (edge) => window.mark(edge),
  });
  return { ...window.result(), ...sums, tally: tally.toData() };
}

interface Reading {
  readonly at: number;
  readonly cpuMs: number;
  readonly ownCpuMs: number;
}

/** Reads clocks and CPU times at both ends of the measured window, in the process that knows when they are. */
class Window {
  readonly #pids: readonly number[];
  #start: Reading | undefined;
  #end: Reading | undefined;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
  }

  mark(edge: "start" | "end"): void {
    const own = process.cpuUsage();
    const reading = {
      at: performance.now(),
      cpuMs: this.#pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0),
      ownCpuMs: (own.user + own.system) / 1000,
    };
    if (edge === "start") this.#start = reading;
    else this.#end = reading;
  }

  result() {
    const [start, end] = [this.#start, this.#end];
    if (start === undefined || end === undefined) throw new Error("the measured window has no end");
    return {
      elapsedMs: end.at - start.at,
      startedAt: start.at,
      endedAt: end.at,
      cpuMs: end.cpuMs - start.cpuMs,
      ownCpuMs: end.ownCpuMs - start.ownCpuMs,
    };
  }
}
