/**
 * What the rules that ship cost: CPU of a whole gateway for each relayed round trip, with them and without, two processes side by side
 * and loaded in turns by the same stations' messages.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WebSocket } from "ws";
import { cpuMsOf } from "../../bench/cpu.ts";
import { loadMessage } from "../../bench/load/messages.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { PlainCsms } from "../support/plain-csms.ts";
import { tempDir } from "../support/temp-dir.ts";
import { dial } from "../support/ws-peer.ts";

export interface CpuRatio {
  readonly ok: boolean;
  /** Microseconds of CPU for a round trip. */
  readonly with_us: number;
  readonly without_us: number;
  readonly ratio: number;
  readonly trips: number;
  readonly findings: number;
}

const STATIONS = 20;
const ROUNDS = 12;
const TRIPS = 3_000;
/** The load sends in a second what a station sends in a day; that is not to be measured. */
const QUIET = { stationCallsPer10Sec: 100_000, burst: 100_000 };
const GOAL = 1.1;

interface Subject {
  readonly daemon: Daemon;
  readonly stations: readonly WebSocket[];
}

export async function measureCpuRatio(): Promise<CpuRatio> {
  await using csms = await PlainCsms.listen();
  const subjects = [await open(csms.url, QUIET), await open(csms.url, { enabled: false })] as const;
  const totals: [number, number] = [0, 0];
  try {
    for (const subject of subjects) await load(subject, TRIPS);
    for (let round = 0; round < ROUNDS; round += 1) {
      // Each goes first as often as the other.
      for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
        totals[which] += await load(subjects[which], TRIPS);
    }
    const findings = subjects[0].daemon
      .lines()
      .filter(({ msg }) => msg === "security event" || msg === "firewall finding").length;
    const trips = ROUNDS * TRIPS;
    const [ruled, bare] = totals.map((ms) => (ms * 1000) / trips) as [number, number];
    const ratio = Math.round((ruled / bare) * 1000) / 1000;
    return {
      ok: ratio <= GOAL && findings === 0,
      with_us: round1(ruled),
      without_us: round1(bare),
      ratio,
      trips,
      findings,
    };
  } finally {
    for (const { daemon, stations } of subjects) {
      for (const station of stations) station.terminate();
      daemon.kill("SIGTERM");
      await daemon.exit;
    }
  }
}

const round1 = (us: number): number => Math.round(us * 10) / 10;

async function open(csmsUrl: string, firewall: object): Promise<Subject> {
  const dir = mkdtempSync(join(tempDir(), "cpu-"));
  const file = join(dir, "twinlane.json");
  const config = {
    dataDir: join(dir, "data"),
    listen: { port: 0 },
    csms: { url: csmsUrl },
    admin: false,
    shutdownSec: 1,
    firewall,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const daemon = startDaemon(["run", "-c", file]);
  const { urls } = await daemon.logged("ready");
  const stations: WebSocket[] = [];
  for (let i = 0; i < STATIONS; i += 1) {
    const peer = await dial(`${String(urls).split(" ")[0]}/CP${i}`, ["ocpp1.6"]);
    await peer.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
    await peer.ask("StartTransaction", {
      connectorId: 1,
      idTag: "TAG",
      meterStart: 0,
      timestamp: new Date().toISOString(),
    });
    peer.ws.removeAllListeners("message");
    stations.push(peer.ws);
  }
  return { daemon, stations };
}

/** @returns milliseconds of CPU that the gateway took for so many round trips */
async function load({ daemon, stations }: Subject, trips: number): Promise<number> {
  const before = cpuMsOf(daemon.process.pid ?? 0);
  await Promise.all(stations.map((station) => talk(station, trips / STATIONS)));
  return cpuMsOf(daemon.process.pid ?? 0) - before;
}

let lastId = 0;

/** One call after the other: meter values mostly, as stations do. */
function talk(station: WebSocket, calls: number): Promise<void> {
  const kinds = ["meter", "meter", "heartbeat", "status", "authorize"] as const;
  return new Promise((resolve) => {
    let left = calls;
    const next = () => {
      if (left === 0) {
        station.removeListener("message", next);
        resolve();
        return;
      }
      left -= 1;
      lastId += 1;
      const values = {
        idTag: "TAG",
        transactionId: 1,
        timestamp: new Date(Date.now() + (lastId % 1000)).toISOString(),
      };
      const { action, payload } = loadMessage("ocpp1.6", kinds[lastId % kinds.length] ?? "meter", values);
      station.send(JSON.stringify([2, `m${lastId}`, action, payload]));
    };
    station.on("message", next);
    next();
  });
}
