/**
 * The CSMS is away while stations charge: what that costs in memory, how fast and in what order everything arrives afterwards,
 * and whether a driver at another station notices. The CSMS is a process of its own; nothing lies between the parts.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Comparison, compareLedgers } from "../support/compare-ledgers.ts";
import type { LedgerStation } from "../support/ledger-station.ts";
import { ledgerFleet } from "../support/ledger-stations.ts";
import { messagesOf } from "../support/ledger-truth.ts";
import { tempDir } from "../support/temp-dir.ts";
import { LedgerGateway } from "./gateway.ts";
import type { VerifyOptions } from "./options.ts";
import { RemoteCsms } from "./remote-csms.ts";
import { percentile } from "./report.ts";
import { freePort } from "./rig.ts";

/** Stations that do nothing but authorise: their cards are live traffic, whatever waits for the others. */
const PROBES = 30;
const PROBE_EVERY_MS = 250;
const QUIET_SEC = 15;
/** Every station makes a reading this often. A station of the field does so once a minute: a minute here is an hour's worth. */
const THINK_MS = 1000;
/** Messages on their way at any time, drain or no drain. */
const UNDER_WAY = 20;
const DRAIN_LIMIT_MS = 120_000;
const POLL_MS = 50;

export interface OutageResult {
  readonly comparison: Comparison;
  readonly outageSec: number;
  /** Transaction messages that were answered while the CSMS was away. */
  readonly answeredAway: number;
  readonly madeAway: number;
  readonly stationsConnectedAway: number;
  readonly drainSec: number;
  readonly drained: number;
  readonly drainPerSec: number;
  /** By the instant at which the card was shown. */
  readonly authorizeMs: Readonly<Record<Phase, AuthorizeFigures>>;
  readonly rssMb: { readonly before: number; readonly middle: number; readonly end: number; readonly after: number };
  readonly complaints: readonly string[];
}

type Phase = "quiet" | "away" | "drain";

interface Window {
  readonly from: number;
  readonly to: number;
}

interface AuthorizeFigures {
  readonly p50: number;
  readonly p99: number;
  readonly answered: number;
  readonly unanswered: number;
}

export async function outage(options: VerifyOptions, say: (text: string) => void): Promise<OutageResult> {
  const csms = await RemoteCsms.start();
  const directory = tempDir();
  const port = await freePort();
  const config = {
    limits: { connectionsPerAddress: 0, connectRatePerAddress: 0 },
    backoff: { minSec: 0.2, maxSec: 1, jitterSec: 0.2 },
  };
  const gateway = new LedgerGateway({ directory, port, csmsUrl: `ws://127.0.0.1:${csms.port}/csms`, config });
  const url = `ws://127.0.0.1:${port}`;
  const patient = { callTimeoutMs: 30_000, pingMs: 10_000 };
  const charging = ledgerFleet({
    url,
    count: options.stations,
    seed: options.seed,
    times: { thinkMs: THINK_MS, idleMs: 3_000, ...patient },
    customise: (station) => ({ ...station, connectors: 1, readings: undefined }),
  });
  const probes = ledgerFleet({
    url,
    count: PROBES,
    seed: options.seed + 1,
    times: patient,
    customise: (station, i) => ({ ...station, identity: `PROBE-${i}`, connectors: 0 }),
  });
  const fleet = [...charging, ...probes];
  let isOver = false;
  try {
    await gateway.start();
    for (const station of fleet) {
      station.start();
      await pause(5);
    }
    await pause(6_000);
    const probing = Promise.all(probes.map((probe, i) => authorizeNowAndThen(probe, i, () => isOver)));
    const windows = new Map<Phase, Window>();
    const measure = async (phase: Phase, work: () => Promise<unknown>) => {
      const from = performance.now();
      await work();
      windows.set(phase, { from, to: performance.now() });
      say(`${phase} ${Math.round(performance.now() - from)} ms`);
    };
    await measure("quiet", () => pause(QUIET_SEC * 1000));
    const before = await gateway.settledRssBytes();
    const awayFrom = Date.now();
    await csms.order("down");
    let middle = 0;
    const awaySec = options.outageSec ?? 0;
    await measure("away", async () => {
      await watchMemory(gateway, awaySec / 2, say);
      middle = await gateway.settledRssBytes();
      await watchMemory(gateway, awaySec / 2, say);
    });
    const end = await gateway.settledRssBytes();
    const stationsConnectedAway = charging.filter(({ isOnline }) => isOnline).length;
    const made = charging.flatMap(({ truth }) => messagesOf(truth)).filter(({ madeAt }) => madeAt >= awayFrom);
    const answeredAway = made.filter(({ ackedAt }) => ackedAt !== undefined).length;
    let drain = { drained: 0, drainSec: Number.NaN };
    await measure("drain", async () => {
      drain = await watchDrain(csms, charging);
    });
    isOver = true;
    await probing;
    await Promise.all(charging.map((station) => station.finish()));
    await watchDrain(csms, charging, 0);
    await pause(1000);
    const after = await gateway.settledRssBytes();
    const books = await csms.books(join(directory, "books.json"));
    const mb = (bytes: number) => Math.round(bytes / 1e5) / 10;
    return {
      comparison: compareLedgers(
        fleet.map(({ truth }) => truth),
        books,
      ),
      outageSec: awaySec,
      answeredAway,
      madeAway: made.length,
      stationsConnectedAway,
      ...drain,
      drainPerSec: Math.round(drain.drained / drain.drainSec),
      authorizeMs: {
        quiet: authorizeFigures(probes, windows.get("quiet")),
        away: authorizeFigures(probes, windows.get("away")),
        drain: authorizeFigures(probes, windows.get("drain")),
      },
      rssMb: { before: mb(before), middle: mb(middle), end: mb(end), after: mb(after) },
      complaints: gateway.complaints,
    };
  } finally {
    isOver = true;
    for (const station of fleet) station.stop();
    await gateway.kill();
    await csms.stop();
  }
}

/** At fixed instants, whether or not the one before was answered in time: a gateway that stalls pays for each. */
async function authorizeNowAndThen(probe: LedgerStation, i: number, isOver: () => boolean): Promise<void> {
  let dueAt = performance.now() + (PROBE_EVERY_MS * i) / PROBES;
  while (!isOver()) {
    await pause(Math.max(0, dueAt - performance.now()));
    await probe.authorize("TAG-1", dueAt);
    dueAt = Math.max(dueAt + PROBE_EVERY_MS, performance.now());
  }
}

function authorizeFigures(probes: readonly LedgerStation[], window: Window | undefined): AuthorizeFigures {
  const { from, to } = window ?? { from: 0, to: 0 };
  const shown = probes.flatMap(({ authorizations }) => authorizations).filter(({ at }) => at >= from && at < to);
  const answered = shown.flatMap(({ ms }) => ms ?? []);
  const round = (ms: number) => Math.round(ms * 100) / 100;
  return {
    p50: round(percentile(answered, 50)),
    p99: round(percentile(answered, 99)),
    answered: answered.length,
    unanswered: shown.length - answered.length,
  };
}

async function watchMemory(gateway: LedgerGateway, seconds: number, say: (text: string) => void): Promise<void> {
  const endsAt = performance.now() + seconds * 1000;
  while (performance.now() < endsAt) {
    await pause(Math.min(5000, Math.max(1, endsAt - performance.now())));
    say(`resident ${(gateway.rssBytes() / 1e6).toFixed(1)} MB`);
  }
}

/** Brings the CSMS back and waits until it has all but what is under way; counts from its first new message. */
async function watchDrain(csms: RemoteCsms, stations: readonly LedgerStation[], underWay = UNDER_WAY) {
  const made = () => stations.reduce((sum, { truth }) => sum + messagesOf(truth).length, 0);
  const isUp = underWay === 0;
  const { accepted: start } = await csms.order(isUp ? "tally" : "up");
  const limit = performance.now() + (isUp ? DRAIN_LIMIT_MS / 4 : DRAIN_LIMIT_MS);
  let firstAt: number | undefined;
  for (;;) {
    const { accepted } = await csms.order("tally");
    const now = performance.now();
    if (accepted > start) firstAt ??= now;
    if (made() - accepted <= underWay || now > limit) {
      return { drained: accepted - start, drainSec: Math.round(now - (firstAt ?? now)) / 1000 };
    }
    await pause(POLL_MS);
  }
}
