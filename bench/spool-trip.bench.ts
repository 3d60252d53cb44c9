/**
 * What does the spool cost for each meter message inside the gateway, without sockets, with a real LMDB? As many stations as one turn
 * of the event loop brings send one message each; the next ones come when the frames have left for the CSMS and were answered. The
 * baseline in the same run is the same without a spool. Main thread and whole process apart: LMDB commits in a thread of its own.
 *
 *     npm run build && node --import tsx bench/spool-trip.bench.ts [trips] [spool|plain]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { argv, cpuUsage } from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import type { StationConnection } from "../src/actors/station-connection.ts";
import { countAt, FIRST_SEQ_NO, type LoadVersion, loadMessage } from "./load/messages.ts";
import { openTripRig, type TripRig } from "./trip-rig.ts";

const STATIONS = 200;
/** Stations whose messages come in one turn. */
const PER_TURN = 20;
const ROUNDS = 5;
const TRIPS = Number(argv[2] ?? 20_000);
const ONLY = argv[3];
/** A message that no event brings on is not coming. */
const TURNS_AT_MOST = 1_000_000;

const timestamp = new Date().toISOString();
let sequence = FIRST_SEQ_NO;

/** A frame that differs from all before it in its id and its count. */
function callOf(version: LoadVersion, id: number): Buffer {
  const { action, payload } = loadMessage(version, "meter", {
    idTag: "TAG",
    transactionId: version === "ocpp1.6" ? 1 : "1",
    timestamp,
  });
  const bytes = Buffer.from(JSON.stringify([2, String(id), action, payload]));
  sequence += 1;
  bytes.write(String(sequence), countAt(bytes, action), "latin1");
  return bytes;
}

interface Rate {
  readonly mainNs: number;
  readonly processNs: number;
  readonly wallNs: number;
}

async function measure(rig: TripRig, connections: readonly StationConnection[], version: LoadVersion): Promise<Rate> {
  const { lanes, counters } = rig;
  const calls = Array.from({ length: TRIPS }, (_, i) => callOf(version, 1_000_000 + i));
  const answers = calls.map((_, i) => Buffer.from(`[3,"${1_000_000 + i}",{}]`));
  const cpu = cpuUsage();
  const loop = performance.eventLoopUtilization();
  const start = performance.now();
  for (let i = 0; i < TRIPS; i += PER_TURN) {
    const group = Array.from({ length: Math.min(PER_TURN, TRIPS - i) }, (_, k) => ({
      connection: connections[(i + k) % STATIONS] as StationConnection,
      no: i + k,
    }));
    const wanted = counters.framesNorthOut + group.length;
    for (const { connection, no } of group) lanes.push({ connection, from: "south", bytes: calls[no] as Buffer });
    for (let n = 0; counters.framesNorthOut < wanted && n < TURNS_AT_MOST; n += 1) await until(counters, wanted);
    for (const { connection, no } of group) lanes.push({ connection, from: "north", bytes: answers[no] as Buffer });
    await turn();
  }
  const wall = performance.now() - start;
  const { user, system } = cpuUsage(cpu);
  const { active } = performance.eventLoopUtilization(loop);
  return {
    mainNs: Math.round((active * 1e6) / TRIPS),
    processNs: Math.round(((user + system) * 1e3) / TRIPS),
    wallNs: Math.round((wall * 1e6) / TRIPS),
  };
}

/** Lets the event loop sleep until something happened, so that waiting is not counted as work. */
async function until(counters: TripRig["counters"], wanted: number): Promise<void> {
  const keepAwake = setTimeout(() => undefined, 1000);
  await turn();
  if (counters.framesNorthOut < wanted) await new Promise((resolve) => setTimeout(resolve, 1));
  clearTimeout(keepAwake);
}

const directory = mkdtempSync(join(tmpdir(), "twinlane-trip-"));
try {
  for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
    const plain = ONLY === "spool" ? undefined : await openTripRig();
    const spooled = ONLY === "plain" ? undefined : await openTripRig(join(directory, version));
    const stations = (rig: TripRig) => Array.from({ length: STATIONS }, (_, i) => rig.connect(i + 1, version));
    const rigs = [plain, spooled].flatMap((rig) => (rig === undefined ? [] : [{ rig, stations: stations(rig) }]));
    const results: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { rig, stations: connections } of rigs) {
        const { mainNs, processNs, wallNs } = await measure(rig, connections, version);
        results.push(`${rig.spool === undefined ? "plain" : "spool"} ${mainNs} / ${processNs} / ${wallNs}`);
      }
    }
    console.log(`${version}, ns a message, main thread / process / wall:\n  ${results.join("\n  ")}`);
    for (const { rig } of rigs) {
      const { spoolTaken, schemaViolations, retriesAnsweredFromMemory } = rig.counters;
      console.log(`  taken ${spoolTaken}, violations ${schemaViolations}, memory ${retriesAnsweredFromMemory}`);
      await rig.close();
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
