/**
 * kill -9 at every write of the store: at its first write after the start, then at the second, and so on, by turns before a page
 * is written and before it is made durable. `strace` does it from outside, so that the product needs no hook for it.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Comparison } from "../support/compare-ledgers.ts";
import type { DeathAtWrite } from "./gateway.ts";
import type { VerifyOptions } from "./options.ts";
import { openRig, type Rig, settle } from "./rig.ts";

/** A gateway under load writes all the time; one that has not died by then made fewer writes than that. */
const DIES_WITHIN_MS = 10_000;
const BETWEEN_MS = 300;

export interface EveryWriteResult {
  readonly comparison: Comparison;
  readonly kills: number;
  /** Lives in which the nth write never came. */
  readonly survived: number;
  readonly complaints: readonly string[];
}

export async function everyWrite(options: VerifyOptions, say: (text: string) => void): Promise<EveryWriteResult> {
  const rig = await openRig(options);
  let kills = 0;
  let survived = 0;
  try {
    await rig.gateway.start();
    for (const station of rig.stations) station.start();
    await pause(1000);
    await rig.gateway.kill();
    for (let life = 1; life <= options.writes; life += 1) {
      if (await dieAt(rig, life)) kills += 1;
      else survived += 1;
      if (life % 10 === 0) say(`${life}/${options.writes} writes, ${rig.csms.books.accepted} messages accepted`);
    }
    say("settling");
    return { comparison: await settle(rig), kills, survived, complaints: rig.gateway.complaints };
  } finally {
    await rig.close();
  }
}

async function dieAt(rig: Rig, life: number): Promise<boolean> {
  // Every other life begins without a CSMS, so that answers are the gateway's own and depend on the write.
  if (life % 2 === 0) rig.north.set({ refusing: true });
  await rig.gateway.start(deathOf(life));
  if (life % 4 === 0) rig.north.set({});
  const died = await rig.gateway.dies(DIES_WITHIN_MS);
  if (!died) await rig.gateway.kill();
  rig.heal();
  await pause(BETWEEN_MS * rig.random());
  return died;
}

/** Two writes of pages for one that makes them durable, as LMDB does it: each of both comes, from the first. */
function deathOf(life: number): DeathAtWrite {
  if (life % 3 === 0) return { call: "fdatasync", nth: life / 3 };
  return { call: "pwrite64", nth: 2 * Math.floor(life / 3) + (life % 3) };
}
