/**
 * A token, asked through OpenSC's `pkcs11-tool`: one child process for each question, one question after the other. For what is rare:
 * making a key, signing a request, listing. TLS does not come here.
 *
 * The PIN goes through the child's environment, which its owner alone can read. A wrong PIN is tried once: tokens lock themselves after a
 * few, and then nothing but an administrator of the token opens them.
 */
import { spawn } from "node:child_process";
import { GatewayError } from "../../domain/error.ts";
import type { TokenAttribute, TokenUri } from "../../domain/pki/pkcs11-uri.ts";
import { type TokenFaultCode, tokenFault, tokenReason } from "../../domain/pki/token-fault.ts";
import { childEnvironment } from "./token-environment.ts";

export interface TokenOptions {
  readonly uri: TokenUri;
  readonly pin: string;
  /** The program: a name in PATH, or a path. */
  readonly program: string;
}

const PIN_VARIABLE = "TWINLANE_TOKEN_PIN";
/** An RSA key takes a small token the better part of a minute. */
const ANSWER_MS = 60_000;
/** Of what a child says; a list of a thousand keys is 200 KiB. */
const MAX_BYTES = 4 * 1024 * 1024;
/** More questions than a site with a token has stations: then something is wrong with the token. */
const MAX_WAITING = 512;

const FIELDS: Readonly<Record<string, TokenAttribute>> = {
  "token label": "token",
  "token manufacturer": "manufacturer",
  "token model": "model",
  "serial num": "serial",
};

export class Pkcs11Token {
  readonly #options: TokenOptions;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #slot: string | undefined;
  #wrongPin: GatewayError | undefined;

  constructor(options: TokenOptions) {
    this.#options = options;
  }

  /** Asks the token after a login. @throws GatewayError `ERR_KEY_…` */
  ask(args: readonly string[], input?: Uint8Array): Promise<Buffer> {
    return this.#inTurn(async () => {
      if (this.#wrongPin !== undefined) throw this.#wrongPin;
      this.#slot ??= await this.#findSlot();
      try {
        return await this.#run(["--slot", this.#slot, "--login", "--pin", `env:${PIN_VARIABLE}`, ...args], input);
      } catch (error) {
        // Slots are numbered anew when a token comes back.
        this.#slot = undefined;
        if ((error as GatewayError).code === "ERR_KEY_PIN") this.#wrongPin = error as GatewayError;
        throw error;
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) return Promise.reject(failure("ERR_KEY_TOKEN", "too many questions wait for it"));
    this.#waiting += 1;
    const turn = this.#last.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #findSlot(): Promise<string> {
    const { token } = this.#options.uri;
    const listed = (await this.#run(["--list-token-slots"])).toString();
    const wanted = Object.entries(token) as readonly [TokenAttribute, string][];
    const found = slotsOf(listed).filter(({ is }) => wanted.every(([name, value]) => is[name] === value));
    const [slot, second] = found;
    if (slot === undefined) throw failure("ERR_KEY_TOKEN_MISSING", "no slot holds it");
    if (second !== undefined)
      throw failure("ERR_KEY_TOKEN_MISSING", "more than one token is called so; add its serial");
    return slot.id;
  }

  #run(args: readonly string[], input?: Uint8Array): Promise<Buffer> {
    const { program, uri, pin } = this.#options;
    return new Promise((resolve, reject) => {
      const child = spawn(program, ["--module", uri.modulePath, ...args], {
        stdio: "pipe",
        env: childEnvironment(PIN_VARIABLE, pin),
      });
      // Not Node's own limit: that one goes on where the program cannot be started.
      const late = setTimeout(() => child.kill("SIGKILL"), ANSWER_MS);
      const output: Buffer[] = [];
      let bytes = 0;
      let errors = "";
      child.stdout.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) child.kill("SIGKILL");
        else output.push(chunk);
      });
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
        errors = (errors + chunk).slice(-4096);
      });
      child.once("error", ({ code }: NodeJS.ErrnoException) => {
        clearTimeout(late);
        reject(failure("ERR_KEY_ENGINE_MISSING", `${program} cannot be started (${code ?? "failed"})`));
      });
      child.once("close", (code, signal) => {
        clearTimeout(late);
        if (code === 0) resolve(Buffer.concat(output));
        else reject(failure(tokenFault(errors), signal === null ? tokenReason(errors) : "no answer in time"));
      });
      // A child that reads nothing ends before it is written to.
      child.stdin.on("error", () => undefined).end(input);
    });
  }
}

interface Slot {
  readonly id: string;
  readonly is: Partial<Record<TokenAttribute, string>>;
}

/** `Slot 0 (0x1f): …` and lines `  token label        : …` below it. */
function slotsOf(listed: string): Slot[] {
  const slots: Slot[] = [];
  for (const line of listed.split("\n")) {
    const slot = /^Slot \d+ \((0x[0-9a-f]+)\)/.exec(line)?.[1];
    if (slot !== undefined) slots.push({ id: slot, is: {} });
    const { name = "", value = "" } = /^\s+(?<name>[a-z ]+?)\s*: (?<value>.*)$/.exec(line)?.groups ?? {};
    const field = FIELDS[name];
    const last = slots.at(-1);
    if (field !== undefined && last !== undefined) last.is[field] = value.trimEnd();
  }
  return slots;
}

const TEXTS: Readonly<Record<TokenFaultCode, string>> = {
  ERR_KEY_PIN: "The token does not take the PIN of keys.pin, which is not tried again before the next start",
  ERR_KEY_TOKEN_MISSING: "The token of keys.store is not there",
  ERR_KEY_MISSING: "The token has no such key",
  ERR_KEY_ENGINE_MISSING: "What the token is used with is missing",
  ERR_KEY_TOKEN: "The token fails",
};

export const failure = (code: TokenFaultCode, reason: string): GatewayError =>
  new GatewayError(code, reason === "" ? TEXTS[code] : `${TEXTS[code]}: ${reason}`, {
    setting: code === "ERR_KEY_PIN" ? "keys.pin" : "keys.store",
  });
