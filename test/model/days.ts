/**
 * Brutal days in simulated time: a fleet that charges around the clock while the CSMS is away for hours, links break, clocks jump
 * and the gateway is killed; in the end every watt-hour has to be in the books.
 */
import { seededRandom } from "../support/seeded-random.ts";
import { modelConfig } from "./gateway-node.ts";
import type { StationTraits } from "./model-station.ts";
import { complaint, ModelWorld } from "./world.ts";

export interface DaysOptions {
  readonly days: number;
  readonly stations: number;
  readonly seed: number;
  /** Told once each simulated hour. */
  readonly onHour?: (hour: number, world: ModelWorld) => void;
}

export interface DaysResult {
  readonly days: number;
  readonly stations: number;
  readonly seed: number;
  readonly transactions: number;
  readonly messages: number;
  readonly kills: number;
  readonly faults: number;
  readonly outages: number;
  readonly outage_hours: number;
  readonly lost: number;
  readonly undelivered: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly misattributed: number;
  readonly other_damage: number;
  readonly unanswered_calls: number;
  readonly energy_wh: number;
  readonly energy_diff_wh: number;
  readonly ok: boolean;
  /** Words for what is wrong. */
  readonly findings: string | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CONNECTORS = [1, 2] as const;
const SWEEP_MS = 1_000;

interface Chaos {
  readonly world: ModelWorld;
  readonly random: () => number;
  faults: number;
  outages: number;
  outageMs: number;
  /** Until when the CSMS is away. */
  awayUntil: number;
}

type Fault = (chaos: Chaos) => void | Promise<void>;

export async function brutalDays({ days, stations, seed, onHour }: DaysOptions): Promise<DaysResult> {
  const random = seededRandom(seed);
  const config = modelConfig({
    spool: { attempts: 1000, attemptIntervalSec: 2 },
    offline: { unknownTokens: "accept" },
    backoff: { minSec: 2, maxSec: 60, jitterSec: 5 },
  });
  const traits = Array.from({ length: stations }, (_, i) => traitsOf(i, random));
  const world = await ModelWorld.open({ config, seed, stations: traits, sweepMs: SWEEP_MS });
  const chaos: Chaos = { world, random, faults: 0, outages: 0, outageMs: 0, awayUntil: 0 };
  try {
    for (const [i, station] of world.stations.entries()) {
      station.connect();
      for (const connectorId of CONNECTORS) driveUp(world, i, connectorId, random);
    }
    const end = days * 24 * HOUR_MS;
    for (let hour = 0; world.time.now < end; ) {
      await world.pass(MINUTE_MS * (1 + 4 * random()));
      await pick(FAULTS, random)(chaos);
      chaos.faults += 1;
      if (world.time.now < (hour + 1) * HOUR_MS) continue;
      hour += 1;
      onHour?.(hour, world);
    }
    return await resultOf(chaos, { days, stations, seed });
  } finally {
    world.close();
  }
}

function traitsOf(i: number, random: () => number): StationTraits {
  return {
    version: i % 2 === 0 ? "ocpp1.6" : "ocpp2.0.1",
    repeatIds: random() < 0.5 ? "same" : "fresh",
    ids: random() < 0.5 ? "counter" : "random",
    bootsOnConnect: random() < 0.3,
    callTimeoutMs: pick([8_000, 20_000, 40_000], random),
    readingMs: pick([1, 2, 5], random) * MINUTE_MS,
    clockOffsetMs: random() < 0.1 ? -1_780_000_000_000 : 0,
  };
}

/** Drivers come and go at one connector until the days are over. */
function driveUp(world: ModelWorld, i: number, connectorId: number, random: () => number): void {
  const { time } = world;
  time.after(MINUTE_MS * (5 + 85 * random()), () => {
    world.station(i).plug(connectorId, `TAG-${Math.floor(random() * 50)}`);
    time.after(MINUTE_MS * (8 + 120 * random() ** 2), () => {
      world.station(i).unplug(connectorId);
      driveUp(world, i, connectorId, random);
    });
  });
}

const someStation = ({ world, random }: Chaos) => world.station(Math.floor(random() * world.stations.length));
const someHow = ({ random }: Chaos) => (random() < 0.6 ? "cut" : "silent") as "cut" | "silent";

/** The CSMS is in a bad mood for some minutes. */
const forMinutes = (begin: (chaos: Chaos) => void, end: (chaos: Chaos) => void): Fault => {
  return (chaos) => {
    begin(chaos);
    chaos.world.time.after(MINUTE_MS * (0.5 + 9 * chaos.random()), () => end(chaos));
  };
};

const outage: Fault = (chaos) => {
  const { world, random } = chaos;
  if (world.time.now < chaos.awayUntil) return;
  const hours = random() < 0.3 ? 1 + 4 * random() : 0.2 * random();
  chaos.awayUntil = world.time.now + hours * HOUR_MS;
  chaos.outages += 1;
  chaos.outageMs += hours * HOUR_MS;
  world.csms.reach = random() < 0.7 ? "refused" : "lost";
  world.csms.cut(someHow(chaos));
  world.time.after(hours * HOUR_MS, () => {
    world.csms.reach = "up";
  });
};

const kill: Fault = async ({ world, random }) => {
  await world.kill(Math.floor(random() * 300));
  await world.pass(500 + 20_000 * random());
  await world.restart();
};

const FAULTS: readonly Fault[] = [
  kill,
  kill,
  kill,
  outage,
  (chaos) => someStation(chaos).cut(someHow(chaos)),
  (chaos) => someStation(chaos).redial(),
  (chaos) => someStation(chaos).reboot(),
  (chaos) => someStation(chaos).repeat(),
  (chaos) => someStation(chaos).reportSecurityEvent(),
  (chaos) => {
    const station = someStation(chaos);
    station.disconnect();
    chaos.world.time.after(HOUR_MS * chaos.random() ** 2, () => station.connect());
  },
  (chaos) => {
    for (let n = 0; n < 10; n += 1) someStation(chaos).cut("cut");
  },
  (chaos) => chaos.world.csms.cut(someHow(chaos)),
  (chaos) => chaos.world.csms.cut("cut", someStation(chaos).truth.station),
  (chaos) => chaos.world.csms.remoteStop(someStation(chaos).truth.station),
  (chaos) => chaos.world.csms.forgetBoots(),
  ({ world, random }) => {
    world.csms.errorsLeft = Math.floor(random() * 40);
  },
  ({ world, random }) => {
    const token = `TAG-${Math.floor(random() * 50)}`;
    world.csms.invalid.add(token);
    world.time.after(HOUR_MS, () => world.csms.invalid.delete(token));
  },
  ({ world, random }) => world.stepClock((random() - 0.5) * 2 * HOUR_MS),
  forMinutes(
    ({ world }) => {
      world.csms.mood = "deaf";
    },
    ({ world }) => {
      world.csms.mood = "well";
    },
  ),
  forMinutes(
    ({ world }) => {
      world.csms.mood = "mute";
    },
    ({ world }) => {
      world.csms.mood = "well";
    },
  ),
  forMinutes(
    ({ world, random }) => {
      world.csms.slowMs = 40_000 * random() ** 2;
    },
    ({ world }) => {
      world.csms.slowMs = 0;
    },
  ),
  forMinutes(
    ({ world }) => {
      world.csms.boot = "Pending";
    },
    ({ world }) => {
      world.csms.boot = "Accepted";
    },
  ),
  forMinutes(
    ({ world, random }) => {
      world.latencyMs = 2_000 * random() ** 2;
    },
    ({ world }) => {
      world.latencyMs = 5;
    },
  ),
];

async function resultOf(
  { world, faults, outages, outageMs }: Chaos,
  options: Pick<DaysResult, "days" | "stations" | "seed">,
): Promise<DaysResult> {
  const verdict = await world.settle();
  const { counts, transactions, messages, energyDiffWh } = verdict.comparison;
  const { lost, undelivered, duplicated, reordered, misattributed, altered, respelled, invented, misdirected } = counts;
  const all = world.stations.flatMap(({ truth }) => truth.transactions);
  const findings = complaint(verdict);
  return {
    ...options,
    transactions,
    messages,
    kills: world.kills,
    faults,
    outages,
    outage_hours: Math.round((outageMs / HOUR_MS) * 10) / 10,
    lost,
    undelivered,
    duplicated,
    reordered,
    misattributed,
    other_damage: altered + respelled + invented + misdirected,
    unanswered_calls: verdict.faults.filter((text) => text.includes("unanswered")).length,
    energy_wh: all.reduce(
      (sum, { meterStartWh, meterStopWh }) => sum + (meterStopWh ?? meterStartWh) - meterStartWh,
      0,
    ),
    energy_diff_wh: energyDiffWh,
    ok: findings === undefined,
    findings,
  };
}

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;
