/** What a station is answered while its CSMS cannot be asked: the table, and the boot. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { OCPP_VERSIONS } from "../../../src/domain/ocpp/version.ts";
import { localAnswer, localBoot, stateKey } from "../../../src/domain/offline/local-answers.ts";

/** Messages that a transaction, or the law, depends on: they are the spool's, and this table must not answer them. */
const SPOOLS = [
  "StartTransaction",
  "StopTransaction",
  "TransactionEvent",
  "SecurityEventNotification",
  "NotifySettlement",
  "BatterySwap",
];

test("the spool's messages get no answer from this table: where the spool cannot keep them, the station must", () => {
  for (const version of OCPP_VERSIONS)
    for (const action of SPOOLS) assert.is(localAnswer(version, action).kind, "error", `${version} ${action}`);
});

test("every action in the table is one that a station of that version sends", () => {
  for (const version of OCPP_VERSIONS) {
    const known = CATALOGUE.filter(({ versions, from }) => versions.includes(version) && from !== "csms");
    const answered = CATALOGUE.filter(({ action }) => localAnswer(version, action).kind !== "error");
    for (const { action } of answered) {
      // PublishFirmwareStatusNotification and its like are of 2.x only; 1.6 has its own two.
      assert.ok(known.some((spec) => spec.action === action) || version !== "ocpp1.6", `${version} ${action}`);
    }
  }
});

test("an action that nobody knows is answered CALLERROR, whatever it is called", () => {
  const name = fc.oneof(fc.string(), fc.constantFrom("constructor", "__proto__", "toString", "hasOwnProperty"));
  fc.assert(
    fc.property(fc.constantFrom(...OCPP_VERSIONS), name, (version, action) => {
      fc.pre(!CATALOGUE.some((spec) => spec.action === action));
      assert.is(localAnswer(version, action).kind, "error");
    }),
  );
});

test("a station that some CSMS has accepted goes on; one that none ever accepted gets what is configured", () => {
  const policies = fc.constantFrom("accept" as const, "pending" as const, "reject" as const);
  const words = { accept: "Accepted", pending: "Pending", reject: "Rejected" } as const;
  fc.assert(
    fc.property(fc.boolean(), policies, fc.integer({ min: 1, max: 86_400 }), (wasAccepted, policy, interval) => {
      const { status, intervalSec } = localBoot(wasAccepted, policy, interval);
      assert.is(status, wasAccepted ? "Accepted" : words[policy]);
      assert.ok(intervalSec > 0 && intervalSec <= interval);
      // B02, B03: until it is accepted the interval is the wait before it asks again.
      if (status !== "Accepted") assert.ok(intervalSec <= 30);
      else assert.is(intervalSec, interval);
    }),
  );
});

test("a state replaces the one of the same connector, EVSE or request, and no other", () => {
  const place = fc.record(
    { evseId: fc.nat({ max: 2 }), connectorId: fc.nat({ max: 2 }), requestId: fc.nat({ max: 2 }) },
    { requiredKeys: [] },
  );
  const action = fc.constantFrom("StatusNotification", "FirmwareStatusNotification");
  const where = fc.tuple(action, place);
  fc.assert(
    fc.property(where, where, fc.string(), ([one, here], [other, there], status) => {
      const isSame = one === other && JSON.stringify(sorted(here)) === JSON.stringify(sorted(there));
      const keys = [stateKey(one, { ...here, status } as Payload), stateKey(other, there as Payload)];
      assert.is(keys[0] === keys[1], isSame);
    }),
  );
});

const sorted = ({ evseId, connectorId, requestId }: { evseId?: number; connectorId?: number; requestId?: number }) => [
  evseId ?? null,
  connectorId ?? null,
  requestId ?? null,
];

test.run();
