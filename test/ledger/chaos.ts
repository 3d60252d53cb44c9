/**
 * Kills and faults in random order, under load. Many kills fall into an outage, some into the start; many faults overlap with
 * the recovery from the one before.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Comparison } from "../support/compare-ledgers.ts";
import { FAULTS, type Fault, OUTAGES } from "./fault-menu.ts";
import type { VerifyOptions } from "./options.ts";
import { openRig, type Rig, settle } from "./rig.ts";

const MAX_RETIRED = 3;
const PROGRESS_EVERY = 10;

export interface ChaosResult {
  readonly comparison: Comparison;
  readonly kills: number;
  readonly faults: number;
  readonly crashes: number;
  readonly recoveryMs: { readonly median: number; readonly worst: number };
  readonly happened: Readonly<Record<string, number>>;
  readonly complaints: readonly string[];
}

export async function chaos(options: VerifyOptions, say: (text: string) => void): Promise<ChaosResult> {
  const rig = await openRig(options);
  const happened: Record<string, number> = {};
  try {
    await rig.gateway.start();
    for (const station of rig.stations) station.start();
    await pause(1500);
    const rounds = shuffled(options, rig.random);
    for (const [i, round] of rounds.entries()) {
      const name = round === "kill" ? await killRound(rig) : await faultRound(rig);
      happened[name] = (happened[name] ?? 0) + 1;
      if (!rig.gateway.isUp) await rig.gateway.start();
      sideEvents(rig);
      if ((i + 1) % PROGRESS_EVERY === 0)
        say(`${i + 1}/${rounds.length} rounds, ${rig.csms.books.accepted} messages accepted`);
    }
    say("settling");
    const comparison = await settle(rig);
    const sorted = rig.gateway.readyMs.toSorted((a, b) => a - b);
    return {
      comparison,
      kills: options.kills,
      faults: options.faults,
      crashes: rig.gateway.crashes,
      recoveryMs: { median: Math.round(sorted[sorted.length >> 1] ?? 0), worst: Math.round(sorted.at(-1) ?? 0) },
      happened,
      complaints: rig.gateway.complaints,
    };
  } finally {
    await rig.close();
  }
}

async function killRound(rig: Rig): Promise<string> {
  const { random, gateway } = rig;
  const outage = random() < 0.5 ? OUTAGES[Math.floor(random() * OUTAGES.length)] : undefined;
  outage?.begin(rig);
  await pause(50 + random() * 1000);
  // Sometimes the world is well again just before, so that the kill falls into the drain.
  if (random() < 0.3) rig.heal();
  await pause(random() * 150);
  await gateway.kill();
  if (random() < 0.2) await gateway.startAndKill(50 + random() * 600);
  retireOne(rig);
  await pause(random() * 200);
  await gateway.start();
  rig.heal();
  return outage === undefined ? "kill" : `kill, ${outage.name}`;
}

async function faultRound(rig: Rig): Promise<string> {
  const { random } = rig;
  const fault = FAULTS[Math.floor(random() * FAULTS.length)] as Fault;
  await pause(random() * 400);
  fault.begin(rig);
  await pause(fault.isMoment === true ? random() * 400 : 200 + random() * 1800);
  rig.heal();
  return fault.name;
}

function sideEvents({ random, csms, stations }: Rig): void {
  const station = stations[Math.floor(random() * stations.length)];
  if (random() < 0.3) station?.reportSecurityEvent();
  if (random() > 0.4 || station === undefined) return;
  const running = station.truth.transactions.find(({ endedAt }) => endedAt === undefined);
  const id = running && csms.books.idOf(station.truth.station, running.meterStartWh);
  if (id !== undefined) void csms.remoteStop(station.truth.station, id);
}

/** Somebody leaves for good while the gateway is dead: what it has of him must arrive all the same. */
function retireOne({ stations, random }: Rig): void {
  const retired = stations.filter(({ truth }) => truth.retired).length;
  if (retired < MAX_RETIRED && random() < 0.1) stations[stations.length - 1 - retired]?.retire();
}

function shuffled({ kills, faults }: VerifyOptions, random: () => number): readonly ("kill" | "fault")[] {
  const rounds = Array.from({ length: kills + faults }, (_, i) => (i < kills ? ("kill" as const) : ("fault" as const)));
  for (let i = rounds.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [rounds[i], rounds[j]] = [rounds[j] as "kill", rounds[i] as "kill"];
  }
  return rounds;
}
