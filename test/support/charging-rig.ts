/** The charging rules with a 1.6 station behind them that answers at once: what a CSMS asks, what the station is told, what is answered. */

import { DEFAULTS } from "../../src/config/defaults.ts";
import type { Profile16 } from "../../src/domain/charging/image.ts";
import type { ProjectionCaps } from "../../src/domain/charging/projection-input.ts";
import { epochMs } from "../../src/domain/ids.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../src/domain/ocpp/validate.ts";
import { chargingBlock } from "../../src/domain/translate/charging-block.ts";
import type { ChargingOptions } from "../../src/domain/translate/charging-options.ts";
import { initialCharging } from "../../src/domain/translate/charging-state.ts";
import type {
  Env,
  Outcome,
  Step,
  Transaction,
  TranslationSettings,
  TranslationState,
  Want,
} from "../../src/domain/translate/contract.ts";
import { ALL_A, ChargingStation16, type Readings } from "./charging-station-16.ts";
import { EPOCH, ROOMY } from "./charging-worlds.ts";

const validators = { station: await loadValidators("ocpp1.6"), csms: await loadValidators("ocpp2.0.1") };

export class ChargingRig {
  readonly station: ChargingStation16;
  readonly options: ChargingOptions;
  /** What the station was told. */
  readonly told: { readonly action: string; readonly payload: Payload }[] = [];
  /** What the CSMS was asked. */
  readonly reports: Payload[] = [];
  readonly answers = new Map<string, Payload | string>();
  readonly wakes: { readonly kind: string; readonly at: number | undefined }[] = [];
  state: TranslationState;
  now = EPOCH;
  isOnline = true;
  safeLimitA: number | undefined;
  settings: Partial<TranslationSettings> = {};
  /** Answers in the station's place; undefined: the station's own. */
  answer: (action: string, payload: Payload) => Outcome | undefined = () => undefined;
  #refs = 0;
  readonly #block;

  constructor({
    caps = {},
    readings = ALL_A,
    connectors = 2,
  }: { caps?: Partial<ProjectionCaps>; readings?: Readings; connectors?: number } = {}) {
    const all = { ...ROOMY, ...caps };
    this.station = new ChargingStation16(readings, all);
    this.options = { caps: () => all };
    this.#block = chargingBlock(this.options);
    this.state = {
      v: 1,
      tx: { registration: "Accepted", transactions: [], highestTx16: 0, connectors: {}, eventId: 0, more: {} },
      capabilities: { featureProfiles: ["Core", "SmartCharging"], hasSecurityExtension: false },
      commands: {},
      device: {},
      charging: initialCharging(),
    };
    this.#connectors = connectors;
  }

  readonly #connectors: number;

  get env(): Env {
    const evses = Array.from({ length: this.#connectors }, (_, index) => ({
      evseId: index + 1,
      connectors: [{ connectorId: 1, connector16: index + 1 }],
    }));
    return {
      now: epochMs(this.now),
      uuid: () => "",
      topology: { evses },
      settings: {
        ...DEFAULTS.translate,
        ...this.settings,
        ...(this.safeLimitA === undefined ? {} : { safeLimitA: this.safeLimitA }),
      },
      northVersion: "ocpp2.0.1",
      isStationOnline: this.isOnline,
    };
  }

  /** A CALL of the CSMS, until everybody has answered. */
  ask(action: string, payload: Payload): Payload | string | undefined {
    const ref = this.send(action, payload);
    return this.answers.get(ref);
  }

  /** A CALL that may go on waiting. */
  send(action: string, payload: Payload): string {
    this.#refs += 1;
    const ref = `r${this.#refs}`;
    assertGood("csms", action, "request", payload);
    const rule = this.#block.from.csms?.[action];
    if (rule === undefined) throw new Error(`no rule for ${action}`);
    this.take(rule(this.state, { ref, action, payload, offline: false, at: epochMs(this.now) }, this.env), action);
    return ref;
  }

  hear(action: string): void {
    const asked = { ref: "", action, payload: {}, offline: false, at: epochMs(this.now) };
    const rule = this.#block.hears[action];
    if (rule !== undefined) this.take(rule(this.state, asked, this.env));
  }

  wake(): void {
    const rule = this.#block.wakes?.["charging.replan"];
    if (rule !== undefined) this.take(rule(this.state, { kind: "charging.replan" }, this.env));
  }

  begin(transaction: Partial<Transaction> & { readonly connector16: number }): Transaction {
    const { transactions } = this.state.tx;
    const begun: Transaction = {
      tx16: 100 + transactions.length,
      id: `tx-${transactions.length + 1}`,
      evseId: transaction.connector16,
      seqNo: 0,
      idTag: "A",
      meterStart: 0,
      startedAt: epochMs(this.now),
      lastRegister: 0,
      startKey: "",
      ...transaction,
    };
    this.state = { ...this.state, tx: { ...this.state.tx, transactions: [...transactions, begun] } };
    this.hear("StatusNotification");
    return begun;
  }

  end(id: string): void {
    const transactions = this.state.tx.transactions.map((tx) =>
      tx.id === id ? { ...tx, endedAt: epochMs(this.now) } : tx,
    );
    this.state = { ...this.state, tx: { ...this.state.tx, transactions } };
    for (const tx of transactions) if (tx.id === id) this.station.endOfTransaction(tx.tx16);
    this.hear("StopTransaction");
  }

  take(step: Step<TranslationState>, asked = ""): void {
    // State is stored between any two steps.
    this.state = JSON.parse(JSON.stringify(step.state));
    for (const want of step.wants) this.#fulfil(want, asked);
  }

  #fulfil(want: Want, asked: string): void {
    if (want.do === "answer") {
      if (asked !== "") assertGood("csms", asked, "response", want.payload);
      this.answers.set(want.ref, want.payload);
    } else if (want.do === "refuse") this.answers.set(want.ref, want.code);
    else if (want.do === "wake") this.wakes.push({ kind: want.job.kind, at: want.at });
    else if (want.do === "ask" && want.peer === "csms") {
      assertGood("csms", want.action, "request", want.payload);
      this.reports.push(want.payload);
    } else if (want.do === "ask")
      this.#tell(want.action, JSON.parse(JSON.stringify(want.payload)), want.job ?? { kind: "" }, asked);
  }

  #tell(action: string, payload: Payload, job: NonNullable<Extract<Want, { do: "ask" }>["job"]>, asked: string): void {
    assertGood("station", action, "request", payload);
    this.told.push({ action, payload });
    const outcome = this.answer(action, payload) ?? {
      kind: "result",
      payload: { status: this.#stationAnswer(action, payload) },
    };
    const rule = this.#block.answers?.[job.kind];
    if (rule !== undefined) this.take(rule(this.state, job, outcome, this.env), asked);
  }

  #stationAnswer(action: string, payload: Payload): string {
    if (action === "ClearChargingProfile") return this.station.clear(payload["id"] as number | undefined);
    return this.station.set(
      Number(payload["connectorId"]),
      payload["csChargingProfiles"] as Profile16,
      epochMs(this.now),
    );
  }
}

function assertGood(peer: "station" | "csms", action: string, kind: "request" | "response", payload: Payload): void {
  const violation = validators[peer].validate(action, kind, payload);
  if (violation !== undefined)
    throw new Error(`${action} ${kind}: ${violation.pointer} ${violation.keyword} ${JSON.stringify(payload)}`);
}

/** A simple SetChargingProfileRequest. */
export function setRequest(id: number, evseId: number, limit: number, more: Payload = {}): Payload {
  return {
    evseId,
    chargingProfile: {
      id,
      stackLevel: 0,
      chargingProfilePurpose: "TxDefaultProfile",
      chargingProfileKind: "Relative",
      chargingSchedule: [{ id, chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit }] }],
      ...more,
    },
  };
}
