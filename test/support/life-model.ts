/**
 * What a station's actor should remember, kept beside the gateway from what was said on the wire, and written from the
 * specification alone. It keeps every state of the past with the instants between which the gateway can have had it, so that a
 * restored state can be dated.
 */
export interface ModelProfile {
  readonly id: number;
  readonly evseId: number;
  readonly stackLevel: number;
  readonly purpose: string;
  readonly transactionId?: string;
}

export interface Life {
  readonly registration: string;
  readonly heartbeatIntervalSec: number;
  /** `evse/connector` → `status errorCode`. */
  readonly connectors: Readonly<Record<string, string>>;
  /** Transaction → EVSE. */
  readonly transactions: Readonly<Record<string, number>>;
  readonly profiles: readonly ModelProfile[];
}

interface Step {
  readonly life: Life;
  readonly text: string;
  /** The gateway cannot have had it earlier. */
  readonly earliest: number;
  /** The gateway has had it, or a later one, from here on; infinite where nobody confirmed it. */
  confirmedAt: number;
}

/** A station that the gateway has never seen; 300 s count until the CSMS has spoken. */
export const UNBORN: Life = {
  registration: "none",
  heartbeatIntervalSec: 300,
  connectors: {},
  transactions: {},
  profiles: [],
};

export class LifeModel {
  #steps: Step[];
  /** Texts of the steps that the last `reset` ended. */
  #past: readonly string[] = [];

  constructor(life: Life = UNBORN) {
    this.#steps = [stepOf(life, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)];
  }

  get life(): Life {
    return (this.#steps.at(-1) as Step).life;
  }

  /** Something is about to be said that makes `life` of the present one; call what it returns when it was confirmed. */
  begin(life: Life): () => void {
    const step = stepOf(life, performance.now(), Number.POSITIVE_INFINITY);
    if (step.text === this.#steps.at(-1)?.text) return () => undefined;
    this.#steps.push(step);
    return () => {
      step.confirmedAt = performance.now();
    };
  }

  /**
   * Whether the gateway had `life` at some instant of `from`…`to`.
   *
   * @returns undefined when it had, else what is wrong with it
   */
  dispute(life: Life, from: number, to: number): string | undefined {
    const text = textOf(life);
    const candidates = this.#steps.filter((step) => step.text === text);
    if (candidates.length === 0) {
      const wrong = this.#past.includes(text) ? "from before the last restart" : "invented";
      return `${wrong}: ${text}\n  restarted with: ${this.#steps[0]?.text}\n  latest: ${this.#steps.at(-1)?.text}`;
    }
    const isInTime = (step: Step) => {
      const next = this.#steps[this.#steps.indexOf(step) + 1];
      return step.earliest <= to && (next === undefined || next.confirmedAt >= from);
    };
    if (candidates.some(isInTime)) return undefined;
    const next = this.#steps[this.#steps.indexOf(candidates.at(-1) as Step) + 1];
    return `too old by ${(from - (next?.confirmedAt ?? 0)).toFixed(0)} ms: ${text}\n  latest: ${this.#steps.at(-1)?.text}`;
  }

  /** From here on the gateway has what it was found to have. */
  reset(life: Life): void {
    this.#past = this.#steps.map(({ text }) => text);
    this.#steps = [stepOf(life, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)];
  }
}

/** A profile is installed: OCPP 1.6 §5.16.4, 2.0.1 K01.FR.05. */
export function withProfile(life: Life, added: ModelProfile): Life {
  const stays = (old: ModelProfile) =>
    old.id !== added.id &&
    !(
      old.evseId === added.evseId &&
      old.stackLevel === added.stackLevel &&
      old.purpose === added.purpose &&
      (added.purpose !== "TxProfile" || old.transactionId === added.transactionId)
    );
  return { ...life, profiles: [...life.profiles.filter(stays), added] };
}

/** A transaction has ended, and its profiles with it. */
export function withoutTransaction(life: Life, id: string): Life {
  const { [id]: _ended, ...transactions } = life.transactions;
  const profiles = life.profiles.filter(
    ({ purpose, transactionId }) => purpose !== "TxProfile" || transactionId !== id,
  );
  return { ...life, transactions, profiles };
}

function stepOf(life: Life, earliest: number, confirmedAt: number): Step {
  return { life, text: textOf(life), earliest, confirmedAt };
}

/** The same text for the same life, in whatever order things were remembered. */
function textOf({ registration, heartbeatIntervalSec, connectors, transactions, profiles }: Life): string {
  const sorted = (record: object) => Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  const sortedProfiles = [...profiles].sort((a, b) => a.id - b.id);
  const profileTexts = sortedProfiles.map((profile) => {
    const { id, evseId, stackLevel, purpose, transactionId = "" } = profile;
    return [id, evseId, stackLevel, purpose, transactionId].join(" ");
  });
  return JSON.stringify([registration, heartbeatIntervalSec, sorted(connectors), sorted(transactions), profileTexts]);
}
