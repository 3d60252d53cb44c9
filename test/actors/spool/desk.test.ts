/**
 * What a station is answered while its CSMS cannot be asked: whatever the action and the version, it is valid by the official
 * schema of the response, or an honest CALLERROR.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PeerSocket } from "../../../src/actors/peer-socket.ts";
import { Desk } from "../../../src/actors/spool/desk.ts";
import type { SpoolContext } from "../../../src/actors/spool/spool-context.ts";
import { tokenAnswer } from "../../../src/domain/authorise/answers.ts";
import type { TokenStatus } from "../../../src/domain/authorise/token.ts";
import { epochMs, messageId, stationId } from "../../../src/domain/ids.ts";
import { classify } from "../../../src/domain/lanes/classify.ts";
import { actionSpec, CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import type { CallFrame, Payload } from "../../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { localReceipt } from "../../../src/domain/spool/local-receipt.ts";
import { spoolable } from "../../../src/domain/spool/spoolable.ts";
import { modelConfig } from "../../model/gateway-node.ts";
import { settle } from "../../support/manual-clock.ts";
import { memoryStorage } from "../../support/memory-storage.ts";
import { goodMessage } from "../../support/schema-arbitrary.ts";
import { messageSchema } from "../../support/schemas.ts";
import { supervise } from "../../support/supervised.ts";

const VALIDATORS = new Map(await Promise.all(OCPP_VERSIONS.map(async (v) => [v, await loadValidators(v)] as const)));
const STATUSES: readonly TokenStatus[] = [
  "Accepted",
  "Blocked",
  "ConcurrentTx",
  "Expired",
  "Invalid",
  "NoCredit",
  "NotAllowedTypeEVSE",
  "NotAtThisLocation",
  "NotAtThisTime",
  "Unknown",
];

type Offline = SpoolContext["offline"];
interface DeskWorld {
  readonly desk: Desk;
  readonly storage: ReturnType<typeof memoryStorage>;
  /** Answers a call, and returns the frame that the station gets. */
  ask(action: string, payload: object): readonly unknown[];
  reopen(): Desk;
}

function deskWorld(
  version: OcppVersion,
  { status = "Accepted", offline = {} }: { status?: TokenStatus; offline?: Partial<Offline> } = {},
): DeskWorld {
  const world = supervise();
  const host = world.supervisor.host(stationId("CP1"), version);
  const connection = world.connect(host);
  // Nothing is left running for it.
  void world.supervisor.flush();
  const sent: string[] = [];
  connection.socket = { send: (frame: string) => sent.push(String(frame)) > 0, buffered: 0 } as unknown as PeerSocket;
  const storage = memoryStorage();
  let ids = 0;
  const config = modelConfig({});
  const context = {
    storage,
    counters: world.counters,
    offline: { ...config.offline, ...offline },
    isHealthy: () => true,
    random: { next: () => 0, uuid: () => `uuid-${ids++}` },
    time: { now: () => world.clock.now() },
    authority: {
      decide: () =>
        Object.values(tokenAnswer(version, { status, expiresAt: epochMs(1_900_000_000_000) }))[0] as Payload,
    },
    answered: () => undefined,
  } as unknown as SpoolContext;
  const desk = new Desk(host, context);
  return {
    desk,
    storage,
    reopen: () => new Desk(host, context),
    ask: (action, payload) => {
      const frame: CallFrame = { type: 2, id: messageId("q1"), action, payload: payload as Payload };
      sent.length = 0;
      desk.answer({ connection, frame, text: JSON.stringify([2, "q1", action, payload]) });
      assert.is(sent.length, 1, `${action} is answered once`);
      return JSON.parse(sent[0] ?? "") as readonly unknown[];
    },
  };
}

const stationActions = (version: OcppVersion) =>
  CATALOGUE.filter(({ versions, from, send }) => versions.includes(version) && from !== "csms" && !send);

test("every answer the gateway gives in the CSMS's place is valid by the official schema, in every version", () => {
  for (const version of OCPP_VERSIONS) {
    const validators = VALIDATORS.get(version);
    for (const { action } of stationActions(version)) {
      const cases = fc.record({
        payload: goodMessage(messageSchema(version, action, "request")),
        status: fc.constantFrom(...STATUSES),
        neverAccepted: fc.constantFrom("accept" as const, "pending" as const, "reject" as const),
        heartbeatSec: fc.integer({ min: 1, max: 86_400 }),
      });
      fc.assert(
        fc.property(cases, ({ payload, status, neverAccepted, heartbeatSec }) => {
          const [type, id, answer] = deskWorld(version, { status, offline: { neverAccepted, heartbeatSec } }).ask(
            action,
            payload,
          );
          assert.is(id, "q1");
          if (type === 4) return;
          assert.is(type, 3);
          assert.is(validators?.validate(action, "response", answer as Payload), undefined, `${version} ${action}`);
        }),
        { numRuns: 12 },
      );
    }
  }
});

test("every receipt for a message that the gateway keeps is valid by the official schema, in every version", () => {
  for (const version of OCPP_VERSIONS) {
    const validators = VALIDATORS.get(version);
    for (const { action } of stationActions(version)) {
      const request = goodMessage(messageSchema(version, action, "request"));
      fc.assert(
        fc.property(request, fc.constantFrom(...STATUSES), (payload, status) => {
          const frame = { type: 2, id: messageId("1"), action, payload } as CallFrame;
          const { messageClass } = classify(version, frame, actionSpec(version, action));
          if (spoolable(version, frame, messageClass) === undefined) return;
          const receipt = localReceipt(version, action, frame.payload, {
            authorise: () => Object.values(tokenAnswer(version, { status }))[0] as Payload,
            transactionId: () => 2_000_000_000,
          });
          assert.is(validators?.validate(action, "response", receipt), undefined, `${version} ${action}`);
        }),
        { numRuns: 25 },
      );
    }
  }
});

test("what only the CSMS can know is refused in the response's own words, or with a CALLERROR", () => {
  const { ask } = deskWorld("ocpp2.0.1");
  assert.equal(ask("DataTransfer", { vendorId: "V" })[2], { status: "Rejected" });
  assert.equal(ask("SignCertificate", { csr: "x" })[2], { status: "Rejected" });
  assert.equal(ask("GetCertificateStatus", {})[2], { status: "Failed" });
  assert.is(ask("Get15118EVCertificate", {})[0], 4);
  assert.is(deskWorld("ocpp1.6").ask("VendorsOwn", {})[0], 4);
});

/** Payloads of all states, taken by the CSMS one by one. */
function replayed(desk: Desk): readonly unknown[] {
  const payloads: unknown[] = [];
  for (let state = desk.nextState(); state !== undefined; state = desk.nextState()) {
    payloads.push((JSON.parse(state.text) as unknown[])[3]);
    state.done();
  }
  return payloads;
}

test("28 - the last value of each state is replayed, in the order of the last changes, also after a restart", async () => {
  const { desk, ask, reopen } = deskWorld("ocpp1.6");
  const say = (connectorId: number, status: string) =>
    ask("StatusNotification", { connectorId, errorCode: "NoError", status });
  say(1, "Charging");
  say(2, "Preparing");
  say(1, "Available");
  assert.ok(desk.hasStates);
  await settle();
  assert.equal(replayed(reopen()), [
    { connectorId: 2, errorCode: "NoError", status: "Preparing" },
    { connectorId: 1, errorCode: "NoError", status: "Available" },
  ]);
});

test("a state that changed while its old value was under way is told again", () => {
  const { desk, ask } = deskWorld("ocpp1.6");
  ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Charging" });
  const underWay = desk.nextState();
  ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Finishing" });
  underWay?.done();
  assert.ok(desk.nextState()?.text.includes("Finishing"));
});

test("a boot that was answered here is owed until the CSMS has taken it, also after a restart", async () => {
  const { desk, ask, reopen } = deskWorld("ocpp1.6");
  const boot = { chargePointVendor: "V", chargePointModel: "M" };
  const [, , answer] = ask("BootNotification", boot) as [number, string, Payload];
  assert.is(answer["status"], "Pending", "no CSMS ever accepted it");
  assert.ok(desk.bootIsOwed);
  await settle();
  const later = reopen();
  assert.ok(later.bootIsOwed);
  assert.equal((JSON.parse(later.bootFrame() ?? "") as unknown[]).slice(2), ["BootNotification", boot]);
  later.bootTaken();
  await settle();
  assert.not.ok(reopen().bootIsOwed);
});

test("bulk messages are bounded, the oldest goes first, and states beyond their bound as well", () => {
  const { desk, ask } = deskWorld("ocpp2.0.1");
  for (let i = 0; i < 60; i += 1) ask("NotifyReport", { requestId: i });
  assert.is(desk.bulk, 50);
  assert.ok(desk.nextBulk()?.includes('"requestId":10}'));
  for (let i = 0; i < 140; i += 1) ask("StatusNotification", { evseId: i, connectorId: 1 });
  assert.ok(desk.nextState()?.text.includes('"evseId":12,'));
  assert.is(replayed(desk).length, 128);
  assert.not.ok(desk.hasStates);
});

test.run();
