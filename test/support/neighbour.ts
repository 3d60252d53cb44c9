/**
 * A gateway that nobody torments, with good citizens of its own, on the same machine at the same time: what its stations notice is
 * the machine's doing, and nothing that the gateway under test has to answer for.
 */
import { startGatewayProcess } from "./gateway-process.ts";
import { type CitizensReport, type GoodCitizens, startGoodCitizens } from "./good-citizens.ts";
import { tempDir } from "./temp-dir.ts";

export interface Neighbour {
  /** Since the last report. */
  report(): Promise<CitizensReport>;
  stop(): Promise<void>;
}

export async function startNeighbour(): Promise<Neighbour> {
  const citizens = await startGoodCitizens();
  const document = {
    listen: { port: 0 },
    csms: { url: citizens.csmsUrl },
    limits: { connectionsPerAddress: 0, connectRatePerAddress: 0 },
  };
  const gateway = await startGatewayProcess(tempDir(), document);
  await citizens.connect(gateway.urls[0] ?? "");
  return {
    report: () => citizens.report(),
    stop: async () => {
      await gateway.kill("SIGTERM");
      await citizens.stop();
    },
  };
}

/** What two lots of stations noticed in the same seconds. */
export interface SideBySide {
  readonly here: CitizensReport;
  readonly beside: CitizensReport;
}

export async function reportBoth(citizens: GoodCitizens, neighbour: Neighbour): Promise<SideBySide> {
  const [here, beside] = await Promise.all([citizens.report(), neighbour.report()]);
  return { here, beside };
}
