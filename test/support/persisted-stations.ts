/** A state directory with stations in it, as a gateway that has served them leaves it. */
import { createActor, fromCallback } from "xstate";
import { silentLogger } from "../../src/actors/silent-logger.ts";
import { wrapSnapshot } from "../../src/actors/snapshot-envelope.ts";
import { openSnapshotStore } from "../../src/actors/snapshot-store.actor.ts";
import { hostKey } from "../../src/actors/station-host.ts";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import { stationMachine } from "../../src/machines/station.machine.ts";
import type { SnapshotStore } from "../../src/ports.ts";

const machine = stationMachine.provide({ actors: { deadline: fromCallback(() => undefined) } });

/** Identity of station number `i` of {@link persistStations}. */
export const persistedIdentity = (i: number): string => `PERSIST-${String(i).padStart(5, "0")}`;

export const persistedVersion = (i: number): OcppVersion => (i % 2 === 0 ? "ocpp1.6" : "ocpp2.0.1");

export const persistedKey = (i: number): string => hostKey(stationId(persistedIdentity(i)), persistedVersion(i));

/** Writes `count` stations, accepted and connected when they were last seen, some of them charging under a profile. */
export async function persistStations(dataDir: string, count: number): Promise<void> {
  await withStore(dataDir, async (store) => {
    const writes: Promise<void>[] = [];
    for (let i = 0; i < count; i += 1) writes.push(store.write(persistedKey(i), persistedRecord(i)));
    await Promise.all(writes);
  });
}

/** Opens the store of a directory that no gateway has open. */
export async function withStore<T>(dataDir: string, use: (store: SnapshotStore) => Promise<T>): Promise<T> {
  const store = openSnapshotStore({ dataDir, logger: silentLogger, now: Date.now });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

export function persistedRecord(i: number): string {
  const [id, version, at] = [stationId(persistedIdentity(i)), persistedVersion(i), epochMs(Date.now() - 60_000)];
  const actor = createActor(machine, { input: { stationId: id, version, at } }).start();
  actor.send({ type: "session.opened", connection: i + 1, securityProfile: 1, certificate: {}, at });
  actor.send({ type: "link.changed", connection: i + 1, state: "up", at });
  actor.send({ type: "boot.answered", status: "Accepted", intervalSec: 300, at });
  for (const evseId of [1, 2]) {
    const status = i % 3 === 0 && evseId === 1 ? "Charging" : "Available";
    actor.send({ type: "connector.status", evseId, connectorId: 1, status, errorCode: "NoError", at });
  }
  if (i % 3 === 0) {
    const transactionId = String(100_000 + i);
    actor.send({ type: "transaction.started", transactionId, evseId: 1, at });
    actor.send({ type: "profile.installed", profile: profile(i, transactionId), at });
  }
  const record = wrapSnapshot(id, version, actor.getPersistedSnapshot());
  actor.stop();
  return record;
}

function profile(id: number, transactionId: string) {
  const period = (startPeriod: number, limit: number) => ({ startPeriod, limit, numberPhases: 3 });
  return {
    id,
    evseId: 1,
    stackLevel: 1,
    purpose: "TxProfile",
    transactionId,
    profile: {
      chargingProfileId: id,
      stackLevel: 1,
      chargingProfilePurpose: "TxProfile",
      chargingProfileKind: "Absolute",
      chargingSchedule: {
        chargingRateUnit: "A",
        startSchedule: "2026-06-01T08:00:00Z",
        chargingSchedulePeriod: [period(0, 16), period(1800, 10), period(3600, 32), period(7200, 6)],
      },
    },
  };
}
