/**
 * Where station snapshots are kept: in LMDB, or, where that cannot be opened (read-only or full disk), in memory. The value lane does
 * not depend on them, so a gateway without them serves its stations, and says that a restart will not know them.
 */
import type { Counters } from "../domain/counters.ts";
import type { SnapshotStore } from "../ports.ts";
import type { GatewayBus } from "./gateway-bus.ts";
import { openSnapshotStore, type SnapshotStoreOptions } from "./snapshot-store.actor.ts";

export interface StateStoreOptions extends SnapshotStoreOptions {
  readonly counters: Counters;
  readonly bus: GatewayBus;
}

export function openStateStore(options: StateStoreOptions): SnapshotStore {
  const { logger, counters, bus } = options;
  try {
    return openSnapshotStore(options);
  } catch (error) {
    const reason = error instanceof Error ? `${error.message}: ${String(error.cause ?? "")}` : String(error);
    counters.stateStoreUnavailableNow = 1;
    logger.error({ code: "ERR_STORE", reason }, "state store unavailable; station states are kept in memory only");
    bus.emit("state.unavailable", { reason });
    return memorySnapshots();
  }
}

function memorySnapshots(): SnapshotStore {
  const records = new Map<string, string>();
  return {
    *readAll() {
      for (const [key, record] of records) yield { key, record };
    },
    read: (key) => records.get(key),
    write: async (key, record) => {
      records.set(key, record);
    },
    remove: async (key) => {
      records.delete(key);
    },
    close: () => Promise.resolve(),
  };
}
