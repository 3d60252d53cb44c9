/**
 * A simulated station, as lean as it can be: at most one CALL outstanding (later ones wait here, and their latency counts
 * from when they were due), every answer compared with the one the CSMS sent.
 */
import type { Socket } from "node:net";
import {
  type CallTemplate,
  callTemplate,
  ID_AT,
  ID_LENGTH,
  MAX_MESSAGE_NO,
  messageIdPrefix,
  messageNoAt,
  patchTemplate,
} from "./call-template.ts";
import { openClientSocket } from "./client-socket.ts";
import { maskedFrame, OPCODE } from "./framing.ts";
import {
  bootMessage,
  expectedAnswer,
  FIRST_SEQ_NO,
  type LoadMessage,
  type LoadVersion,
  loadMessage,
  type MessageKind,
  startMessage,
  stopMessage,
} from "./messages.ts";
import type { StationSetup } from "./protocol.ts";
import { sameAnswer } from "./same-answer.ts";
import type { Tally } from "./tally.ts";

export interface StationOptions {
  /** Where stations connect; the identity is appended. */
  readonly baseUrl: string;
  readonly identity: string;
  readonly version: LoadVersion;
  /** Distinguishes this connection's message and transaction ids from every other one's. */
  readonly connectionNo: number;
}

interface Due {
  readonly kind: MessageKind;
  /** `performance.now()` at which the call should have gone out. */
  readonly dueAt: number;
  readonly tally: Tally;
}

const CALL = 0x32;
const CALLRESULT = 0x33;
const CALLERROR = 0x34;
/** `[3,"` + id + `",` */
const ANSWER_AT = ID_AT + ID_LENGTH + 2;

export class LoadStation {
  readonly identity: string;
  /** Called when a call has ended and no other waits: the closed loop sends the next one. */
  onIdle: ((station: LoadStation) => void) | undefined;

  readonly #options: StationOptions;
  readonly #key: Uint8Array;
  readonly #idPrefix: Buffer;
  readonly #templates = new Map<MessageKind, CallTemplate>();
  readonly #waiting: Due[] = [];
  #socket: Socket | undefined;
  #messageNo = 0;
  #seqNo = FIRST_SEQ_NO;
  #transactionId: number | string | undefined;
  #timestamp = new Date().toISOString();

  #current: Due | undefined;
  #template: CallTemplate | undefined;
  #sentAt = 0;
  #setup: { resolve(payload: unknown): void; reject(error: Error): void } | undefined;
  /** Where stray frames are counted: the tally of the latest call. */
  #tally: Tally | undefined;

  constructor(options: StationOptions) {
    this.#options = options;
    this.identity = options.identity;
    const no = options.connectionNo;
    this.#key = Uint8Array.of(0x5a ^ (no & 0x1f), 0xc3, 0x17, 0x80 | (no & 0x7f));
    this.#idPrefix = Buffer.from(messageIdPrefix(no));
  }

  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Connects and boots; then reports its status and starts a transaction. Rejects when an answer is not the right one. */
  async connect(setup: StationSetup): Promise<void> {
    const { baseUrl, version } = this.#options;
    this.#socket = await openClientSocket({
      url: `${baseUrl}/${this.identity}`,
      subprotocol: version,
      key: this.#key,
      onText: (data, start, end) => this.#text(data, start, end),
      onClose: () => this.#closed(),
    });
    await this.#expect(bootMessage(version));
    if (setup === "transaction") await this.#startTransaction(version);
  }

  async #startTransaction(version: LoadVersion): Promise<void> {
    await this.#expect(loadMessage(version, "status", this.#facts()));
    if (version === "ocpp2.0.1") {
      this.#transactionId = transactionId201(this.#options.connectionNo);
      await this.#expect(startMessage(version, this.#facts()));
    } else {
      this.#transactionId = transactionIdOf(await this.#call(startMessage(version, this.#facts())));
    }
  }

  /** Ends the transaction if there is one, and closes. */
  async disconnect(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    if (this.#transactionId !== undefined && !this.isBusy) {
      this.#seqNo += 1;
      await this.#call(stopMessage(this.#options.version, this.#facts(), this.#seqNo)).catch(() => undefined);
      this.#transactionId = undefined;
    }
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.end(maskedFrame(OPCODE.close, Uint8Array.of(0x03, 0xe8), this.#key));
    const killer = setTimeout(() => socket.destroy(), 2000);
    await closed;
    clearTimeout(killer);
  }

  /** A call of `kind` is due. It goes out at once, or after those that were due before. */
  offer(kind: MessageKind, dueAt: number, tally: Tally): void {
    tally.counts.offered += 1;
    const due = { kind, dueAt, tally };
    if (this.#socket === undefined) tally.counts.disconnected += 1;
    else if (this.#current === undefined) this.#send(due);
    else this.#waiting.push(due);
  }

  /** Gives the outstanding call up when it was sent `limitMs` or more before `now`. */
  expire(now: number, limitMs: number): void {
    if (this.#current === undefined || now - this.#sentAt < limitMs) return;
    this.#current.tally.counts.timeouts += 1;
    this.#next();
  }

  /** Gives up everything that waits or is outstanding, and counts it as timed out. */
  abandon(): void {
    for (const { tally } of this.#waiting.splice(0)) tally.counts.timeouts += 1;
    this.expire(Number.POSITIVE_INFINITY, 0);
  }

  #facts() {
    return { idTag: `B${this.#options.connectionNo}`, transactionId: this.#transactionId, timestamp: this.#timestamp };
  }

  #send(due: Due): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const template = this.#templateOf(due.kind);
    this.#messageNo = this.#messageNo >= MAX_MESSAGE_NO ? 1 : this.#messageNo + 1;
    if (template.countAt >= 0) this.#seqNo += 1;
    patchTemplate(template, this.#messageNo, this.#seqNo);
    this.#current = due;
    this.#tally = due.tally;
    this.#template = template;
    this.#sentAt = performance.now();
    // Bytes of an earlier, given-up call may still be on their way out of this very buffer.
    socket.write(socket.writableLength > 0 ? Buffer.from(template.frame) : template.frame);
  }

  #templateOf(kind: MessageKind): CallTemplate {
    const known = this.#templates.get(kind);
    if (known !== undefined) return known;
    const message = loadMessage(this.#options.version, kind, this.#facts());
    const expected = expectedAnswer(this.#options.version, message.action);
    const template = callTemplate({ kind, idPrefix: this.#idPrefix.toString(), message, expected, key: this.#key });
    this.#templates.set(kind, template);
    return template;
  }

  #text(data: Buffer, start: number, end: number): void {
    const type = data[start + 1] ?? 0;
    if (type === CALL) {
      this.#refuse(data, start, end);
      return;
    }
    const no = messageNoAt(data, start + ID_AT, this.#idPrefix);
    if (no !== this.#messageNo || (this.#current ?? this.#setup) === undefined) this.#stray(no);
    else if (this.#setup !== undefined) this.#setupAnswer(type, data.toString("utf8", start, end));
    else this.#answer(type, data, start, end);
  }

  #answer(type: number, data: Buffer, start: number, end: number): void {
    const current = this.#current;
    const expected = this.#template?.expected;
    if (current === undefined || expected === undefined) return;
    const { counts } = current.tally;
    const latencyUs = (performance.now() - current.dueAt) * 1000;
    if (type === CALLERROR) counts.callErrors += 1;
    else if (type !== CALLRESULT) counts.wrong += 1;
    else if (expected.compare(data, start + ANSWER_AT, end - 1) === 0) {
      current.tally.answer(current.kind, latencyUs);
    } else if (sameAnswer(data.toString("utf8", start, end), expected.toString())) {
      counts.reformatted += 1;
      current.tally.answer(current.kind, latencyUs);
    } else counts.wrong += 1;
    this.#next();
  }

  /** An answer that nobody waits for. A lower number is one of ours that was given up. */
  #stray(no: number): void {
    if (this.#tally === undefined) return;
    if (no >= 0 && no <= this.#messageNo) this.#tally.counts.late += 1;
    else this.#tally.counts.wrong += 1;
  }

  #next(): void {
    this.#current = undefined;
    const due = this.#waiting.shift();
    if (due !== undefined) this.#send(due);
    else this.onIdle?.(this);
  }

  #closed(): void {
    this.#socket = undefined;
    this.#setup?.reject(new Error(`${this.identity}: closed by the other side`));
    this.#setup = undefined;
    for (const { tally } of this.#waiting.splice(0)) tally.counts.disconnected += 1;
    if (this.#current !== undefined) this.#current.tally.counts.disconnected += 1;
    this.#current = undefined;
  }

  /** Whatever the other side calls, this station does not implement it. */
  #refuse(data: Buffer, start: number, end: number): void {
    if (this.#tally !== undefined) this.#tally.counts.unexpectedCalls += 1;
    const id = JSON.stringify(JSON.parse(data.toString("utf8", start, end))[1]);
    const answer = Buffer.from(`[4,${id},"NotImplemented","",{}]`);
    this.#socket?.write(maskedFrame(OPCODE.text, answer, this.#key));
  }

  /** A call outside the measurement. Resolves with the answer's payload. */
  #call({ action, payload }: LoadMessage): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#messageNo += 1;
      this.#setup = { resolve, reject };
      const id = `${this.#idPrefix}${String(this.#messageNo).padStart(ID_LENGTH - this.#idPrefix.length, "0")}`;
      const text = Buffer.from(JSON.stringify([2, id, action, payload]));
      this.#socket?.write(maskedFrame(OPCODE.text, text, this.#key));
    });
  }

  async #expect(message: LoadMessage): Promise<void> {
    const payload = await this.#call(message);
    const expected = expectedAnswer(this.#options.version, message.action);
    if (!sameAnswer(JSON.stringify([3, "", payload]), expected)) {
      throw new Error(`${this.identity}: ${message.action} was answered ${JSON.stringify(payload)}`);
    }
  }

  #setupAnswer(type: number, text: string): void {
    const setup = this.#setup;
    this.#setup = undefined;
    if (type === CALLRESULT) setup?.resolve(JSON.parse(text)[2]);
    else setup?.reject(new Error(`${this.identity}: ${text}`));
  }
}

/** A UUID that no earlier run used: a gateway may remember transactions. */
const transactionId201 = (connectionNo: number): string =>
  `${connectionNo.toString(16).padStart(8, "0")}-c0de-4000-8000-${Date.now().toString(16).padStart(12, "0")}`;

function transactionIdOf(payload: unknown): number {
  const id = (payload as { transactionId?: unknown }).transactionId;
  if (typeof id !== "number") throw new Error(`StartTransaction was answered ${JSON.stringify(payload)}`);
  return id;
}
