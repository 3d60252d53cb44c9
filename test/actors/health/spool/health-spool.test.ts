/** The health lane's messages on disk: nothing is lost by a kill, a torn file or a full quota without being said. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Backlog, type BacklogOptions } from "../../../../src/actors/health/backlog.ts";
import type { Outgoing } from "../../../../src/actors/health/outbox.ts";

const DAY_MS = 86_400_000;
const KINDS = ["metrics", "event", "feature", "soh", "snapshot"] as const;

const message = (seq: number, kind: Outgoing["kind"] = "event", more: Partial<Outgoing> = {}): Outgoing => ({
  topic: `oh/v1/t/g/a/${kind}`,
  payload: `{"q":${seq},"x":"äöü"}`,
  bytes: 20,
  seq,
  boot: "ghjk",
  kind,
  observations: 2,
  createdAt: 0,
  ...more,
});

function setUp(maxBytes = 1 << 20) {
  const directory = mkdtempSync(join(tmpdir(), "health-spool-"));
  const states: string[] = [];
  const time = { now: 0, wall: 0, hasRoom: true };
  const opened: Backlog[] = [];
  const open = (boot = "ghjk", more: Partial<BacklogOptions["memory"]> = {}) => {
    const backlog = new Backlog({
      boot,
      memory: { messages: 100, bytes: 10_000, ...more },
      spool: {
        directory,
        maxBytes,
        segmentBytes: 2_000,
        wallClock: () => time.wall,
        hasRoom: () => time.hasRoom,
        onState: (state, reason) => void states.push(`${state} ${reason}`),
      },
    });
    opened.push(backlog);
    return backlog;
  };
  const tick = (backlog: Backlog, ms = 100) => {
    time.now += ms;
    backlog.tick(time.now);
  };
  // Those that were "killed" hold their files until here.
  const remove = () => {
    for (const backlog of opened) backlog.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, open, states, time, tick, remove };
}

/** Takes all that waits, and has it acknowledged. */
function drain(backlog: Backlog): readonly Outgoing[] {
  const out: Outgoing[] = [];
  for (let next = backlog.shift(); next !== undefined; next = backlog.shift()) {
    out.push(next);
    backlog.finish(next);
  }
  return out;
}

const numbers = (messages: readonly Outgoing[]) => messages.map(({ seq }) => seq);
const filesOf = (directory: string, name: string) => readdirSync(join(directory, name)).sort();

test("what a killed worker leaves is there for the next one, bytes, boot and number as they were, and first", () => {
  const { open, remove } = setUp();
  const killed = open();
  const deflated = Uint8Array.of(0x78, 0, 255, 128);
  killed.push(message(0));
  killed.push(message(1, "metrics", { payload: deflated }));
  const next = open("mnpq");
  next.push(message(0, "event", { boot: "mnpq" }));
  const [first, second, third] = drain(next);
  assert.equal([first?.seq, first?.boot, first?.payload], [0, "ghjk", '{"q":0,"x":"äöü"}']);
  assert.equal([second?.seq, second?.boot], [1, "ghjk"]);
  assert.equal(new Uint8Array(second?.payload as Uint8Array), deflated);
  assert.equal([third?.seq, third?.boot], [0, "mnpq"]);
  remove();
});

test("what was acknowledged and noted is not sent again; what was in flight is", () => {
  const { open, tick, remove } = setUp();
  const killed = open();
  for (let seq = 0; seq < 5; seq += 1) killed.push(message(seq));
  const sent = [killed.shift(), killed.shift()];
  if (sent[0] !== undefined) killed.finish(sent[0]);
  tick(killed);
  assert.equal(numbers(drain(open("mnpq"))), [1, 2, 3, 4]);
  remove();
});

test("a torn tail is cut off, and what is written after it is found", () => {
  const { directory, open, states, remove } = setUp();
  open().push(message(0));
  const [name] = filesOf(directory, "event");
  appendFileSync(
    join(directory, "event", name ?? ""),
    Buffer.concat([Buffer.from([40, 2, 0, 0]), Buffer.alloc(500, 9)]),
  );
  const second = open("mnpq");
  assert.is(states.length, 1);
  second.push(message(0, "event", { boot: "mnpq" }));
  assert.equal(
    drain(open("rstv")).map(({ boot }) => boot),
    ["ghjk", "mnpq"],
  );
  assert.is(states.length, 1, "nothing torn is left for the third to find");
  remove();
});

test("a record whose CRC does not fit is not sent", () => {
  const { directory, open, remove } = setUp();
  open().push(message(0));
  const [name] = filesOf(directory, "event");
  const file = join(directory, "event", name ?? "");
  const bytes = readFileSync(file);
  bytes[bytes.length - 2] = 1;
  writeFileSync(file, bytes);
  assert.equal(drain(open("mnpq")), []);
  remove();
});

test("a record that goes bad under a running worker is lost, and said to be", () => {
  const { directory, open, remove } = setUp();
  const backlog = open();
  backlog.push(message(0));
  backlog.push(message(1));
  const [name] = filesOf(directory, "event");
  const file = join(directory, "event", name ?? "");
  const bytes = readFileSync(file);
  bytes[20] = 0;
  writeFileSync(file, bytes);
  assert.equal(numbers(drain(backlog)), [1]);
  assert.equal(backlog.takeGap(), { boot: "ghjk", messages: 1, observations: 2, from: 0, to: 0 });
  assert.is(backlog.spoolStats.spoolFailures, 1);
  remove();
});

test("a full quota drops the oldest of its own class: metrics never push events out", () => {
  const { open, remove } = setUp(20_000);
  const backlog = open();
  backlog.push(message(0));
  for (let seq = 1; seq <= 500; seq += 1) backlog.push(message(seq, "metrics"));
  const left = numbers(drain(backlog));
  assert.is(left[0], 0);
  assert.is(left.at(-1), 500);
  const gap = backlog.takeGap();
  assert.equal(gap, {
    boot: "ghjk",
    messages: 501 - left.length,
    observations: 2 * (501 - left.length),
    from: 1,
    to: 501 - left.length,
  });
  remove();
});

for (const [what, sentTo] of [
  ["the file that knew of it", 516],
  ["all files", 520],
] as const) {
  test(`a gap that was not told before a kill is told by the next worker, once, when ${what} had gone`, () => {
    const { open, tick, remove } = setUp(20_000);
    const killed = open();
    for (let seq = 0; seq < 500; seq += 1) killed.push(message(seq, "metrics"));
    tick(killed);
    for (let seq = 500; seq < 520; seq += 1) killed.push(message(seq));
    let next = killed.shift();
    for (; next !== undefined && next.seq < sentTo; next = killed.shift()) killed.finish(next);
    for (let no = 0; no < 3; no += 1) tick(killed);
    const later = open("mnpq");
    const gap = later.takeGap();
    assert.equal([gap?.boot, gap?.from], ["ghjk", 0]);
    tick(later);
    assert.is(open("rstv").takeGap(), undefined);
    remove();
  });
}

test("messages too old for anybody go: metrics after a day, events after a week", () => {
  const { open, time, tick, remove } = setUp();
  const backlog = open();
  backlog.push(message(0));
  backlog.push(message(1, "metrics"));
  time.wall = DAY_MS + 1;
  tick(backlog);
  assert.is(backlog.size, 1);
  time.wall = 7 * DAY_MS + 1;
  tick(backlog);
  assert.is(backlog.size, 0);
  assert.is(backlog.takeGap()?.messages, 2);
  remove();
});

test("files go with their messages: two thousand sent leave a few kilobytes", () => {
  const { directory, open, tick, remove } = setUp();
  const backlog = open();
  for (let round = 0; round < 20; round += 1) {
    for (let seq = 0; seq < 100; seq += 1) backlog.push(message(round * 100 + seq, "metrics"));
    drain(backlog);
    tick(backlog);
  }
  assert.ok(backlog.spoolStats.spoolBytes < 20_000, String(backlog.spoolStats.spoolBytes));
  const onDisk = filesOf(directory, "metric").reduce(
    (sum, name) => sum + statSync(join(directory, "metric", name)).size,
    0,
  );
  assert.is(onDisk, backlog.spoolStats.spoolBytes);
  remove();
});

test("a directory that cannot be made: memory only, said once, and the disk is tried again", () => {
  const { directory, open, states, tick, remove } = setUp();
  rmSync(directory, { recursive: true });
  writeFileSync(directory, "");
  const backlog = open();
  backlog.push(message(0));
  assert.is(states.length, 1);
  assert.match(states[0] ?? "", /^impaired E/);
  assert.is(backlog.spoolStats.spoolImpaired, true);
  assert.is(backlog.observationsInMemory, 2);
  rmSync(directory);
  tick(backlog, 20_000);
  assert.is(states.at(-1), "ok the disk takes writes again");
  backlog.push(message(1));
  assert.is(backlog.observationsInMemory, 2);
  assert.equal(numbers(drain(backlog)), [0, 1]);
  remove();
});

test("a disk that runs short takes no more, keeps what it has, and is used again when it has room", () => {
  const { open, states, time, tick, remove } = setUp();
  const backlog = open();
  backlog.push(message(0));
  time.hasRoom = false;
  tick(backlog);
  backlog.push(message(1));
  assert.equal(states, ["impaired room on the disk is short"]);
  assert.is(backlog.observationsInMemory, 2);
  tick(backlog, 20_000);
  assert.is(backlog.spoolStats.spoolImpaired, true);
  time.hasRoom = true;
  tick(backlog, 20_000);
  assert.is(backlog.spoolStats.spoolImpaired, false);
  assert.equal(numbers(drain(backlog)), [0, 1]);
  remove();
});

test("a disk that is full of what was delivered gives it back", () => {
  const { open, time, tick, remove } = setUp();
  const backlog = open();
  for (let seq = 0; seq < 4; seq += 1) backlog.push(message(seq));
  time.hasRoom = false;
  tick(backlog);
  drain(backlog);
  tick(backlog, 20_000);
  assert.ok(backlog.spoolStats.spoolBytes < 100, String(backlog.spoolStats.spoolBytes));
  assert.equal(drain(open("mnpq")), []);
  remove();
});

test("what could not be delivered is first again, in order", () => {
  const { open, remove } = setUp();
  const backlog = open();
  for (let seq = 0; seq < 4; seq += 1) backlog.push(message(seq, seq === 1 ? "metrics" : "event"));
  const flying = [backlog.shift(), backlog.shift(), backlog.shift()];
  for (const flight of flying.reverse()) if (flight !== undefined) backlog.putBack(flight);
  assert.equal(numbers(drain(backlog)), [0, 1, 2, 3]);
  remove();
});

type Step = Outgoing["kind"] | "send" | "lose" | "tick" | "kill";

/** Does one step with what waits; a kill leaves what the last tick noted. */
function apply(step: Step, lane: ReturnType<typeof setUp>, backlog: Backlog, delivered: Set<number>): Backlog {
  if (step === "tick" || step === "kill") {
    lane.tick(backlog);
    return step === "kill" ? lane.open() : backlog;
  }
  const sent = backlog.shift();
  if (sent === undefined) return backlog;
  if (step === "lose") backlog.putBack(sent);
  else {
    delivered.add(sent.seq);
    backlog.finish(sent);
  }
  return backlog;
}

const isKind = (step: Step): step is (typeof KINDS)[number] => KINDS.some((kind) => kind === step);

test("whatever happens, every message is delivered, waits, or is in a gap, over any number of kills", () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<Step[]>(...KINDS) },
    { weight: 5, arbitrary: fc.constantFrom<Step[]>("send", "send", "lose", "tick", "kill") },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
      const lane = setUp(2_400);
      const delivered = new Set<number>();
      let backlog = lane.open();
      let seq = 0;
      for (const next of steps) {
        if (isKind(next)) {
          backlog.push(message(seq, next));
          seq += 1;
        } else backlog = apply(next, lane, backlog, delivered);
      }
      for (const { seq: left } of drain(backlog)) delivered.add(left);
      const gap = backlog.takeGap();
      const isTold = (n: number) => gap !== undefined && n >= gap.from && n <= gap.to;
      for (let n = 0; n < seq; n += 1) assert.ok(delivered.has(n) || isTold(n), `message ${n} is nowhere`);
      lane.remove();
    }),
    { numRuns: 50 },
  );
});

test.run();
