/**
 * The rules of the device model between a scripted 1.6 station and a CSMS that takes everything: wants are done at once, each message
 * is held against the compiled schemas of its version.
 */

import { DEFAULTS } from "../../src/config/defaults.ts";
import { epochMs } from "../../src/domain/ids.ts";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import { loadValidators } from "../../src/domain/ocpp/validate.ts";
import type {
  Block,
  Env,
  Job,
  Outcome,
  Step,
  Topology,
  TranslationSettings,
  TranslationState,
  Want,
} from "../../src/domain/translate/contract.ts";
import { deviceBlocks } from "../../src/domain/translate/device-blocks.ts";
import { type Learning, learnAtBoot, UNLEARNED } from "../../src/domain/translate/device-learning.ts";
import type { DeviceOptions } from "../../src/domain/translate/device-options.ts";
import { initialDevice } from "../../src/domain/translate/device-state.ts";
import type { ToleranceOverride } from "../../src/domain/translate/quirks.ts";

const STATION = await loadValidators("ocpp1.6");
const CSMS = { "ocpp2.0.1": await loadValidators("ocpp2.0.1"), "ocpp2.1": await loadValidators("ocpp2.1") };

export const REF = "the call";
/** 2026-03-01T12:00:00Z */
export const NOON = epochMs(1_772_366_400_000);

export interface Key16 {
  readonly key: string;
  readonly value?: unknown;
  readonly readonly?: boolean;
}

/** A 1.6 station's configuration. */
export class Station16 {
  readonly keys: Map<string, Key16>;
  /** Instead of what it would answer. */
  override: ((action: string, payload: Payload) => Outcome | undefined) | undefined;
  /** Says Accepted, does nothing. */
  isLying = false;

  constructor(keys: readonly Key16[]) {
    this.keys = new Map(keys.map((entry) => [entry.key.toLowerCase(), entry]));
  }

  answer(action: string, payload: Payload): Outcome {
    return this.override?.(action, payload) ?? { kind: "result", payload: this.#result(action, payload) };
  }

  #result(action: string, payload: Payload): Payload {
    if (action === "ChangeConfiguration") return { status: this.#change(String(payload["key"]), payload["value"]) };
    const asked = payload["key"] as readonly string[] | undefined;
    if (asked === undefined) return { configurationKey: [...this.keys.values()] };
    const known = asked.flatMap((key) => this.keys.get(key.toLowerCase()) ?? []);
    return { configurationKey: known, unknownKey: asked.filter((key) => !this.keys.has(key.toLowerCase())) };
  }

  #change(key: string, value: unknown): string {
    const entry = this.keys.get(key.toLowerCase());
    if (entry === undefined) return "NotSupported";
    if (entry.readonly === true) return "Rejected";
    if (!this.isLying) this.keys.set(key.toLowerCase(), { ...entry, value });
    return "Accepted";
  }
}

export interface Sent {
  readonly peer: "station" | "csms";
  readonly action: string;
  readonly payload: Payload;
}

export const topologyOf = (connectors: number): Topology => ({
  evses: Array.from({ length: connectors }, (_, index) => ({
    evseId: index + 1,
    connectors: [{ connectorId: 1, connector16: index + 1, type: "cType2" }],
  })),
});

export class DeviceRig {
  state: TranslationState;
  now = NOON;
  isOnline = true;
  settings: TranslationSettings = DEFAULTS.translate;
  northVersion: "ocpp2.0.1" | "ocpp2.1" = "ocpp2.0.1";
  /** What the CSMS answers to a part of a report. */
  csms: () => Outcome = () => ({ kind: "result", payload: {} });
  readonly station: Station16;
  readonly sent: Sent[] = [];
  readonly lost: string[] = [];
  readonly repaired: string[] = [];
  /** What is to be woken, and when. */
  readonly alarms: [kind: string, at: number | undefined][] = [];
  readonly #topology: Topology;
  readonly #blocks: readonly Block[];
  #answer: { action: string; payload?: Payload; code?: string } | undefined;

  constructor(station: Station16, options: DeviceOptions = {}, connectors = 2) {
    this.station = station;
    this.#topology = topologyOf(connectors);
    this.#blocks = deviceBlocks(options);
    this.state = {
      v: 1,
      tx: { registration: "Accepted", transactions: [], highestTx16: 0, connectors: {}, eventId: 0, more: {} },
      capabilities: UNLEARNED,
      commands: {},
      device: initialDevice(),
      charging: {},
    };
  }

  get env(): Env {
    return {
      now: this.now,
      uuid: () => "00000000-0000-4000-8000-000000000000",
      topology: this.#topology,
      settings: this.settings,
      northVersion: this.northVersion,
      isStationOnline: this.isOnline,
    };
  }

  /** `override`: what the operator says of the station. */
  boot({ override, ...learning }: Learning & { readonly override?: ToleranceOverride } = {}): this {
    if (override !== undefined) this.settings = { ...this.settings, tolerances: override };
    this.#run(learnAtBoot(this.state, this.env, learning));
    return this;
  }

  /** The CALLRESULT's payload. */
  ask(action: string, payload: Payload): Payload {
    const answer = this.#call(action, payload);
    if (answer?.payload === undefined) throw new Error(`${action} was not answered: ${answer?.code}`);
    return answer.payload;
  }

  /** The CALLERROR's code; undefined when there was none. */
  refusal(action: string, payload: Payload): string | undefined {
    return this.#call(action, payload)?.code;
  }

  sentTo(peer: "station" | "csms", action?: string): readonly Payload[] {
    return this.sent
      .filter((message) => message.peer === peer && (action === undefined || message.action === action))
      .map(({ payload }) => payload);
  }

  #call(action: string, payload: Payload): { payload?: Payload; code?: string } | undefined {
    check(CSMS[this.northVersion].validate(action, "request", payload), action, payload);
    const rule = this.#blocks.map(({ from }) => from.csms?.[action]).find((found) => found !== undefined);
    if (rule === undefined) throw new Error(`no rule for ${action}`);
    this.#answer = { action };
    const asked = { ref: REF, action, payload, offline: false, at: this.now };
    this.#run(rule(this.state, asked, this.env));
    return this.#answer;
  }

  #run(step: Step<TranslationState>): void {
    oneAtATime(step.wants);
    // State and jobs are stored as JSON between any two messages.
    this.state = JSON.parse(JSON.stringify(step.state));
    const queue = [...step.wants];
    for (let count = 0; queue.length > 0; count += 1) {
      if (count > 5_000) throw new Error("it never ends");
      queue.push(...this.#do(queue.shift() as Want));
    }
  }

  #do(want: Want): readonly Want[] {
    switch (want.do) {
      case "lost":
        this.lost.push(want.what);
        return [];
      case "repaired":
        this.repaired.push(want.what);
        return [];
      case "answer":
        this.#settle({ payload: want.payload });
        return [];
      case "refuse":
        this.#settle({ code: want.code });
        return [];
      case "wake":
        this.alarms.push([want.job.kind, want.at]);
        return [];
      case "ask":
        return this.#ask(want);
    }
  }

  #settle(how: { payload?: Payload; code?: string }): void {
    const { action = "", payload, code } = this.#answer ?? {};
    if (payload !== undefined || code !== undefined) throw new Error(`${action} was answered twice`);
    if (how.payload !== undefined)
      check(CSMS[this.northVersion].validate(action, "response", how.payload), action, how.payload);
    this.#answer = { action, ...how };
  }

  #ask({ peer, action, payload, job }: Extract<Want, { do: "ask" }>): readonly Want[] {
    const validators = peer === "station" ? STATION : CSMS[this.northVersion];
    check(validators.validate(action, "request", payload), action, payload);
    this.sent.push({ peer, action, payload });
    const outcome = peer === "station" ? this.#south(action, payload) : this.csms();
    return job === undefined ? [] : this.settle(JSON.parse(JSON.stringify(job)), outcome);
  }

  #south(action: string, payload: Payload): Outcome {
    return this.isOnline ? this.station.answer(action, payload) : { kind: "none" };
  }

  /** What the rules want of an outcome. */
  settle(job: Job, outcome: Outcome): readonly Want[] {
    const rule = this.#blocks.map(({ answers }) => answers?.[job.kind]).find((found) => found !== undefined);
    if (rule === undefined) throw new Error(`nobody waits for ${job.kind}`);
    const step = rule(this.state, job, outcome, this.env);
    this.state = JSON.parse(JSON.stringify(step.state));
    oneAtATime(step.wants);
    return step.wants;
  }
}

/** Neither peer is asked a second thing before it has answered the first: no bursts (field-lessons case 44, 13). */
function oneAtATime(wants: readonly Want[]): void {
  if (wants.filter((want) => want.do === "ask").length > 1) throw new Error("a burst of calls");
}

function check(violation: unknown, action: string, payload: unknown): void {
  if (violation !== undefined) {
    throw new Error(`${action}: ${JSON.stringify(violation)} in ${JSON.stringify(payload)}`);
  }
}

/** What 1.6 requires of every station, and the four profiles with keys. */
export const usualKeys = (): Key16[] => [
  { key: "AllowOfflineTxForUnknownId", value: "false", readonly: false },
  { key: "AuthorizationCacheEnabled", value: "true", readonly: false },
  { key: "AuthorizeRemoteTxRequests", value: "false", readonly: false },
  { key: "BlinkRepeat", value: "3", readonly: false },
  { key: "ClockAlignedDataInterval", value: "900", readonly: false },
  { key: "ConnectionTimeOut", value: "60", readonly: false },
  { key: "ConnectorPhaseRotation", value: "0.RST,1.RST,2.RTS", readonly: false },
  { key: "GetConfigurationMaxKeys", value: "5", readonly: true },
  { key: "HeartbeatInterval", value: "600", readonly: false },
  { key: "LightIntensity", value: "50", readonly: false },
  { key: "LocalAuthorizeOffline", value: "true", readonly: false },
  { key: "LocalPreAuthorize", value: "false", readonly: false },
  { key: "MaxEnergyOnInvalidId", value: "500", readonly: false },
  { key: "MessageTimeout", value: "25", readonly: false },
  { key: "MeterValuesAlignedData", value: "Energy.Active.Import.Register", readonly: false },
  { key: "MeterValuesAlignedDataMaxLength", value: "4", readonly: true },
  {
    key: "MeterValuesSampledData",
    value: "Energy.Active.Import.Register,Current.Import.L1,Current.Import.L2,Temperature",
    readonly: false,
  },
  { key: "MeterValuesSampledDataMaxLength", value: "6", readonly: true },
  { key: "MeterValueSampleInterval", value: "60", readonly: false },
  { key: "MinimumStatusDuration", value: "2", readonly: false },
  { key: "NumberOfConnectors", value: "2", readonly: true },
  { key: "ResetRetries", value: "2", readonly: false },
  { key: "StopTransactionOnEVSideDisconnect", value: "True", readonly: false },
  { key: "StopTransactionOnInvalidId", value: "true", readonly: false },
  { key: "StopTxnAlignedData", value: "", readonly: false },
  { key: "StopTxnSampledData", value: "Energy.Active.Import.Register", readonly: false },
  {
    key: "SupportedFeatureProfiles",
    value: "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
    readonly: true,
  },
  { key: "SupportedFileTransferProtocols", value: "FTP, HTTPS", readonly: true },
  { key: "TransactionMessageAttempts", value: "3", readonly: false },
  { key: "TransactionMessageRetryInterval", value: "20", readonly: false },
  { key: "UnlockConnectorOnEVSideDisconnect", value: "true", readonly: false },
  { key: "WebSocketPingInterval", value: "30", readonly: false },
  { key: "LocalAuthListEnabled", value: "true", readonly: false },
  { key: "LocalAuthListMaxLength", value: "200", readonly: true },
  { key: "SendLocalListMaxLength", value: "50", readonly: true },
  { key: "ReserveConnectorZeroSupported", value: "true", readonly: true },
  { key: "ChargeProfileMaxStackLevel", value: "8", readonly: true },
  { key: "ChargingScheduleAllowedChargingRateUnit", value: "Current,Power", readonly: true },
  { key: "ChargingScheduleMaxPeriods", value: "24", readonly: true },
  { key: "ConnectorSwitch3to1PhaseSupported", value: "false", readonly: true },
  { key: "MaxChargingProfilesInstalled", value: "10", readonly: true },
  { key: "SampledDataSignReadings", value: "false", readonly: false },
  { key: "AlignedDataSignReadings", value: "false", readonly: false },
  { key: "PublicKeyWithSignedMeterValue", value: "Never", readonly: false },
  { key: "SecurityProfile", value: "2", readonly: false },
  { key: "CpoName", value: "Somebody", readonly: false },
  { key: "AdditionalRootCertificateCheck", value: "true", readonly: true },
  { key: "CertificateStoreMaxLength", value: "4", readonly: true },
  { key: "CertificateSignedMaxChainSize", value: "10000", readonly: true },
  { key: "AuthorizationKey", value: "do not tell", readonly: false },
  { key: "Ack.MaxRetries", value: "7", readonly: false },
  { key: "Free Vend", value: "off", readonly: true },
];

/** `Component.Variable[Instance]`, with `@evse` or `@evse.connector` behind the component. */
export function place(text: string): { component: Payload; variable: Payload } {
  const [, name, evse, connector, variable, instance] =
    /^(\w+)(?:@(\d+)(?:\.(\d+))?)?\.([^[\]]+)(?:\[(\w+)\])?$/.exec(text) ?? [];
  const id =
    evse === undefined ? {} : { evse: { id: Number(evse), ...(connector ? { connectorId: Number(connector) } : {}) } };
  return {
    component: { name, ...id },
    variable: { name: variable, ...(instance === undefined ? {} : { instance }) },
  };
}
