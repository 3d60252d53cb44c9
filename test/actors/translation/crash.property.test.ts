// deadline: 120s
/**
 * Whatever ends when (process, link, commit), the CSMS gets each transaction once: Started first, Ended last, numbers without gap, the
 * station's registers; and what comes twice is the same message under the same id.
 *
 * @see translation of transactions in docs/translation.md; OCPP 2.0.1 E01.FR.07, E13
 */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CrashRig, type SeenEvent, type Spooled } from "../../support/translation-crashes.ts";

/** Three transactions on two connectors, two of them at the same time. */
const MESSAGES: readonly Spooled[] = (
  [
    ["StartTransaction", 1, 100],
    ["MeterValues", 1, 110],
    ["StartTransaction", 2, 500],
    ["MeterValues", 1, 120],
    ["StopTransaction", 1, 130],
    ["MeterValues", 2, 510],
    ["StopTransaction", 2, 520],
    ["StartTransaction", 1, 130],
    ["StopTransaction", 1, 140],
  ] as const
).map(([action, connectorId, value], i) => ({
  id: `m${i}`,
  action,
  connectorId,
  value,
  at: new Date(Date.UTC(2025, 11, 31, 12, i)).toISOString(),
}));

const STEPS = {
  offer: (rig: CrashRig) => rig.offer(),
  commit: (rig: CrashRig) => rig.storage.commit(),
  receive: (rig: CrashRig) => rig.receive(false),
  refuse: (rig: CrashRig) => rig.receive(true),
  answer: (rig: CrashRig) => rig.answer(),
  wait: (rig: CrashRig) => rig.clock.advance(1_000),
  linkLost: (rig: CrashRig) => rig.linkLost(),
  crash: (rig: CrashRig) => rig.crash(false),
  crashLate: (rig: CrashRig) => rig.crash(true),
} as const;

const step = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom("offer", "commit", "receive", "answer") },
  { weight: 2, arbitrary: fc.constantFrom("refuse", "wait", "linkLost") },
  { weight: 2, arbitrary: fc.constantFrom("crash", "crashLate") },
) as fc.Arbitrary<keyof typeof STEPS>;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function play(steps: readonly (keyof typeof STEPS)[]): Promise<CrashRig> {
  const rig = new CrashRig(MESSAGES);
  for (const name of steps) {
    STEPS[name](rig);
    await Promise.resolve();
  }
  // Then everything works.
  for (let i = 0; i < 2_000 && !rig.isDone; i += 1) {
    for (const name of ["offer", "commit", "receive", "answer", "commit", "wait"] as const) {
      STEPS[name](rig);
      await Promise.resolve();
    }
  }
  await turn();
  assert.ok(rig.isDone, "everything was delivered in the end");
  return rig;
}

type Info = { readonly transactionId: string };
const transactionOf = ({ payload }: SeenEvent) => (payload["transactionInfo"] as Info).transactionId;

/** Value of the sample that a start or a stop carries. */
function registerOf({ payload }: SeenEvent): number | undefined {
  const values = (payload["meterValue"] ?? []) as { sampledValue: { value: number; context?: string }[] }[];
  return values.flatMap(({ sampledValue }) => sampledValue).find(({ context }) => context?.startsWith("Transaction."))
    ?.value;
}

function check({ seen, counters }: CrashRig): void {
  const byKey = new Map<string, SeenEvent>();
  for (const event of seen) {
    const key = `${transactionOf(event)} ${String(event.payload["seqNo"])}`;
    const known = byKey.get(key) ?? event;
    byKey.set(key, known);
    assert.is(event.id, known.id, "a repetition has the id of what it repeats");
    assert.equal({ ...event.payload, offline: true }, { ...known.payload, offline: true });
  }
  const transactions = new Map<string, SeenEvent[]>();
  for (const event of byKey.values()) {
    transactions.set(transactionOf(event), [...(transactions.get(transactionOf(event)) ?? []), event]);
  }
  const told = [...transactions.values()].map((events) => ({
    numbers: events.map(({ payload }) => payload["seqNo"]),
    types: events.map(({ payload }) => payload["eventType"]),
    registers: [events[0], events.at(-1)].map((event) => event && registerOf(event)),
  }));
  assert.equal(told, [
    { numbers: [0, 1, 2, 3], types: ["Started", "Updated", "Updated", "Ended"], registers: [100, 130] },
    { numbers: [0, 1, 2], types: ["Started", "Updated", "Ended"], registers: [500, 520] },
    { numbers: [0, 1], types: ["Started", "Ended"], registers: [130, 140] },
  ]);
  assert.equal([counters.translationInvalid, counters.translationFaults], [0, 0]);
}

test("nothing happens: three transactions arrive as they were", async () => check(await play([])));

test("§10.8 - restart at every await point, a lost link, refusals: no second Started, no lost Ended", async () => {
  const runs = Number(process.env["TRANSLATION_RUNS"] ?? 300);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120, size: "max" }), async (steps) => check(await play(steps))),
    { numRuns: runs },
  );
});

test.run();
