/** GetLog of the security log, as it is read. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { isWanted, logRequest, uploadOutcome } from "../../../src/domain/security/log-request.ts";

const of = (payload: Payload, action = "GetLog") => logRequest({ type: 2, id: "m" as never, action, payload });
const log = { remoteLocation: "https://files.example.com/", oldestTimestamp: "2026-01-02T00:00:00Z" };

test("N01 - the security log alone is asked for here, with bounds on what the CSMS may want", () => {
  const asked = { logType: "SecurityLog", requestId: 1, log };
  assert.equal(of({ ...asked, retries: 1e9, retryInterval: 1e9 }), {
    requestId: 1,
    location: log.remoteLocation,
    oldest: Date.UTC(2026, 0, 2),
    latest: undefined,
    retries: 10,
    retryIntervalSec: 3600,
  });
  assert.is(of(asked)?.retries, 0);
  for (const other of [of({ ...asked, logType: "DiagnosticsLog" }), of({ ...asked, log: {} }), of(asked, "Reset")])
    assert.is(other, undefined);
});

test("a record is of the period, and of this station or of nobody", () => {
  const day = fc.integer({ min: 1, max: 28 });
  fc.assert(
    fc.property(day, day, day, fc.constantFrom("CP1", "CP2", undefined), (at, from, to, stationId) => {
      const text = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();
      const request = of({
        logType: "SecurityLog",
        requestId: 1,
        log: { ...log, oldestTimestamp: text(from), latestTimestamp: text(to) },
      });
      if (request === undefined) throw new Error("no request");
      const record = { seq: 1, at: text(at), type: "LanFlood", stationId, detail: "" };
      assert.is(isWanted(record, "CP1", request), stationId !== "CP2" && from <= at && at <= to);
    }),
  );
});

test("N01 - each status of a server has one meaning, and only success is Uploaded", () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), (status) => {
      assert.is(uploadOutcome(status) === "Uploaded", status >= 200 && status < 300);
    }),
  );
  assert.equal([401, 400, 405, 503, 302].map(uploadOutcome), [
    "PermissionDenied",
    "BadMessage",
    "otherMethod",
    "again",
    "again",
  ]);
});

test.run();
