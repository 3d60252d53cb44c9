/** What can happen to the model's world, as commands that fast-check makes up, runs, and shrinks. */
import fc from "fast-check";
import type { StationTraits } from "./model-station.ts";
import type { ModelWorld } from "./world.ts";

type Model = Record<string, never>;
export type WorldCommand = fc.AsyncCommand<Model, ModelWorld>;

/** One thing that happens, then a moment. */
class Happening implements WorldCommand {
  readonly #name: string;
  readonly #happen: (world: ModelWorld) => void | Promise<void>;

  constructor(name: string, happen: (world: ModelWorld) => void | Promise<void>) {
    this.#name = name;
    this.#happen = happen;
  }

  check(): boolean {
    return true;
  }

  async run(_model: Model, world: ModelWorld): Promise<void> {
    await this.#happen(world);
  }

  toString(): string {
    return this.#name;
  }
}

type Arbitraries = readonly fc.Arbitrary<unknown>[];
type Values<A extends Arbitraries> = { [I in keyof A]: A[I] extends fc.Arbitrary<infer T> ? T : never };

/** A command with arguments, which its name shows. */
function happening<A extends Arbitraries>(
  name: string,
  args: readonly [...A],
  happen: (world: ModelWorld, ...values: Values<A>) => void | Promise<void>,
): fc.Arbitrary<WorldCommand> {
  return fc.tuple(...args).map((values) => {
    const text = `${name}(${values.map((value) => JSON.stringify(value)).join(", ")})`;
    return new Happening(text, (world) => happen(world, ...(values as unknown as Values<A>)));
  });
}

const station = fc.nat({ max: 2 });
const connector = fc.constantFrom(1, 2);
const token = fc.constantFrom("TAG-1", "TAG-2", "TAG-3");
const how = fc.constantFrom("cut" as const, "silent" as const);
const turns = fc.nat({ max: 60 });
const timeMs = fc.constantFrom(1, 20, 300, 2_000, 5_000, 11_000, 32_000, 70_000);

const pass = happening("pass", [timeMs], (world, ms) => world.pass(ms));
const plug = happening("plug", [station, connector, token], (world, i, id, tag) => world.station(i).plug(id, tag));
const kill = happening("kill", [turns], (world, count) => world.kill(count));
const restart = happening("restart", [], (world) => world.restart());

const stationCommands: readonly fc.Arbitrary<WorldCommand>[] = [
  happening("connect", [station], (world, i) => world.station(i).connect()),
  happening("disconnect", [station], (world, i) => world.station(i).disconnect()),
  happening("cutSouth", [station, how], (world, i, kind) => world.station(i).cut(kind)),
  happening("redial", [station], (world, i) => world.station(i).redial()),
  happening("reboot", [station], (world, i) => world.station(i).reboot()),
  plug,
  happening("read", [station, connector], (world, i, id) => world.station(i).read(id)),
  happening("unplug", [station, connector], (world, i, id) => world.station(i).unplug(id)),
  happening("repeat", [station], (world, i) => world.station(i).repeat()),
  happening("securityEvent", [station], (world, i) => world.station(i).reportSecurityEvent()),
  happening("bulk", [station], (world, i) => world.station(i).sendBulk()),
  happening("heartbeat", [station], (world, i) => world.station(i).heartbeat()),
];

const northCommands: readonly fc.Arbitrary<WorldCommand>[] = [
  happening("csmsDown", [fc.constantFrom("refused" as const, "lost" as const), how], (world, reach, kind) => {
    world.csms.reach = reach;
    world.csms.cut(kind);
  }),
  happening("csmsUp", [], ({ csms }) => csms.heal()),
  happening("cutNorth", [how], ({ csms }, kind) => csms.cut(kind)),
  happening("csmsMood", [fc.constantFrom("well" as const, "deaf" as const, "mute" as const)], ({ csms }, mood) => {
    csms.mood = mood;
  }),
  happening("csmsSlow", [fc.constantFrom(0, 500, 9_000, 20_000, 40_000)], ({ csms }, ms) => {
    csms.slowMs = ms;
  }),
  happening("csmsErrors", [fc.integer({ min: 1, max: 6 })], ({ csms }, count) => {
    csms.errorsLeft = count;
  }),
  happening("csmsForgets", [], ({ csms }) => csms.forgetBoots()),
  happening("bootPending", [], ({ csms }) => {
    csms.boot = "Pending";
  }),
  happening("invalid", [token], ({ csms }, tag) => {
    csms.invalid.add(tag);
  }),
  happening("remoteStop", [station], ({ csms }, i) => csms.remoteStop(`CP${i + 1}`)),
  happening("delay", [fc.constantFrom(1, 5, 400, 3_000)], (world, ms) => {
    world.latencyMs = ms;
  }),
  happening("stepClock", [fc.constantFrom(-7_200_000, -1_000, 60_000, 86_400_000)], (world, ms) => world.stepClock(ms)),
];

/** Everything that can happen. Time, kills and what stations do come more often than the rest. */
export const happenings: Iterable<fc.Arbitrary<WorldCommand>> = [
  pass,
  pass,
  pass,
  pass,
  pass,
  pass,
  plug,
  plug,
  kill,
  kill,
  restart,
  restart,
  ...stationCommands,
  ...northCommands,
];

export const traits: fc.Arbitrary<StationTraits> = fc.record({
  version: fc.constantFrom("ocpp1.6" as const, "ocpp2.0.1" as const),
  repeatIds: fc.constantFrom("same" as const, "fresh" as const),
  ids: fc.constantFrom("counter" as const, "random" as const),
  bootsOnConnect: fc.boolean(),
  callTimeoutMs: fc.constantFrom(6_000, 20_000, 40_000),
  readingMs: fc.constantFrom(3_000, 20_000, 60_000),
  clockOffsetMs: fc.constantFrom(0, 0, -1_780_000_000_000, 90_000),
});
