/** A frame that makes a lane throw ends its own connection; the lanes go on for everybody else. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openLanes } from "../../src/actors/lanes.ts";
import type { PeerSocket } from "../../src/actors/peer-socket.ts";
import { silentLogger } from "../../src/actors/silent-logger.ts";
import type { ValueSpool } from "../../src/actors/spool/value-spool.ts";
import type { StationConnection } from "../../src/actors/station-connection.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { Counters } from "../../src/domain/counters.ts";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import type { Validators } from "../../src/domain/ocpp/validate.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { quietSentinel } from "../support/quiet-sentinel.ts";
import { acceptedStation, liveConnection, supervise } from "../support/supervised.ts";

const clock = new ManualClock();
const counters = new Counters(CATALOGUE.length);
const { limits } = parseConfig({ listen: { port: 0 } });
/** What is to go wrong, by station. */
const faults = new Map<string, "value" | "inspection">();
const taken: string[] = [];
const validators: Validators = {
  validate: (_action, _kind, payload) => {
    if (faults.get(String(payload["idTag"])) === "inspection") throw new Error("a defect in inspection");
    return undefined;
  },
};
const spool = {
  answersHere: ({ connection: { stationId } }: Parameters<ValueSpool["answersHere"]>[0]) => {
    if (faults.get(stationId) === "value") throw new Error("a defect in the value lane");
    taken.push(stationId);
    return true;
  },
} as unknown as ValueSpool;
const lanes = openLanes({
  clock,
  logger: silentLogger,
  counters,
  sentinel: quietSentinel(counters, clock),
  limits,
  relay: {
    clock,
    random: { next: () => 0, uuid: () => "u" },
    counters,
    logger: silentLogger,
    spool,
    links: undefined,
    limits,
  },
  validators: () => validators,
});

const world = supervise({ clock });
const closed: string[] = [];

function connected(id: string): StationConnection {
  const connection = liveConnection(world, acceptedStation(world, id));
  connection.socket = {
    send: () => true,
    close: (code: number) => closed.push(`${id} ${code}`),
    buffered: 0,
    isPaused: false,
    pause: () => undefined,
    resume: () => undefined,
  } as unknown as PeerSocket;
  return connection;
}

const authorize = (connection: StationConnection, no: number) =>
  lanes.push({
    connection,
    from: "south",
    bytes: Buffer.from(JSON.stringify([2, `${no}`, "Authorize", { idTag: connection.stationId }])),
  });

const bad = connected("CS-BAD");
const good = connected("CS-GOOD");

for (const where of ["value", "inspection"] as const) {
  test(`a defect in the ${where} lane costs the connection whose frame found it, whoever else is there`, () => {
    closed.length = 0;
    taken.length = 0;
    const before = counters.laneErrors;
    faults.set("CS-BAD", where);
    authorize(good, 1);
    authorize(bad, 2);
    faults.clear();
    assert.equal(closed, ["CS-BAD 1011"]);
    assert.is(counters.laneErrors, before + 1);
    good.toCsms.drain();
    authorize(good, 3);
    authorize(bad, 4);
    assert.equal(taken, ["CS-GOOD", "CS-GOOD", "CS-BAD"], "each frame is worked on once");
    bad.toCsms.drain();
    good.toCsms.drain();
  });
}

test("the life lane still hears what the stations tell after another lane failed", () => {
  faults.set("CS-BAD", "value");
  authorize(bad, 5);
  faults.clear();
  const status = { connectorId: 1, status: "Charging", errorCode: "NoError" };
  lanes.push({
    connection: good,
    from: "south",
    bytes: Buffer.from(JSON.stringify([2, "6", "StatusNotification", status])),
  });
  assert.is(good.host.context.connectors["1/1"]?.status, "Charging");
});

test("what a station sends in place of an identifier or a status is not kept when it is longer than any", () => {
  const long = "x".repeat(100_000);
  const status = { connectorId: 2, status: long, errorCode: "NoError" };
  lanes.push({
    connection: good,
    from: "south",
    bytes: Buffer.from(JSON.stringify([2, "7", "StatusNotification", status])),
  });
  const faulted = { connectorId: 3, status: "Faulted", errorCode: long };
  lanes.push({
    connection: good,
    from: "south",
    bytes: Buffer.from(JSON.stringify([2, "8", "StatusNotification", faulted])),
  });
  assert.is(good.host.context.connectors["2/1"], undefined);
  assert.is(good.host.context.connectors["3/1"]?.errorCode, "");
});

test.after(() => world.supervisor.stop());

test.run();
