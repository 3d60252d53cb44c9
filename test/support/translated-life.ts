/**
 * The life of one simulated 1.6 station under a CSMS that speaks 2.0.1: what the CSMS asks, what happens at the station, and what
 * the CSMS must have heard of it. The phases wait for things, not for times, so that they hold on any machine.
 */
import * as assert from "uvu/assert";
import { SimulatedStation } from "../../src/sim/station.ts";
import { compareTranslated } from "./translated-books.ts";
import type { RpcCsms } from "./translation-world.ts";
import { until } from "./until.ts";

type Json = Readonly<Record<string, unknown>>;

export const TOKEN = "A1B2C3D4";
const ID_TOKEN = { idToken: TOKEN, type: "ISO14443" };
const WAIT_MS = 25_000;

export interface LifeOptions {
  readonly url: string;
  readonly csms: RpcCsms;
  readonly id: string;
  readonly faults: readonly string[];
  readonly connectors: number;
}

export class TranslatedLife {
  readonly id: string;
  readonly faults: readonly string[];
  readonly station: SimulatedStation;
  readonly #csms: RpcCsms;
  #lastId = 0;
  /** What went wrong; the phases after it are left out. */
  failure: unknown;

  constructor({ url, csms, id, faults, connectors }: LifeOptions) {
    this.id = id;
    this.faults = faults;
    this.#csms = csms;
    this.station = new SimulatedStation({
      id,
      url,
      version: "ocpp1.6",
      connectors,
      autonomous: false,
      tokens: [TOKEN],
      sessionSec: [600, 700],
      reconnectMs: [600, 1_000],
      callTimeoutMs: 8_000,
      retry: { attempts: 1_000, intervalMs: 200 },
      faults: { named: faults },
    });
  }

  /** Does a phase unless an earlier one has failed. Never rejects. */
  async go(name: string, phase: (life: TranslatedLife) => Promise<void>): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      await phase(this);
    } catch (error) {
      this.failure = new Error(`${this.id}, ${name}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  has(...names: readonly string[]): boolean {
    return names.some((name) => this.faults.includes(name));
  }

  /** A number that this life has not used yet. */
  next(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  ask(action: string, payload: object): Promise<Json> {
    return this.#csms.call(this.id, action, payload);
  }

  /** Asks, and expects this status. */
  async expect(status: string, action: string, payload: object): Promise<void> {
    const answer = await this.ask(action, payload);
    assert.is(answer["status"], status, `${action}: ${JSON.stringify(answer)}`);
  }

  heard(action: string): readonly Json[] {
    const { heard } = this.#csms;
    return heard.filter((each) => each.station === this.id && each.action === action).map(({ payload }) => payload);
  }

  /** Waits for a message of this action that came after the first `after` ones. */
  async hears(what: string, action: string, after: number, is: (payload: Json) => boolean = () => true): Promise<Json> {
    return await until(`${what} (${action}) of ${this.id}`, () => this.heard(action).slice(after).find(is), WAIT_MS);
  }

  async untilOnline(): Promise<void> {
    await until(`${this.id} to be accepted`, () => this.station.view().link === "accepted", WAIT_MS);
  }

  /** The CSMS can ask it something. */
  async untilLinked(): Promise<void> {
    await until(`${this.id} at the CSMS`, () => this.#csms.isLinked(this.id), WAIT_MS);
  }

  /** Somebody plugs in and charges for some readings; resolves when the transaction runs. */
  async chargeLocally(connectorId = 1): Promise<void> {
    const connector = this.station.connector(connectorId);
    await until(`connector ${connectorId} of ${this.id} to be free`, () => connector?.plugIn(TOKEN), WAIT_MS);
    await until(`a transaction of ${this.id}`, () => connector?.transaction !== undefined, WAIT_MS);
  }

  /** Unplugs once there is energy to account for. */
  async unplug(connectorId = 1): Promise<void> {
    const connector = this.station.connector(connectorId);
    const record = connector?.transaction?.record;
    await until(
      `energy at ${this.id}`,
      () => record !== undefined && (connector?.state.registerWh ?? 0) >= record.meterStartWh + 1,
      WAIT_MS,
    );
    connector?.requestStop("Local");
    await until(`the end at ${this.id}`, () => connector?.transaction === undefined, WAIT_MS);
  }

  /** Events of the transaction that is told under this remote start. */
  startedBy(remoteStartId: number): Json | undefined {
    return this.heard("TransactionEvent").find(
      ({ transactionInfo }) => (transactionInfo as Json)["remoteStartId"] === remoteStartId,
    );
  }

  remoteStart(more: Json = {}): { readonly remoteStartId: number; readonly request: Json } {
    const remoteStartId = this.next();
    return { remoteStartId, request: { remoteStartId, idToken: ID_TOKEN, evseId: 1, ...more } };
  }

  /** Everything is delivered, and the CSMS's books are the station's. */
  async account(): Promise<void> {
    assert.is(await this.station.stop(WAIT_MS), 0, "messages left over");
    const { transactions } = this.station.ledger;
    const truths = transactions.map(({ connectorId, meterStartWh, meterStopWh = -1 }) => ({
      connectorId,
      meterStartWh,
      meterStopWh,
    }));
    const findings = () =>
      compareTranslated(
        this.id,
        truths,
        this.#csms.heard.filter((each) => each.station === this.id && each.action === "TransactionEvent"),
      ).findings;
    // What the station was answered may still be on its way.
    await until("the books to agree", () => findings().length === 0, 10_000).catch(() => undefined);
    const said = findings().map(({ damage, text }) => `${damage}: ${text}`);
    assert.is(said.length, 0, said.join("\n"));
    assert.ok(transactions.length >= 5, `only ${transactions.length} transactions`);
    assert.ok(this.station.ledger.energyWh > 5, "nothing was charged");
  }
}
