/**
 * The link to the CSMS of one connection of a station that is translated. Towards the gateway it is the link to a 1.6 CSMS; towards the
 * CSMS it is a station that speaks 2.x. So spool, offline policy, health fork and everything else work on 1.6 frames as ever.
 *
 *     gateway ◀─ 1.6 frames ─▶ TranslatingLink ◀─▶ Translator          CsmsLink ◀─ 2.x frames ─▶ CSMS
 *                                    └───────────────────────────────────▲
 *
 * @see docs/translation.md
 */
import type { StationRule, TranslatedVersion } from "../../config/types.ts";
import type { Counters } from "../../domain/counters.ts";
import { GatewayError } from "../../domain/error.ts";
import { type EpochMs, epochMs, messageId } from "../../domain/ids.ts";
import type { PendingCall } from "../../domain/ocpp/call-gate.ts";
import { decodeFrame, hasNumericId } from "../../domain/ocpp/decode-frame.ts";
import { encodeCallError, encodeCallResult } from "../../domain/ocpp/encode-frame.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import { answerToMalformed } from "../../domain/ocpp/malformed.ts";
import type { Outcome } from "../../domain/translate/contract.ts";
import type { OwnValues } from "../../domain/translate/device-own.ts";
import type { Clock } from "../../ports.ts";
import { CsmsLink, type CsmsLinkOptions } from "../csms-link.actor.ts";
import type { NorthLink, NorthSocket } from "../north-link.ts";
import { CLOSE, type PeerSocket } from "../peer-socket.ts";
import type { RelayOptions } from "../relay.ts";
import { NOT_ANSWERED } from "../relay-south.ts";
import type { StationConnection } from "../station-connection.ts";
import type { Translator, TranslatorPort } from "./translator.ts";

export interface TranslatingLinkOptions {
  readonly connection: StationConnection;
  readonly translator: Translator;
  readonly speaks: TranslatedVersion;
  readonly translate: StationRule["translate"];
  /** As for a link to a 1.6 CSMS; `onFrame` gets 1.6 frames. */
  readonly link: CsmsLinkOptions;
  readonly limits: { readonly maxDepth: number; readonly malformedInARow: number };
  /** True while messages of this station wait in the spool. */
  readonly hasBacklog: () => boolean;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly relay: Pick<RelayOptions, "links" | "delays" | "random">;
  /** What the device model says of the link. */
  readonly own: OwnValues;
  /** Names this process in message ids. */
  readonly processId: string;
}

/** What a CSMS is offered. One that knows both speaks the newer. */
const OFFERED: Readonly<Record<TranslatedVersion, readonly string[]>> = {
  "ocpp2.0.1": ["ocpp2.0.1"],
  "ocpp2.1": ["ocpp2.1", "ocpp2.0.1"],
};

export class TranslatingLink implements NorthLink {
  readonly #options: TranslatingLinkOptions;
  readonly #link: CsmsLink;
  readonly #facade: NorthSocket;
  #port: TranslatorPort | undefined;
  readonly #since: EpochMs;
  /** Of the gateway's own, by message id. */
  readonly #commands = new Map<string, { resolve(answer: Payload): void; reject(error: GatewayError): void }>();
  #malformed = 0;

  constructor(options: TranslatingLinkOptions) {
    this.#options = options;
    const { link, speaks, translator, clock } = options;
    this.#since = clock.now();
    this.#link = new CsmsLink({
      ...link,
      protocols: OFFERED[speaks],
      onFrame: (bytes) => this.#fromCsms(bytes),
      onUp: (protocol) => {
        this.#port = this.#portFor(protocol === "ocpp2.1" ? "ocpp2.1" : "ocpp2.0.1");
        translator.up(this.#port);
        link.onUp(protocol);
      },
      onDown: (reason, wasUp) => {
        // The gateway first: it asks again what was under way, and nobody is told that it failed.
        link.onDown(reason, wasUp);
        this.#down();
      },
    });
    this.#facade = new Facade(
      () => this.#link.socket,
      (frame) => this.#fromGateway(frame),
    );
  }

  get isUp(): boolean {
    return this.#link.isUp;
  }

  get state(): "up" | "connecting" | "down" {
    return this.#link.state;
  }

  get socket(): NorthSocket | undefined {
    return this.#link.socket === undefined ? undefined : this.#facade;
  }

  start(): void {
    this.#link.start();
  }

  redial(): void {
    this.#link.redial();
  }

  suspend(transactionId: number): boolean {
    return this.#options.translator.suspend(transactionId);
  }

  stop(code: number): void {
    this.#link.stop(code);
    this.#down();
  }

  #down(): void {
    const port = this.#port;
    this.#port = undefined;
    if (port !== undefined) this.#options.translator.down(port);
    for (const { reject } of this.#commands.values())
      reject(new GatewayError("ERR_NOT_CONNECTED", "The link to the CSMS went down"));
    this.#commands.clear();
  }

  #portFor(version: TranslatedVersion): TranslatorPort {
    const { connection, translate, processId, link, hasBacklog, own, relay } = this.#options;
    return {
      salt: `${processId}/${connection.no}`,
      version,
      settings: translate,
      topology: translate.topology,
      get own() {
        return { ...own, ...relay.links?.desk.valuesOf(connection, version) };
      },
      stationSince: this.#since,
      hasBacklog,
      isStationOnline: () => connection.socket !== undefined && !connection.isClosed,
      send: (to, text) => {
        if (to === "csms") this.#toCsms(text);
        else link.onFrame(Buffer.from(text));
      },
    };
  }

  /** A frame of the gateway's, towards what it takes for a 1.6 CSMS; it is good JSON, for the gateway has read or written it. */
  #fromGateway(bytes: Uint8Array | string): boolean {
    const { translator, connection } = this.#options;
    if (this.#port === undefined) return false;
    const { inFlight } = connection.toCsms;
    if (inFlight !== undefined && inFlight.bytes === bytes && inFlight.frame.action === "MeterValues") {
      // The bulk of all frames has been read once, when it came.
      this.#fromStation({ ...inFlight.frame, id: inFlight.id }, hasNumericId(inFlight.text), inFlight);
      return true;
    }
    const text =
      typeof bytes === "string" ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    const [type, rawId, third, fourth] = JSON.parse(text) as [number, string | number, unknown, unknown];
    const id = messageId(String(rawId));
    if (type === 2) {
      const frame = { type: 2, id, action: String(third), payload: (fourth ?? {}) as Payload } as const;
      this.#fromStation(frame, typeof rawId === "number", connection.toCsms.peek(id));
    } else if (type === 3) translator.stationAnswer(id, { kind: "result", payload: (third ?? {}) as Payload });
    else if (type === 4) translator.stationAnswer(id, errorOf(String(third), typeof fourth === "string" ? fourth : ""));
    return true;
  }

  #fromStation(frame: CallFrame, numericId: boolean, call: PendingCall | undefined): void {
    const offline = call?.origin === "spool";
    const at = epochMs(call?.takenAt ?? this.#options.clock.now());
    // In the spool, until it is answered here.
    const comesAgain = call?.settle !== undefined && frame.action === "MeterValues";
    const own = call?.origin === "gateway";
    this.#options.translator.stationCall({ frame, numericId, offline, at, comesAgain, own });
  }

  #fromCsms(bytes: Buffer): void {
    const { translator, limits } = this.#options;
    const port = this.#port;
    if (port === undefined) return;
    const text = bytes.toString("utf8");
    const decoded = decodeFrame(text, bytes, port.version, limits.maxDepth);
    if (!decoded.ok) {
      this.#isMalformed(
        answerToMalformed(decoded.error, port.version, decoded.error.id !== undefined && hasNumericId(text)),
      );
      return;
    }
    this.#malformed = 0;
    const frame = decoded.value;
    if (frame.type === 2) this.#csmsCall(port, frame);
    else if (frame.type === 3 || frame.type === 4) translator.csmsAnswer(frame);
    // SEND and CALLRESULTERROR want no answer, and have no counterpart in 1.6.
    else this.#options.counters.translationLosses += 1;
  }

  #csmsCall({ version }: TranslatorPort, frame: CallFrame): void {
    // The link's settings before the translation, which would write a secret down.
    if (this.#isOfLink(frame, version) || this.#isOfCertificates(frame, version)) return;
    if (!this.#isHeldBack(frame, version)) this.#options.translator.csmsCall(frame);
  }

  #isOfLink(frame: CallFrame, version: TranslatedVersion): boolean {
    const { relay, connection } = this.#options;
    const taken = relay.links?.takes(connection, version, frame, {
      answer: (payload) => void this.#link.socket?.send(encodeCallResult(frame.id, payload)),
      refuse: (reason) => void this.#link.socket?.send(encodeCallError(frame.id, "GenericError", reason, version)),
      askStation: (action, payload) => this.command(action, payload),
    });
    return taken === true;
  }

  #isHeldBack(frame: CallFrame, version: TranslatedVersion): boolean {
    const held = this.#options.relay.delays?.takes(this.#options.connection, version, frame, {
      answer: (payload) => void this.#link.socket?.send(encodeCallResult(frame.id, payload)),
      refuse: (reason) => void this.#link.socket?.send(encodeCallError(frame.id, "GenericError", reason, version)),
    });
    return held === true;
  }

  command(action: string, payload: Payload): Promise<Payload> {
    return new Promise((resolve, reject) => {
      if (this.#port === undefined) {
        reject(new GatewayError("ERR_NOT_CONNECTED", "The CSMS is not connected"));
        return;
      }
      const id = messageId(this.#options.relay.random.uuid());
      this.#commands.set(id, { resolve, reject });
      this.#options.translator.csmsCall({ type: 2, id, action, payload });
    });
  }

  /** What the translation answers goes to the CSMS, unless the gateway has asked. */
  #toCsms(text: string): void {
    if (this.#commands.size > 0) {
      const [type, id, third] = JSON.parse(text) as [number, string, unknown];
      const command = type === 3 || type === 4 ? this.#commands.get(id) : undefined;
      if (command !== undefined) {
        this.#commands.delete(id);
        if (type === 3) command.resolve(third as Payload);
        else command.reject(new GatewayError("ERR_CALL_REFUSED", `answered CALLERROR ${String(third)}`));
        return;
      }
    }
    this.#link.socket?.send(text);
  }

  /** True when the call is about the gateway's own certificates, and is answered here. */
  #isOfCertificates(frame: CallFrame, version: TranslatedVersion): boolean {
    const { connection } = this.#options;
    const taken = connection.certificates?.takes(version, frame, {
      answer: (payload) => void this.#link.socket?.send(encodeCallResult(frame.id, payload)),
      refuse: (reason) => void this.#link.socket?.send(encodeCallError(frame.id, "NotImplemented", reason, version)),
    });
    return taken === true;
  }

  #isMalformed(answer: string | undefined): void {
    const { counters, limits } = this.#options;
    counters.malformedFrames += 1;
    this.#malformed += 1;
    if (answer !== undefined) this.#link.socket?.send(answer);
    if (this.#malformed < limits.malformedInARow) return;
    this.#malformed = 0;
    this.#link.socket?.close(CLOSE.protocolError, "malformed messages");
  }
}

/** What the gateway says where the station has said nothing. */
const errorOf = (code: string, description: string): Outcome =>
  code === "GenericError" && NOT_ANSWERED.has(description) ? { kind: "none" } : { kind: "error", code, description };

/** The socket as the relay sees it: what it sends goes to the translation, all else to the socket of the link. */
class Facade implements NorthSocket {
  readonly #socket: () => PeerSocket | undefined;
  readonly #translate: (frame: Uint8Array | string) => boolean;

  constructor(socket: () => PeerSocket | undefined, translate: (frame: Uint8Array | string) => boolean) {
    this.#socket = socket;
    this.#translate = translate;
  }

  get isOpen(): boolean {
    return this.#socket()?.isOpen ?? false;
  }

  get isPaused(): boolean {
    return this.#socket()?.isPaused ?? false;
  }

  get buffered(): number {
    return this.#socket()?.buffered ?? 0;
  }

  send(frame: Uint8Array | string): boolean {
    return this.#translate(frame);
  }

  pause(): void {
    this.#socket()?.pause();
  }

  resume(): void {
    this.#socket()?.resume();
  }

  check(now: number): boolean {
    return this.#socket()?.check(now) ?? false;
  }

  close(code: number, reason?: string): void {
    this.#socket()?.close(code, reason);
  }
}
