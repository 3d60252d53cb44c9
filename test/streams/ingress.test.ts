import fc from "fast-check";
import { of, Subject } from "rxjs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs, messageId, stationId } from "../../src/domain/ids.ts";
import type { Validators } from "../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import { ingress } from "../../src/streams/ingress.ts";
import { lifeLane } from "../../src/streams/life-lane.ts";
import type { Connection, Inspected, RawFrame } from "../../src/streams/messages.ts";
import { type Relay, valueLane } from "../../src/streams/value-lane.ts";
import { pending } from "../support/pending.ts";

const call = pending("answered", {
  frame: { type: 2, id: messageId("answered"), action: "BootNotification", payload: {} },
});

const connection = (version: OcppVersion = "ocpp1.6"): Connection => ({
  stationId: stationId("CP1"),
  no: 1,
  version,
  health: undefined,
  guard: undefined,
  pendingFor: (_from, id) => (id === "answered" ? call : undefined),
});

const raw = (text: string, from: "south" | "north" = "south", version?: OcppVersion): RawFrame => ({
  connection: connection(version),
  from,
  bytes: Buffer.from(text),
});

const lenient: Validators = { validate: () => undefined };
const strict: Validators = { validate: () => ({ kind: "FormatViolation", pointer: "", keyword: "required" }) };

function run(frames: readonly RawFrame[], { validators = lenient, stop = true } = {}) {
  const passed: Inspected[] = [];
  const malformed: string[] = [];
  const findings: string[] = [];
  let read = 0;
  let ended = false;
  const inspected$ = ingress(of(...frames), {
    now: () => epochMs(1),
    maxDepth: 32,
    validators: () => validators,
    onRead: () => {
      read += 1;
    },
    onMalformed: (_raw, _text, fault) => malformed.push(fault.kind),
    onFinding: (_message, violation, verdict) => {
      findings.push(violation?.keyword ?? verdict.kind);
      return stop;
    },
  });
  inspected$.subscribe({ next: (message) => passed.push(message), error: () => (ended = true) });
  return { passed, malformed, findings, read, ended };
}

test("every frame ends in exactly one place: passed, refused or malformed", () => {
  const text = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc
      .tuple(fc.integer({ min: 1, max: 7 }), fc.string(), fc.string(), fc.dictionary(fc.string(), fc.jsonValue()))
      .map((frame) => JSON.stringify(frame)),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 10 }), fc.boolean(), (texts, isStrict) => {
      const validators = isStrict ? strict : lenient;
      const { passed, malformed, findings, read, ended } = run(
        texts.map((one) => raw(one)),
        { validators },
      );
      assert.is(passed.length + malformed.length + findings.length, texts.length);
      assert.is(read, passed.length + findings.length);
      assert.not(ended);
    }),
  );
});

test("invariant 4 - what passes carries the frame as it came, byte for byte", () => {
  const text = '[2, "1","MeterValues" ,{"connectorId":1,"meterValue":[],"odd":1.0,"x":"\\u00e4ä"}]';
  const [message] = run([raw(text)]).passed;
  assert.is(message?.text, text);
  assert.equal(Buffer.from(message?.bytes ?? []), Buffer.from(text));
});

test("an answer knows the call it answers; one to nobody's question has no action", () => {
  const { passed } = run([raw('[3,"answered",{}]', "north"), raw('[3,"nobody",{}]', "north")]);
  assert.equal(
    passed.map(({ action }) => action),
    ["BootNotification", undefined],
  );
  assert.is(passed[0]?.answers, call);
});

test("a finding that does not stop the message lets it pass", () => {
  const { passed, findings } = run([raw('[2,"1","Heartbeat",{"odd":1}]')], { validators: strict, stop: false });
  assert.is(passed.length, 1);
  assert.equal(findings, ["required"]);
});

test("the value lane sends each kind of message its own way", () => {
  const ways: string[] = [];
  const note = (way: string) => () => void ways.push(way);
  const relay: Relay<Connection> = {
    stationCall: note("stationCall"),
    stationAnswer: note("stationAnswer"),
    csmsCall: note("csmsCall"),
    csmsAnswer: note("csmsAnswer"),
    pass: note("pass"),
  };
  const frames = [
    raw('[2,"1","Heartbeat",{}]', "south"),
    raw('[3,"1",{}]', "south"),
    raw('[4,"1","GenericError","",{}]', "south"),
    raw('[2,"1","Reset",{}]', "north"),
    raw('[3,"answered",{}]', "north"),
    raw('[6,"1","NotifyPeriodicEventStream",{}]', "south", "ocpp2.1"),
    raw('[5,"1","GenericError","",{}]', "north", "ocpp2.1"),
  ];
  valueLane(of(...run(frames).passed), relay).subscribe();
  assert.equal(ways, ["stationCall", "stationAnswer", "stationAnswer", "csmsCall", "csmsAnswer", "pass", "pass"]);
});

test("the life lane tells what changes a life, and only when it is news", () => {
  const told: string[] = [];
  const { passed } = run([
    raw('[2,"1","StatusNotification",{"connectorId":1,"status":"Available","errorCode":"NoError"}]'),
    raw('[2,"2","MeterValues",{"connectorId":1,"meterValue":[]}]'),
    raw('[3,"answered",{"status":"Accepted","interval":60}]', "north"),
    raw('[4,"answered","GenericError","",{}]', "north"),
  ]);
  const lane = (isNews: boolean) =>
    lifeLane(of(...passed), { isNews: () => isNews, tell: (_connection, event) => told.push(event.type) }).subscribe();
  lane(false);
  assert.equal(told, []);
  lane(true);
  assert.equal(told, ["connector.status", "boot.answered"]);
});

test("one pass of inspection serves every lane that listens", () => {
  const frames$ = new Subject<RawFrame>();
  let reads = 0;
  const inspected$ = ingress(frames$, {
    now: () => epochMs(1),
    maxDepth: 32,
    validators: () => lenient,
    onRead: () => {
      reads += 1;
    },
    onMalformed: () => undefined,
    onFinding: () => false,
  });
  let heard = 0;
  for (let lane = 0; lane < 3; lane += 1) inspected$.subscribe(() => (heard += 1));
  frames$.next(raw('[2,"1","Heartbeat",{}]'));
  assert.equal([reads, heard], [1, 3]);
});

test.run();
