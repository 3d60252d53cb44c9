/**
 * The rules about connections and about the gateway itself, which no single message can break. Where the attack needs a network or a
 * machine that is not here, the rule itself is asked (`by: "rule"`).
 */

import { RULE_IDS, type RuleId } from "../../src/domain/firewall/rules.ts";
import { NeighbourWatch, parseArpTable } from "../../src/domain/intrusion/neighbours.ts";
import { ResourceWatch } from "../../src/domain/intrusion/resources.ts";
import { trip } from "../../src/domain/privacy/tripwire.ts";
import { makeCa } from "../support/certs.ts";
import { openWorld, type World } from "../support/e2e-world.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { until } from "../support/until.ts";
import { basicAuth, statusOf } from "../support/ws-peer.ts";
import type { Outcome } from "./play.ts";

interface LanVector {
  readonly rule: RuleId;
  readonly title: string;
  readonly by: "gateway" | "rule";
  /** @returns what became of the attack and of the look-alike, in words; empty: not as it should be */
  play(): Promise<{ readonly attack: string; readonly lookAlike: string }>;
}

const PASSWORD = "a-password-of-20-chars";
const V16 = ["ocpp1.6"];
const when = (isSo: boolean, text: string): string => (isSo ? text : "");

const found = ({ gateway }: World, rule: RuleId): number => gateway.counters.perRule[RULE_IDS.indexOf(rule) * 2] ?? 0;

async function isCut(world: World, station: string): Promise<boolean> {
  using peer = await RawPeer.upgrade(world.url(station), { "Sec-WebSocket-Protocol": "ocpp1.6" });
  await until("the socket to be cut", () => peer.isEnded || peer.head !== undefined);
  return peer.head === undefined;
}

export const LAN_VECTORS: readonly LanVector[] = [
  {
    rule: "R01",
    title: "a connection from a network that is not allowed",
    by: "gateway",
    async play() {
      await using strict = await openWorld({ config: { intrusion: { allowFrom: ["192.0.2.0/24"] } } });
      await using local = await openWorld({ config: { intrusion: { allowFrom: ["127.0.0.0/8"] } } });
      const cut = await isCut(strict, "CP1");
      const status = await statusOf(local.url("CP1"), V16);
      return { attack: when(cut && found(strict, "R01") > 0, "cut"), lookAlike: when(status === 101, "let in") };
    },
  },
  {
    rule: "R02",
    title: "more sockets of one address than allowed",
    by: "gateway",
    async play() {
      await using world = await openWorld({ config: { limits: { connectionsPerAddress: 2 } } });
      await world.dial("CP1");
      const second = await statusOf(world.url("CP2"), V16);
      await world.dial("CP2");
      const cut = await isCut(world, "CP3");
      return { attack: when(cut && found(world, "R02") > 0, "cut"), lookAlike: when(second === 101, "let in") };
    },
  },
  {
    rule: "R03",
    title: "guessing a password; the right one does not help while locked out, and other stations are not",
    by: "gateway",
    async play() {
      const stations = [{ match: "*", securityProfile: 1, password: PASSWORD } as const];
      await using world = await openWorld({ config: { stations } });
      const login = (station: string, password: string) =>
        statusOf(world.url(station), V16, { headers: { ...basicAuth(station, password) } });
      const guesses = [];
      for (let i = 0; i < 5; i += 1) guesses.push(await login("CP1", `wrong-${i}`));
      const locked = await login("CP1", PASSWORD);
      const neighbour = await login("CP2", PASSWORD);
      const released = world.gateway.quarantine.release("CP1");
      const after = await login("CP1", PASSWORD);
      const isLocked = guesses.every((status) => status === 401) && locked === 429 && released === 1 && after === 101;
      return { attack: when(isLocked, "locked out, and released"), lookAlike: when(neighbour === 101, "let in") };
    },
  },
  {
    rule: "R04",
    title: "a second connection under the name of a live station; one after a dead connection",
    by: "gateway",
    async play() {
      await using world = await openWorld({ config: { limits: { probeMs: 300 } } });
      const { station } = await world.booted("CP1");
      const second = await statusOf(world.url("CP1"), V16);
      const isAlive = station.isOpen;
      await world.dial("CP2", "ocpp1.6", { autoPong: false });
      const third = await statusOf(world.url("CP2"), V16);
      const told = world.security.some(({ type }) => type === "DuplicateIdentity");
      return {
        attack: when(second === 409 && isAlive && told, "refused"),
        lookAlike: when(third === 101, "let in"),
      };
    },
  },
  {
    rule: "R07",
    title: "malformed frames in a row, and again and again; nine are forgiven",
    by: "gateway",
    async play() {
      await using world = await openWorld();
      for (let round = 0; round < 3; round += 1) {
        const { station } = await world.booted("CP1");
        for (let i = 0; i < 10; i += 1) station.send("[2,");
        await station.closeCode();
      }
      const outside = await statusOf(world.url("CP1"), V16);
      const { station: other } = await world.booted("CP2");
      for (let i = 0; i < 9; i += 1) other.send("[2,");
      const [type] = await other.ask("Heartbeat");
      const isKept = world.gateway.quarantine.list().some(({ stationId }) => stationId === "CP1");
      return {
        attack: when(outside === 429 && isKept, "closed, then in quarantine"),
        lookAlike: when(type === 3, "goes on"),
      };
    },
  },
  {
    rule: "R09-stray",
    title: "answers to calls that nobody made; a few are no attack",
    by: "gateway",
    async play() {
      await using world = await openWorld();
      const { station } = await world.booted("CP1");
      for (let i = 0; i < 5; i += 1) station.send([3, `none-${i}`, {}]);
      await station.ask("Heartbeat");
      const few = found(world, "R09-stray");
      station.send([3, "none-5", {}]);
      await station.ask("Heartbeat");
      return {
        attack: when(found(world, "R09-stray") === 1, "dropped, told"),
        lookAlike: when(few === 0, "dropped"),
      };
    },
  },
  {
    rule: "R09-reuse",
    title: "a message id used again for something else; a true repetition is answered",
    by: "gateway",
    async play() {
      const modes = { "R09-reuse": "enforce" } as const;
      await using world = await openWorld({ config: { firewall: { modes } } });
      const { station, csms } = await world.booted("CP1");
      await station.ask("DataTransfer", { vendorId: "V" }, "id-1");
      const [again] = await station.ask("DataTransfer", { vendorId: "V" }, "id-1");
      const before = csms.calls("DataTransfer").length;
      const [, , answer] = await station.ask("DataTransfer", { vendorId: "another" }, "id-1");
      const isRejected = JSON.stringify(answer) === '{"status":"Rejected"}';
      const isStopped = isRejected && csms.calls("DataTransfer").length === before;
      return { attack: when(isStopped, "refused"), lookAlike: when(again === 3, "answered") };
    },
  },
  {
    rule: "R27",
    title: "another network card under a station's address; a first sight, and addresses that are nobody's",
    by: "rule",
    async play() {
      const row = (address: string, mac: string) => `h\n${address} 0x1 0x2 ${mac} * eth0\n`;
      const watch = new NeighbourWatch();
      const isStation = (address: string) => address === "192.0.2.5";
      const first = watch.look(parseArpTable(row("192.0.2.5", "02:00:00:00:00:01")), isStation);
      const others = watch.look(parseArpTable(row("192.0.2.9", "02:00:00:00:00:02")), isStation);
      const moved = watch.look(parseArpTable(row("192.0.2.5", "02:00:00:00:00:03")), isStation);
      return {
        attack: when(moved[0]?.kind === "changed", "told"),
        lookAlike: when(first.length + others.length === 0, "not told"),
      };
    },
  },
  {
    rule: "R28",
    title: "a CSMS under another authority; a renewed certificate of the same",
    by: "gateway",
    async play() {
      const [ours, theirs] = [makeCa("CA one"), makeCa("CA two")];
      const port = await freePort();
      const url = `wss://127.0.0.1:${port}/csms`;
      const config = { csms: { url, tls: { ca: `${ours.cert}\n${theirs.cert}` } } };
      await using world = await openWorld({ csmsUrl: url, config });
      const counts: number[] = [];
      await world.dial("CP1");
      for (const ca of [ours, ours, theirs]) {
        const { cert, key } = ca.issue({ cn: "csms", for: "server" });
        await using csms = await PlainCsms.listen({ port, tls: { cert, key } });
        await csms.link("CP1");
        await until("the link", () => world.gateway.counters.csmsLinksUpNow === 1);
        counts.push(found(world, "R28"));
      }
      return { attack: when(counts[2] === 1, "told"), lookAlike: when(counts[1] === 0, "not told") };
    },
  },
  {
    rule: "R28",
    title: "enforced: a trust anchor of the same name with another key; the one seen before",
    by: "gateway",
    async play() {
      const [ours, theirs] = [makeCa("CA"), makeCa("CA")];
      const port = await freePort();
      const url = `wss://127.0.0.1:${port}/csms`;
      const config = {
        csms: { url, tls: { ca: `${ours.cert}\n${theirs.cert}` } },
        firewall: { modes: { R28: "enforce" } },
        backoff: { minSec: 0.1, maxSec: 0.2 },
      } as const;
      await using world = await openWorld({ csmsUrl: url, config });
      const isUp = () => world.gateway.counters.csmsLinksUpNow === 1;
      await world.dial("CP1");
      const serve = (ca: typeof ours) => {
        const { cert, key } = ca.issue({ cn: "csms", for: "server" });
        return PlainCsms.listen({ port, tls: { cert, key } });
      };
      {
        await using _first = await serve(ours);
        await until("the link", isUp);
      }
      await until("the end of the link", () => !isUp());
      let isKeptOut = false;
      {
        await using _other = await serve(theirs);
        await until("a refusal", () => found(world, "R28") > 0);
        isKeptOut = !isUp();
      }
      const before = found(world, "R28");
      await using _again = await serve(ours);
      await until("the link again", isUp);
      return {
        attack: when(isKeptOut, "refused"),
        lookAlike: when(found(world, "R28") === before, "let in"),
      };
    },
  },
  {
    rule: "R29",
    title: "a card on its way to the health lane; a plain reading",
    by: "rule",
    async play() {
      const hit = trip('{"vehicle":"DE8AA1A2B3C4D5"}') !== undefined;
      const plain = trip('{"temperatureC":41.5}') === undefined;
      return { attack: when(hit, "held back"), lookAlike: when(plain, "sent") };
    },
  },
  {
    rule: "R30",
    title: "memory nearly used up, and a clock that was set; neither",
    by: "rule",
    async play() {
      const watch = new ResourceWatch();
      const calm = [
        ...watch.look({ memory: 0.7, disk: 0.85 }, 1000, 0),
        ...watch.look({ memory: 0.85 }, 31_500, 30_000),
      ];
      const alarmed = watch.look({ memory: 0.95 }, 3_600_000, 60_000).map(({ event }) => event);
      return {
        attack: when(alarmed.join() === "MemoryExhaustion,SettingSystemTime", "told"),
        lookAlike: when(calm.length === 0, "not told"),
      };
    },
  },
];

export async function playLan(vector: LanVector): Promise<Outcome> {
  const { rule, title } = vector;
  const { attack, lookAlike } = await vector.play();
  return { rule, title, ok: attack !== "" && lookAlike !== "", attack, lookAlike };
}
