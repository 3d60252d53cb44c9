/** The gateway without sockets: real streams, gates, firewall, validators and station actors; the sockets only count. */
import { systemClock } from "../src/actors/clock.ts";
import { GatewayBus } from "../src/actors/gateway-bus.ts";
import { type Lanes, openLanes } from "../src/actors/lanes.ts";
import { systemRandom } from "../src/actors/random.ts";
import type { RelayOptions } from "../src/actors/relay.ts";
import { Sentinel } from "../src/actors/security/sentinel.ts";
import { silentLogger } from "../src/actors/silent-logger.ts";
import { type OpenedSpool, openSpool } from "../src/actors/spool/open-spool.ts";
import { StationConnection } from "../src/actors/station-connection.ts";
import { Supervisor } from "../src/actors/supervisor.ts";
import { buildFirewall } from "../src/config/build-firewall.ts";
import { DEFAULTS } from "../src/config/defaults.ts";
import { Counters } from "../src/domain/counters.ts";
import { stationId } from "../src/domain/ids.ts";
import { CATALOGUE } from "../src/domain/ocpp/catalogue.ts";
import { loadValidators } from "../src/domain/ocpp/validate.ts";
import type { LoadVersion } from "./load/messages.ts";

export interface TripRig {
  readonly counters: Counters;
  readonly lanes: Lanes;
  readonly spool: OpenedSpool | undefined;
  /** Observations that reached the health lane. */
  readonly observed: () => number;
  /** A station that has booted and charges, with a link that is up. */
  connect(no: number, version: LoadVersion): StationConnection;
  close(): Promise<void>;
}

/** As much of a socket as a relay needs. */
const countingSocket = () => ({
  sent: 0,
  isOpen: true,
  isPaused: false,
  buffered: 0,
  send(frame: Uint8Array | string) {
    this.sent += frame.length;
    return true;
  },
});

/**
 * @param spoolDir where a spool in LMDB is to be; undefined: none
 * @param firewall policy of every station; default: the one that ships
 */
export async function openTripRig(spoolDir?: string, firewall = buildFirewall([])): Promise<TripRig> {
  const clock = systemClock;
  const counters = new Counters(CATALOGUE.length);
  const bus = new GatewayBus(silentLogger);
  const limits = { ...DEFAULTS.limits };
  const relay: { -readonly [key in keyof RelayOptions]: RelayOptions[key] } = {
    clock,
    random: systemRandom,
    counters,
    logger: silentLogger,
    spool: undefined,
    links: undefined,
    limits,
  };
  const spool =
    spoolDir === undefined
      ? undefined
      : await openSpool({
          config: { ...DEFAULTS, dataDir: spoolDir } as never,
          clock,
          random: systemRandom,
          logger: silentLogger,
          counters,
          bus,
          relay: () => relay,
          storage: undefined,
          hosts: () => [],
        });
  relay.spool = spool?.spool;
  const validators = new Map([
    ["ocpp1.6", await loadValidators("ocpp1.6")],
    ["ocpp2.0.1", await loadValidators("ocpp2.0.1")],
  ] as const);
  const lanes = openLanes({
    clock,
    logger: silentLogger,
    counters,
    sentinel: new Sentinel({
      settings: { ...DEFAULTS.intrusion, modes: {} },
      clock,
      counters,
      bus,
      logger: silentLogger,
    }),
    limits,
    relay,
    validators: (version) => validators.get(version as LoadVersion) as never,
    learn: spool?.learn,
  });
  const supervisor = new Supervisor({
    store: {
      *readAll() {},
      read: () => undefined,
      write: () => Promise.resolve(),
      remove: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    clock,
    logger: silentLogger,
    counters,
    snapshotLagMs: DEFAULTS.snapshotLagMs,
    maxStations: 10_000,
    connectionOf: () => undefined,
    onGivenUp: () => undefined,
  });
  let observed = 0;
  const sink = {
    observe: () => {
      observed += 1;
    },
  };
  return {
    counters,
    lanes,
    spool,
    observed: () => observed,
    connect: (no, version) => {
      const host = supervisor.host(stationId(`CP${no}`), version);
      const connection = new StationConnection({
        no,
        host,
        rule: { match: "*", fork: "copy", validation: "enforce", firewall } as never,
        health: sink,
        callCapacity: 256,
        openedAt: 0,
        remoteAddress: "",
        strength: 0,
        certificate: {},
      });
      connection.socket = countingSocket() as never;
      connection.link = { socket: countingSocket(), isUp: true } as never;
      connection.toCsms.setOpen(true);
      host.send({ type: "session.opened", connection: no, securityProfile: 0, certificate: {}, at: clock.now() });
      host.send({ type: "boot.answered", status: "Accepted", intervalSec: 300, at: clock.now() });
      host.send({ type: "transaction.started", transactionId: "1", evseId: 1, at: clock.now() });
      return connection;
    },
    close: async () => {
      lanes.close();
      await supervisor.stop();
      await spool?.close();
    },
  };
}
