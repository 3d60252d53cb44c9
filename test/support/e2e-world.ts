/** A gateway between plain peers, on free ports, with a data directory of its own; all of it ends with the test's block. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { ClientOptions } from "ws";
import type { ConfigDocument } from "../../src/config/document.ts";
import { createGateway, type Gateway, type GatewayEvents, type GatewayPorts, parseConfig } from "../../src/index.ts";
import { PlainCsms, type PlainCsmsOptions } from "./plain-csms.ts";
import { tempDir } from "./temp-dir.ts";
import { dial, type Peer } from "./ws-peer.ts";

const ROOT = tempDir();

export interface WorldOptions extends PlainCsmsOptions {
  /** Merged over a document with one open listener and one rule for every station. */
  readonly config?: Partial<ConfigDocument>;
  readonly ports?: GatewayPorts;
  /** Password of HTTP Basic towards the CSMS. */
  readonly csmsPassword?: string;
  /** Where the CSMS is going to be; then the world starts without one. */
  readonly csmsUrl?: string;
}

export type SecurityEvent = GatewayEvents["security"];

export class World {
  readonly gateway: Gateway;
  /** Security events since the start. */
  readonly security: SecurityEvent[] = [];
  /** Reasons for which links to the CSMS went down. */
  readonly linkLosses: string[] = [];
  readonly #csms: PlainCsms | undefined;

  constructor(gateway: Gateway, csms: PlainCsms | undefined) {
    this.gateway = gateway;
    this.#csms = csms;
    gateway.on("security", (event) => this.security.push(event));
    gateway.on("csms.down", ({ reason }) => this.linkLosses.push(reason));
  }

  get csms(): PlainCsms {
    if (this.#csms === undefined) throw new Error("this world has no CSMS of its own");
    return this.#csms;
  }

  url(station: string, listener = 0): string {
    return `${this.gateway.urls[listener]}/${encodeURIComponent(station)}`;
  }

  /** A station, connected. */
  dial(station: string, version = "ocpp1.6", options: ClientOptions = {}): Promise<Peer> {
    return dial(this.url(station), [version], options);
  }

  /** A station that has booted, and its link at the CSMS. */
  async booted(station = "CP1", version = "ocpp1.6", options: ClientOptions = {}) {
    const peer = await this.dial(station, version, options);
    await peer.ask("BootNotification", BOOT[version] ?? {});
    const links = this.csms.linksOf(station);
    return { station: peer, csms: await this.csms.link(station, links.length - 1) };
  }

  /** The gateway's view of a station. */
  view(station: string, version = "ocpp1.6") {
    const view = this.gateway.stations().find((seen) => seen.id === station && seen.version === version);
    if (view === undefined) throw new Error(`the gateway does not know ${station}`);
    return view;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#csms?.close();
    await this.gateway.stop();
  }
}

/** BootNotification payloads by version. */
export const BOOT: Readonly<Record<string, object>> = {
  "ocpp1.6": { chargePointVendor: "Vendor", chargePointModel: "Model" },
  "ocpp2.0.1": { reason: "PowerUp", chargingStation: { model: "Model", vendorName: "Vendor" } },
  "ocpp2.1": { reason: "PowerUp", chargingStation: { model: "Model", vendorName: "Vendor" } },
};

/** The document that every world starts from. Waits are short, so that tests are. */
export function worldDocument(csmsUrl: string): ConfigDocument {
  return {
    dataDir: mkdtempSync(join(ROOT, "gateway-")),
    listen: { host: "127.0.0.1", port: 0 },
    csms: { url: csmsUrl },
    stations: [{ match: "*", securityProfile: 0 }],
    backoff: { minSec: 0.1, maxSec: 0.4, jitterSec: 0.05 },
    admin: false,
    shutdownSec: 1,
  };
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const csms = options.csmsUrl === undefined ? await PlainCsms.listen(options) : undefined;
  const document = worldDocument(options.csmsUrl ?? csms?.url ?? "");
  try {
    const { csmsPassword } = options;
    const csmsDocument = { ...document.csms, ...(csmsPassword === undefined ? {} : { password: csmsPassword }) };
    const config = parseConfig({ ...document, csms: csmsDocument, ...options.config });
    const world = new World(createGateway(config, options.ports), csms);
    await world.gateway.start();
    return world;
  } catch (error) {
    await csms?.close();
    throw error;
  }
}
