/** One station's truth against its book at the CSMS: the part of compare-ledgers.ts that does the work. Pure. */
import type { Damage, Finding } from "./compare-ledgers.ts";
import type { AcceptedMessage } from "./ledger-books.ts";
import { contentKey, registerOf, spelling } from "./ledger-content.ts";
import { messagesOf, type StationTruth, type TruthMessage, type TruthTransaction } from "./ledger-truth.ts";

interface Said {
  readonly message: TruthMessage;
  readonly transaction: TruthTransaction | undefined;
  readonly arrivals: AcceptedMessage[];
}

/** Delivered this much later than answered: the gateway, not the CSMS, had answered. */
const LATE_MS = 100;

export class StationComparison {
  readonly findings: Finding[] = [];
  energyDiffWh = 0;
  repeats = 0;
  inversions = 0;
  offlineMarkMissing = 0;
  readonly #truth: StationTruth;
  readonly #accepted: readonly AcceptedMessage[];
  readonly #isPoison: (message: TruthMessage) => boolean;
  readonly #said = new Map<string, Said>();
  readonly #byMessage = new Map<TruthMessage, Said>();
  /** 1.6: who a transaction id of the CSMS belongs to. */
  readonly #owners = new Map<number, TruthTransaction>();

  constructor(truth: StationTruth, accepted: readonly AcceptedMessage[], isPoison: (message: TruthMessage) => boolean) {
    this.#truth = truth;
    this.#accepted = accepted;
    this.#isPoison = isPoison;
    const note = (message: TruthMessage, transaction: TruthTransaction | undefined) => {
      const said = { message, transaction, arrivals: [] };
      this.#said.set(contentKey(message.action, message.payload), said);
      this.#byMessage.set(message, said);
    };
    for (const transaction of truth.transactions)
      for (const message of transaction.messages) note(message, transaction);
    for (const message of truth.others) note(message, undefined);
  }

  compare(): void {
    for (const arrival of this.#accepted) this.#match(arrival);
    for (const said of this.#byMessage.values()) this.#judge(said);
    for (const transaction of this.#truth.transactions) {
      this.#judgeOrder(transaction);
      this.#judgeEnergy(transaction);
    }
    this.#judgeStops();
    this.inversions = overtakers(messagesOf(this.#truth).map((message) => this.#firstPosition(message))).length;
  }

  #match(arrival: AcceptedMessage): void {
    this.repeats += arrival.repeats;
    const said = this.#said.get(contentKey(arrival.action, arrival.payload));
    if (said === undefined) {
      this.#sayStranger(arrival);
      return;
    }
    said.arrivals.push(arrival);
    const { transaction, message } = said;
    if (arrival.givenId !== undefined && transaction !== undefined) this.#owners.set(arrival.givenId, transaction);
    const sent = JSON.stringify([2, arrival.id, message.action, message.payload]);
    if (spelling(sent) !== spelling(arrival.text)) {
      this.#say("respelled", said, `sent as ${spelling(sent)}, came as ${spelling(arrival.text)}`);
    }
  }

  #sayStranger({ action, id, payload, text }: AcceptedMessage): void {
    const stamp = String(payload["timestamp"] ?? "") || /"timestamp":"([^"]+)"/.exec(text)?.[1];
    const original = [...this.#byMessage.values()].find(
      ({ message }) => message.action === action && JSON.stringify(message.payload).includes(`"timestamp":"${stamp}"`),
    );
    if (original !== undefined) this.#say("altered", original, `came as ${text}`);
    else this.findings.push(this.#finding("invented", `${action} ${id}, which no station sent: ${text.slice(0, 300)}`));
  }

  #judge(said: Said): void {
    const { message, arrivals } = said;
    if (arrivals.length === 0 && !this.#isPoison(message)) {
      if (message.ackedAt !== undefined) {
        this.#say("lost", said, `answered ${ago(message.ackedAt, message.madeAt)}, never reached the CSMS`);
      } else if (!this.#truth.retired) {
        this.#say("undelivered", said, `sent ${message.attempts.length} times, never answered`);
      }
    }
    for (const again of arrivals.slice(1)) {
      const [first] = arrivals;
      this.#say(
        "duplicated",
        said,
        `came as ${first?.id} and ${again.at - (first?.at ?? 0)} ms later as ${again.id}; the station sent it as ${message.attempts.join(", ")}`,
      );
    }
    for (const arrival of arrivals) this.#judgeArrival(said, arrival);
  }

  #judgeArrival(said: Said, arrival: AcceptedMessage): void {
    const { transaction, message } = said;
    const id = arrival.payload["transactionId"];
    if (this.#truth.version === "ocpp1.6" && message.kind !== "start" && transaction !== undefined) {
      const owner = this.#owners.get(id as number);
      if (owner !== transaction) {
        this.#say(
          "misattributed",
          said,
          `came with transactionId ${id}, which is ${owner === undefined ? "nobody's" : `that of transaction ${owner.nth}`}`,
        );
      }
    }
    const isLate = message.ackedAt !== undefined && arrival.at > message.ackedAt + LATE_MS;
    if (message.action === "TransactionEvent" && isLate && arrival.payload["offline"] !== true)
      this.offlineMarkMissing += 1;
  }

  #judgeOrder(transaction: TruthTransaction): void {
    const positions = transaction.messages.map((message) => this.#firstPosition(message));
    for (const index of overtakers(positions)) {
      const said = this.#byMessage.get(transaction.messages[index] as TruthMessage);
      if (said !== undefined) this.#say("reordered", said, "came after a later message of its transaction");
    }
  }

  #judgeEnergy(transaction: TruthTransaction): void {
    const { meterStopWh, meterStartWh, messages } = transaction;
    const stop = messages.at(-1);
    const isHeld = this.#truth.retired && stop?.ackedAt === undefined;
    const isPoisoned = messages.some((message) => this.#isPoison(message));
    if (meterStopWh === undefined || isHeld || isPoisoned) return;
    const wh = meterStopWh - meterStartWh;
    const billed = this.#truth.version === "ocpp1.6" ? this.#billed16(transaction) : this.#billed201(transaction);
    if (billed === wh) return;
    this.energyDiffWh += Math.abs(billed - wh);
    this.findings.push(
      this.#finding("energy", `${describe(transaction)}: ${wh} Wh at the station, ${billed} Wh at the CSMS`),
    );
  }

  /** All transactions that the CSMS opened for this one, as it would bill them. */
  #billed16(transaction: TruthTransaction): number {
    const starts = this.#accepted.filter(
      ({ givenId }) => givenId !== undefined && this.#owners.get(givenId) === transaction,
    );
    return starts.reduce((sum, { givenId, payload }) => {
      const stop = this.#accepted.find(
        ({ action, payload: { transactionId } }) => action === "StopTransaction" && transactionId === givenId,
      );
      return stop === undefined ? sum : sum + Number(stop.payload["meterStop"]) - Number(payload["meterStart"]);
    }, 0);
  }

  #billed201({ transactionId }: TruthTransaction): number {
    const events = this.#accepted.filter(
      ({ payload }) =>
        (payload["transactionInfo"] as { transactionId?: unknown } | undefined)?.transactionId === transactionId,
    );
    const at = (type: string) => events.find(({ payload }) => payload["eventType"] === type)?.payload;
    const [started, ended] = [at("Started"), at("Ended")];
    return started === undefined || ended === undefined ? 0 : (registerOf(ended) ?? 0) - (registerOf(started) ?? 0);
  }

  #judgeStops(): void {
    for (const id of this.#truth.unknownStops) {
      const owner = this.#owners.get(id as number);
      if (owner === undefined || owner.transactionId === id) continue;
      this.findings.push(
        this.#finding(
          "misdirected",
          `${describe(owner)}: told to stop ${id}, which it knows as ${owner.transactionId}`,
        ),
      );
    }
  }

  #firstPosition(message: TruthMessage): number | undefined {
    return this.#byMessage.get(message)?.arrivals[0]?.position;
  }

  #say(damage: Damage, { transaction, message }: Said, what: string): void {
    const whose = transaction === undefined ? "no transaction" : describe(transaction);
    const nth =
      transaction === undefined ? "" : ` ${transaction.messages.indexOf(message) + 1}/${transaction.messages.length}`;
    const at = new Date(message.madeAt).toISOString();
    this.findings.push(this.#finding(damage, `${whose}, ${message.action}${nth} of ${at}: ${what}`));
  }

  #finding(damage: Damage, text: string): Finding {
    const { station, version } = this.#truth;
    return { damage, station, text: `${station} (${version}) ${text}` };
  }
}

/** Indices of what came after something that should have come later. */
function overtakers(positions: readonly (number | undefined)[]): readonly number[] {
  const found: number[] = [];
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = positions.length - 1; index >= 0; index -= 1) {
    const position = positions[index];
    if (position === undefined) continue;
    if (position > lowest) found.push(index);
    lowest = Math.min(lowest, position);
  }
  return found.reverse();
}

function describe({ nth, connectorId, meterStartWh, meterStopWh, transactionId }: TruthTransaction): string {
  const wh = meterStopWh === undefined ? "running" : `${meterStopWh - meterStartWh} Wh`;
  return `transaction ${nth} (connector ${connectorId}, id ${transactionId ?? "none"}, ${wh})`;
}

const ago = (at: number, from: number): string => `${at - from} ms after it was made`;
