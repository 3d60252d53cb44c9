// deadline: 180s
/** `twinlane queue` against the daemon as it runs: real process, real socket, a CSMS that refuses. */
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ask } from "../../src/cli/control-client.ts";
import { type Daemon, runCli, startDaemon } from "../support/daemon.ts";
import { friendly, PlainCsms } from "../support/plain-csms.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/until.ts";
import { dial, type Peer } from "../support/ws-peer.ts";

const AT = "2026-01-01T00:00:00Z";
/** A daemon takes its time on a busy machine. */
const SLOW_MS = 20_000;
const CARD = "CANARY-4711";
const start = { connectorId: 1, idTag: CARD, meterStart: 0, timestamp: AT };
const stopOf = (transactionId: number) => ({ transactionId, idTag: CARD, meterStop: 9, timestamp: AT });

interface Context {
  dir: string;
  csms: PlainCsms;
  /** Whether the CSMS takes transactions. */
  takes: boolean;
  daemon: Daemon;
  url: string;
}

const test = suite<Context>("twinlane queue");

test.before.each(async (context) => {
  context.dir = tempDir();
  context.takes = false;
  context.csms = await PlainCsms.listen({
    onLink: (link) =>
      link.answering((action, payload, id) => {
        if (context.takes || !/Transaction|MeterValues/.test(action)) return friendly(action, payload);
        link.send([4, id, "InternalError", "", {}]);
        return undefined;
      }),
  });
  const config = {
    dataDir: join(context.dir, "data"),
    listen: { port: 0 },
    csms: { url: context.csms.url },
    admin: false,
    shutdownSec: 1,
    offline: { graceSec: 0.2, takeOverSec: 0.5, unknownTokens: "accept" },
    spool: { attempts: 2, attemptIntervalSec: 0.1 },
  };
  writeFileSync(join(context.dir, "twinlane.json"), JSON.stringify(config), { mode: 0o600 });
  await startAgain(context);
});

test.after.each(async ({ csms, daemon }) => {
  daemon.kill("SIGKILL");
  await daemon.exit;
  await csms.close();
});

async function startAgain(context: Context): Promise<void> {
  context.daemon = startDaemon(["run", "--config", join(context.dir, "twinlane.json")]);
  context.url = String((await context.daemon.logged("ready"))["urls"]);
}

const queue = ({ dir }: Context, ...args: string[]) =>
  runCli(["queue", ...args, "--config", join(dir, "twinlane.json")]);

async function queueJson(context: Context, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await queue(context, ...args, "--json");
  assert.is(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Dead letters, past the command line. */
async function lettersOf({ dir }: Context): Promise<readonly Shown[]> {
  const socket = join(dir, "data", "control.sock");
  const answer = await ask<{ readonly messages: readonly Shown[] }>({
    socket,
    method: "GET",
    path: "/v1/queue/CP1?dead",
  });
  return answer.messages;
}

/** A station whose transaction the CSMS refuses until all of it is put aside. */
async function withDeadTransaction(context: Context): Promise<Peer> {
  const station = await dial(`${context.url}/CP1`, ["ocpp1.6"]);
  await station.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
  const [, , started] = (await station.ask("StartTransaction", start)) as [3, string, { transactionId: number }];
  await station.ask("StopTransaction", stopOf(started.transactionId));
  await until(
    "the letters",
    () => context.daemon.lines().filter(({ msg }) => msg === "message put aside").length === 2,
    SLOW_MS,
  );
  return station;
}

interface Listed {
  readonly stationId: string;
  readonly waiting: number;
  readonly dead: number;
}
interface Shown {
  readonly seq: number;
  readonly action: string;
  readonly reason: string;
  readonly payload?: { readonly idTag: string };
}

test("list, show and retry: the whole transaction goes again, in order, and leaves when the CSMS takes it", async (context) => {
  assert.is((await queue(context, "list")).stderr.trim(), "nothing waits");
  const station = await withDeadTransaction(context);
  const [listed] = (await queueJson(context, "list"))["stations"] as Listed[];
  assert.equal([listed?.stationId, listed?.waiting, listed?.dead], ["CP1", 0, 2]);
  const letters = (await queueJson(context, "show", "CP1", "--dead"))["messages"] as Shown[];
  assert.equal(
    letters.map(({ action, reason }) => [action, reason]),
    [
      ["StartTransaction", "refused"],
      ["StopTransaction", "start-not-taken"],
    ],
  );
  const table = (await queue(context, "show", "CP1", "--dead")).stdout;
  assert.match(table, /^seq +action +role/);
  assert.not.match(table, CARD);

  context.takes = true;
  const link = await context.csms.link("CP1");
  const before = link.calls("StartTransaction").length;
  const outcome = await queueJson(context, "retry", "CP1", String(letters[1]?.seq));
  assert.equal(outcome, { ok: true, kind: "done", messages: 2 });
  await until("the stop", () => link.calls("StopTransaction").length > 0);
  assert.is(link.calls("StartTransaction").length, before + 1);
  assert.equal(link.calls("StopTransaction")[0]?.[3], stopOf(1), "with the CSMS's transaction id");
  const [first, again] = link.calls("StartTransaction");
  assert.equal(again, first, "under its old id");
  assert.equal(await lettersOf(context), []);
  await station.close();
});

test("payloads are masked; unmasked ones are logged", async (context) => {
  await withDeadTransaction(context);
  const masked = await queue(context, "show", "CP1", "--dead", "--payload", "--json");
  assert.match(masked.stdout, '"idTag":"***"');
  assert.not.match(masked.stdout, CARD);
  const [letter] = (await queueJson(context, "show", "CP1", "--dead", "--unmask"))["messages"] as Shown[];
  assert.is(letter?.payload?.idTag, CARD);
  await context.daemon.logged("an operator looks at messages with their cards");
  assert.not.match(context.daemon.stdout, CARD);
});

test("drop wants a yes and a reason, is logged and survives a restart; the rest stays", async (context) => {
  await withDeadTransaction(context);
  const [letter] = await lettersOf(context);
  const seq = String(letter?.seq);
  for (const args of [["--yes"], ["--reason", "test"]])
    assert.is((await queue(context, "drop", "CP1", seq, ...args)).code, 2);
  assert.is((await queue(context, "drop", "CP1", "999", "--yes", "--reason", "test")).code, 1);
  assert.is((await queue(context, "drop", "CP1", seq, "--yes", "--reason", "billed by hand")).code, 0);
  const line = await context.daemon.logged("an operator dropped a dead letter");
  assert.equal([line["action"], line["reason"]], ["StartTransaction", "billed by hand"]);
  context.daemon.kill("SIGKILL");
  await context.daemon.exit;
  assert.ok(existsSync(join(context.dir, "data", "control.sock")), "a killed daemon leaves its socket");
  assert.is((await queue(context, "list")).code, 69, "and nobody answers there");
  await startAgain(context);
  const left = await lettersOf(context);
  assert.equal(
    left.map(({ action }) => action),
    ["StopTransaction"],
  );
});

test("retry --all after a restart: letters outlive the process", async (context) => {
  await withDeadTransaction(context);
  context.daemon.kill("SIGKILL");
  await context.daemon.exit;
  context.takes = true;
  await startAgain(context);
  assert.equal(await queueJson(context, "retry", "CP1", "--all"), { ok: true, kind: "done", messages: 2 });
  const station = await dial(`${context.url}/CP1`, ["ocpp1.6"]);
  await until("the stop", () => context.csms.linksOf("CP1").some((link) => link.calls("StopTransaction").length > 0));
  assert.is((await queue(context, "retry", "CP1", "--all")).code, 1, "nothing is left to send again");
  assert.is((await queue(context, "retry", "CP1", "x")).code, 2);
  await station.close();
});

test("the socket is its owner's alone, goes with the daemon, and keeps a second one from the same directory", async (context) => {
  const socket = join(context.dir, "data", "control.sock");
  assert.is(statSync(socket).mode & 0o777, 0o600);
  const second = startDaemon(["run", "--config", join(context.dir, "twinlane.json")]);
  assert.is((await second.exit).code, 75, "worth another try");
  assert.match(second.stderr, "another gateway uses this data directory");
  assert.is((await runCli(["queue", "list", "--socket", socket, "--json"])).stdout, '{"stations":[]}\n');
  context.daemon.kill("SIGTERM");
  await context.daemon.exit;
  assert.not(existsSync(socket));
});

test("where no socket can be made the gateway does without", async (context) => {
  context.daemon.kill("SIGTERM");
  await context.daemon.exit;
  const long = join(context.dir, "d".repeat(120));
  writeFileSync(
    join(context.dir, "twinlane.json"),
    JSON.stringify({ dataDir: long, listen: { port: 0 }, csms: { url: context.csms.url }, admin: false }),
  );
  await startAgain(context);
  assert.is(context.daemon.lines().filter(({ code }) => code === "ERR_LISTEN").length, 1);
});

test("strange requests are refused, and end nothing", async (context) => {
  const socket = join(context.dir, "data", "control.sock");
  const { request } = await import("node:http");
  const status = (method: string, path: string, body = "") =>
    new Promise<number>((resolve, reject) => {
      request({ socketPath: socket, method, path }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on("error", reject)
        .end(body);
    });
  assert.is(await status("GET", "/"), 404);
  assert.is(await status("GET", "/v1/queue/%E0%A4%A"), 400);
  assert.is(await status("DELETE", "/v1/queue/CP1"), 404);
  assert.is(await status("POST", "/v1/queue/CP1/drop", '{"seq":1}'), 400);
  assert.is(await status("POST", "/v1/queue/CP1/retry", "{"), 400);
  assert.is(await status("GET", "/v1/queue/NOBODY"), 200);
  assert.equal(await lettersOf(context), []);
});

test.run();
