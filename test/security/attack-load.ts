/**
 * A thousand hostile connections a second on the listeners, from one address and from many, while twenty stations of the same gateway
 * go on: what they notice, what the gateway refused, and whether it keeps its memory.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { makeCa } from "../support/certs.ts";
import { type GatewayProcess, pause, startGatewayProcess } from "../support/gateway-process.ts";
import { type CitizensReport, type GoodCitizens, startGoodCitizens } from "../support/good-citizens.ts";
import { tempDir } from "../support/temp-dir.ts";
import type { AttackOrder, AttackReport } from "./attack-process.ts";

interface Phase {
  readonly addresses: number;
  readonly attack: AttackReport;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly vs_quiet: number;
  /** Connections that the gateway refused, and those of confined addresses that it cut unheard. */
  readonly refused: number;
  readonly kept_out: number;
}

export interface AttackLoad {
  readonly ok: boolean;
  /** The worst of the phases; Authorize alone. */
  readonly ratio: number;
  readonly quiet_p99_ms: number;
  readonly phases: readonly Phase[];
  readonly failures: number;
  readonly disconnects: number;
  readonly grown_mib: number;
}

const PER_SECOND = 1_000;
const SECONDS = 12;
const QUIET_MS = 12_000;
/** After which the slowest attackers have gone. */
const CALM_MS = 9_000;
const GOAL = 2;
const MOST_GROWTH_MIB = 24;
/** One address, which its limits confine at once; so many that none of them reaches a limit of its own. */
const ADDRESSES = [1, 1_000] as const;

export async function measureAttackLoad(): Promise<AttackLoad> {
  process.env["TWINLANE_TEST_KEY"] = "correct horse battery";
  const citizens = await startGoodCitizens(["Authorize"]);
  const gateway = await startAttacked(citizens);
  const attackers = fork(fileURLToPath(new URL("./attack-process.ts", import.meta.url)), {
    execArgv: ["--import", "tsx"],
  });
  // Attackers have machines of their own; here they take what the gateway leaves, and have to keep their rate up all the same.
  if (attackers.pid !== undefined) setPriority(attackers.pid, constants.priority.PRIORITY_LOW);
  try {
    const attack = async (order: Omit<AttackOrder, "plainPort" | "tlsPort">): Promise<AttackReport> => {
      const [plainPort, tlsPort] = gateway.urls.map((url) => Number(new URL(url).port));
      attackers.send({ ...order, plainPort, tlsPort });
      return (await once(attackers, "message"))[0] as AttackReport;
    };
    // Both sides compile what they are going to run, and the gateway's tables and heap grow to the size that they are allowed.
    await attack({ perSecond: PER_SECOND, seconds: SECONDS, addresses: 1_000 });
    await pause(CALM_MS);
    const before = await gateway.memory();
    await citizens.report();
    await pause(QUIET_MS);
    const quiet = await citizens.report();
    const phases: Phase[] = [];
    for (const addresses of ADDRESSES) {
      phases.push(
        await measurePhase(gateway, citizens, quiet, () =>
          attack({ perSecond: PER_SECOND, seconds: SECONDS, addresses }).then((report) => ({ addresses, report })),
        ),
      );
    }
    const { failures, disconnects } = await citizens.report();
    await pause(CALM_MS);
    const grown = ((await gateway.memory()) - before) / 1024 / 1024;
    const ratio = Math.max(...phases.map((phase) => phase.vs_quiet));
    const isHeldUp = phases.every(({ attack: { perSecond } }) => perSecond >= 0.9 * PER_SECOND);
    const isUnhurt = failures + disconnects === 0 && gateway.isUp && grown <= MOST_GROWTH_MIB;
    const isCounted = phases.every(({ refused, kept_out }) => refused + kept_out > 0);
    return {
      ok: ratio <= GOAL && isHeldUp && isUnhurt && isCounted,
      ratio,
      quiet_p99_ms: rounded(quiet.p99),
      phases,
      failures,
      disconnects,
      grown_mib: rounded(grown),
    };
  } finally {
    attackers.kill();
    await Promise.all([gateway.kill("SIGTERM"), citizens.stop()]);
  }
}

async function startAttacked(citizens: GoodCitizens): Promise<GatewayProcess> {
  const server = makeCa().issue({ cn: "localhost", for: "server" });
  const tls = { cert: { file: server.certFile }, key: { file: server.keyFile } };
  const stations = [
    { match: "GOOD-*", securityProfile: 0, csms: { url: citizens.csmsUrl } },
    { match: "LOCKED-*", securityProfile: 1, password: { env: "TWINLANE_TEST_KEY" } },
  ];
  const gateway = await startGatewayProcess(tempDir(), { listen: [{ port: 0 }, { port: 0, tls }], stations }, true);
  await citizens.connect(gateway.urls[0] ?? "");
  return gateway;
}

async function measurePhase(
  gateway: GatewayProcess,
  citizens: GoodCitizens,
  quiet: CitizensReport,
  run: () => Promise<{ readonly addresses: number; readonly report: AttackReport }>,
): Promise<Phase> {
  const counted = () =>
    Promise.all([
      gateway.metric('twinlane_connections_total{outcome="refused"}'),
      gateway.metric("twinlane_kept_out_total"),
    ]);
  await citizens.report();
  const [refusedBefore, keptOutBefore] = await counted();
  const { addresses, report } = await run();
  const here = await citizens.report();
  const [refused, keptOut] = await counted();
  return {
    addresses,
    attack: report,
    p50_ms: rounded(here.p50),
    p99_ms: rounded(here.p99),
    vs_quiet: rounded(here.p99 / quiet.p99),
    refused: refused - refusedBefore,
    kept_out: keptOut - keptOutBefore,
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
