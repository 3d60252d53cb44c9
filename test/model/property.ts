/** The one property of the model: whatever happens, once all is well again the CSMS's books say what the stations did. */
import fc from "fast-check";
import { happenings, traits } from "./commands.ts";
import { modelConfig } from "./gateway-node.ts";
import { complaint, ModelWorld } from "./world.ts";

const configOf = (drainPerSec: number, attemptIntervalSec: number) =>
  modelConfig({
    // So many attempts that none is the last: a message put aside is one that an operator has to send.
    spool: { attempts: 1000, attemptIntervalSec, orphanSec: 20, drainPerSec },
    offline: { unknownTokens: "accept" },
  });

export interface ModelRun {
  readonly runs: number;
  readonly seed: number;
  readonly path?: string;
  readonly maxCommands?: number;
  /** False: the first history that fails is good enough. */
  readonly shrinks?: boolean;
  /** Told after each run. */
  readonly onRun?: (world: ModelWorld) => void;
}

/** @throws with the shortest history that was found, when the property does not hold */
export async function checkModel({
  runs,
  seed,
  path,
  maxCommands = 60,
  shrinks = true,
  onRun,
}: ModelRun): Promise<void> {
  const histories = fc.commands([...happenings], { maxCommands, size: "max" });
  const property = fc.asyncProperty(
    fc.array(traits, { minLength: 1, maxLength: 3 }),
    fc.nat({ max: 0x7fff_ffff }),
    fc.constantFrom(0, 8, 60),
    fc.constantFrom(3000, 10),
    fc.constantFrom(1, 8),
    histories,
    async (stations, worldSeed, diskMs, drainPerSec, intervalSec, commands) => {
      const world = await ModelWorld.open({
        config: configOf(drainPerSec, intervalSec),
        seed: worldSeed,
        stations,
        diskMs,
      });
      try {
        for (const station of world.stations) station.connect();
        await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
        const wrong = complaint(await world.settle());
        onRun?.(world);
        if (wrong !== undefined) throw new Error(wrong);
      } finally {
        world.close();
      }
    },
  );
  await fc.assert(property, {
    numRuns: runs,
    seed,
    ...(path === undefined ? {} : { path }),
    endOnFailure: !shrinks,
    includeErrorInReport: true,
  });
}
