/**
 * A CSMS that nobody here wrote, speaking 2.x, and a station that speaks 1.6, with the translating gateway between them. Both ends of
 * `ocpp-rpc` check every payload against their schemas.
 *
 *     RPCClient (1.6) ──▶ gateway ──▶ RPCServer (2.0.1)
 */
import * as ocppRpc from "ocpp-rpc";
import type { ConfigDocument } from "../../src/config/document.ts";
import { createGateway, type Gateway, type GatewayPorts, parseConfig } from "../../src/index.ts";
import { worldDocument } from "./e2e-world.ts";
import type { RpcPeer } from "./ocpp-rpc-pair.ts";
import { freePort } from "./plain-csms.ts";
import { until } from "./until.ts";

type Json = Readonly<Record<string, unknown>>;
export type Handler = (payload: Json, action: string) => unknown;

export interface Heard {
  /** Whose link it came over. */
  readonly station: string;
  readonly id: string;
  readonly action: string;
  readonly payload: Json;
}

const Client = ocppRpc.RPCClient as unknown as new (options: object) => RpcPeer;

/** What a friendly CSMS of 2.0.1 answers. */
export const friendly201: Handler = (payload, action) => {
  switch (action) {
    case "BootNotification":
      return { status: "Accepted", currentTime: new Date().toISOString(), interval: 300 };
    case "Heartbeat":
      return { currentTime: new Date().toISOString() };
    case "Authorize":
      return { idTokenInfo: { status: "Accepted" } };
    case "TransactionEvent":
      return "idToken" in payload ? { idTokenInfo: { status: "Accepted" } } : {};
    case "DataTransfer":
      return { status: "Accepted" };
    default:
      return {};
  }
};

/** What a friendly station of 1.6 answers. */
const friendly16: Handler = (_payload, action) =>
  action === "GetConfiguration"
    ? { configurationKey: [{ key: "NumberOfConnectors", readonly: true, value: "2" }] }
    : { status: "Accepted" };

/** The CSMS: what it has heard, and how it answers. */
export class RpcCsms {
  readonly heard: Heard[] = [];
  readonly complaints: string[] = [];
  readonly links: RpcPeer[] = [];
  readonly #latest = new Map<string, RpcPeer>();
  answer: Handler = friendly201;
  readonly port: number;
  #server: ocppRpc.RPCServer | undefined;

  constructor(port: number) {
    this.port = port;
  }

  async listen(): Promise<this> {
    const server = new ocppRpc.RPCServer({ protocols: ["ocpp2.0.1"], strictMode: true });
    this.#server = server;
    server.auth((accept) => accept());
    server.on("client", (client: RpcPeer & { readonly identity: string }) => {
      const station = client.identity;
      this.links.push(client);
      this.#latest.set(station, client);
      client.on("strictValidationFailure", ({ error }) => this.complaints.push(error.message));
      client.handle(async ({ messageId, method, params }) => {
        this.heard.push({ station, id: messageId, action: method, payload: params as Json });
        return await this.answer(params as Json, method);
      });
    });
    await server.listen(this.port, "127.0.0.1");
    return this;
  }

  /** Gone, with all connections. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close({ force: true });
  }

  get link(): RpcPeer {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error("no station at the CSMS");
    return link;
  }

  /** Whether a command would reach the gateway. */
  isLinked(station: string): boolean {
    return this.#latest.get(station)?.state === ocppRpc.RPCClient.OPEN;
  }

  /** A command to the station of this identity, over its latest link. */
  async call(station: string, action: string, payload: object): Promise<Json> {
    const link = this.#latest.get(station);
    if (link === undefined) throw new Error(`${station} never came`);
    return (await link.call(action, payload)) as Json;
  }

  payloads(action: string): readonly Json[] {
    return this.heard.filter((message) => message.action === action).map(({ payload }) => payload);
  }

  /** Distinct events, in the order in which they came first. */
  get events(): readonly Json[] {
    const seen = new Map<string, Json>();
    for (const event of this.payloads("TransactionEvent")) {
      const { transactionId } = event["transactionInfo"] as { transactionId: string };
      const key = `${transactionId} ${String(event["seqNo"])}`;
      if (!seen.has(key)) seen.set(key, event);
    }
    return [...seen.values()];
  }
}

export interface TranslationWorldOptions {
  readonly config?: Partial<ConfigDocument>;
  readonly ports?: GatewayPorts;
  /** Password of HTTP Basic towards the CSMS. */
  readonly csmsPassword?: string;
  /** The CSMS is not there at first. */
  readonly withoutCsms?: boolean;
}

export class TranslationWorld {
  readonly csms: RpcCsms;
  readonly #document: ConfigDocument;
  readonly #ports: GatewayPorts;
  readonly #stations: RpcPeer[] = [];
  gateway: Gateway;

  private constructor(csms: RpcCsms, document: ConfigDocument, ports: GatewayPorts) {
    this.csms = csms;
    this.#document = document;
    this.#ports = ports;
    this.gateway = createGateway(parseConfig(document), ports);
  }

  static async open({
    config,
    ports = {},
    csmsPassword,
    withoutCsms,
  }: TranslationWorldOptions = {}): Promise<TranslationWorld> {
    const csms = new RpcCsms(await freePort());
    if (withoutCsms !== true) await csms.listen();
    const document = worldDocument(`ws://127.0.0.1:${csms.port}/csms`);
    const password = csmsPassword === undefined ? {} : { password: csmsPassword };
    const csmsDocument = { ...document.csms, ...password, speaks: "ocpp2.0.1" as const };
    const spoken = { ...document, csms: csmsDocument, ...config };
    const world = new TranslationWorld(csms, { ...spoken, dataDir: document.dataDir ?? "" }, ports);
    await world.gateway.start();
    return world;
  }

  /** A station, connected. */
  async dial(handler: Handler = friendly16, identity = "CP1"): Promise<RpcPeer> {
    const station = new Client({
      endpoint: this.gateway.urls[0]?.replace(/\/+$/, ""),
      identity,
      protocols: ["ocpp1.6"],
      strictMode: true,
      reconnect: false,
    });
    station.handle(({ method, params }) => Promise.resolve(handler(params as Json, method)));
    await station.connect();
    this.#stations.push(station);
    return station;
  }

  /** A station that has booted, and its link at the CSMS. */
  async booted(handler: Handler = friendly16): Promise<RpcPeer> {
    const before = this.csms.links.length;
    const station = await this.dial(handler);
    await until("the station at the CSMS", () => this.csms.links.length > before);
    await station.call("BootNotification", { chargePointVendor: "Vendor", chargePointModel: "Model" });
    return station;
  }

  /**
   * Another process with the same data directory.
   *
   * @param port where stations find it again; default any
   */
  async restart(port = 0): Promise<void> {
    await this.gateway.stop();
    const listen = { host: "127.0.0.1", port };
    this.gateway = createGateway(parseConfig({ ...this.#document, listen }), this.#ports);
    await this.gateway.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const station of this.#stations) await station.close().catch(() => undefined);
    await this.gateway.stop();
    await this.csms.close();
  }
}
