/**
 * Everything that a proof needs, joined:
 *
 *     stations ─▶ faulty network (south) ─▶ gateway process ─▶ faulty network (north) ─▶ CSMS with its own books
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Comparison, compareLedgers } from "../support/compare-ledgers.ts";
import { type FaultyLink, FaultyNetwork } from "../support/faulty-network.ts";
import { LedgerCsms } from "../support/ledger-csms.ts";
import type { LedgerStation } from "../support/ledger-station.ts";
import { ledgerFleet } from "../support/ledger-stations.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { tempDir } from "../support/temp-dir.ts";
import { compareTranslatedLedgers } from "../support/translated-ledgers.ts";
import { LedgerGateway } from "./gateway.ts";

/** Stations of somebody else's client. */
const OCPP_RPC_STATIONS = 4;
const SETTLE_MS = 120_000;
/** Nothing new for so long: nothing will come any more. */
const QUIET_MS = 15_000;

export interface Rig {
  readonly csms: LedgerCsms;
  readonly gateway: LedgerGateway;
  readonly stations: readonly LedgerStation[];
  readonly networks: { readonly south: FaultyNetwork; readonly north: FaultyNetwork };
  readonly south: FaultyLink;
  readonly north: FaultyLink;
  readonly random: () => number;
  /** Everything works again, as far as the world outside the gateway goes. */
  heal(): void;
  compare(): Comparison;
  close(): Promise<void>;
}

export async function openRig({
  stations: count,
  seed,
  translated,
}: {
  readonly stations: number;
  readonly seed: number;
  readonly translated: boolean;
}): Promise<Rig> {
  const directory = tempDir();
  const csms = await LedgerCsms.listen();
  const networks = { south: new FaultyNetwork(), north: new FaultyNetwork() };
  const north = await networks.north.link(csms.port);
  const port = await freePort();
  const south = await networks.south.link(port);
  const csmsUrl = `ws://127.0.0.1:${north.port}/csms`;
  const config = translated ? { csms: { url: csmsUrl, speaks: "ocpp2.0.1" } } : {};
  const gateway = new LedgerGateway({ directory, port, csmsUrl, config });
  const stations = ledgerFleet({
    url: `ws://127.0.0.1:${south.port}`,
    count,
    ocppRpc: Math.min(OCPP_RPC_STATIONS, Math.floor(count / 4)),
    seed,
    ...(translated && { customise: (options) => ({ ...options, version: "ocpp1.6" }) }),
  });
  const compareBooks = translated ? compareTranslatedLedgers : compareLedgers;
  const heal = () => {
    csms.set({});
    for (const network of Object.values(networks)) {
      network.set({});
      network.throttle(undefined);
      network.delayMs = 0;
    }
  };
  return {
    csms,
    gateway,
    stations,
    networks,
    south,
    north,
    random: seededRandom(seed),
    heal,
    compare: () =>
      compareBooks(
        stations.map(({ truth }) => truth),
        csms.books,
      ),
    close: async () => {
      for (const station of stations) station.stop();
      await gateway.kill();
      await Promise.all([networks.south.close(), networks.north.close()]);
      await csms.close();
    },
  };
}

/** Ends the transactions and waits until everything has arrived, or until nothing comes any more. */
export async function settle(rig: Rig): Promise<Comparison> {
  const { stations, csms, gateway } = rig;
  rig.heal();
  if (!gateway.isUp) await gateway.start();
  await Promise.all(stations.map((station) => station.finish()));
  const endsAt = performance.now() + SETTLE_MS;
  let progressAt = performance.now();
  let seen = -1;
  for (;;) {
    const isHeld = stations.some(({ outbox, truth }) => outbox.size > 0 && !truth.retired);
    const progress = csms.books.accepted;
    if (progress !== seen) progressAt = performance.now();
    seen = progress;
    if (!isHeld) {
      const comparison = rig.compare();
      if (comparison.counts.lost === 0 || performance.now() - progressAt > QUIET_MS) return comparison;
    }
    if (performance.now() > endsAt) return rig.compare();
    await pause(isHeld ? 200 : 1000);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  server.close();
  await once(server, "close");
  return address.port;
}
