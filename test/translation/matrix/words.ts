/** Which values of enums were said in the stories, by either side and by the gateway, against those that the schemas have. */
import type { MessageKind } from "../../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { messageSchema } from "../../support/schemas.ts";
import { type Leaf, leavesOf } from "./example.ts";

export interface Message {
  readonly version: OcppVersion;
  readonly action: string;
  readonly kind: Exclude<MessageKind, "send">;
}

const enumFields = new Map<string, readonly Leaf[]>();

function fieldsOf({ version, action, kind }: Message): readonly Leaf[] {
  const key = `${version} ${action} ${kind}`;
  const known = enumFields.get(key);
  if (known !== undefined) return known;
  const fields = leavesOf(messageSchema(version, action, kind)).filter(({ schema }) => schema.enum !== undefined);
  enumFields.set(key, fields);
  return fields;
}

/** Words by message and field. */
export class Words {
  readonly #said = new Map<string, Set<string>>();
  readonly #messages = new Map<string, Message>();

  add(message: Message, payload: unknown): void {
    const name = `${message.version} ${message.action} ${message.kind}`;
    this.#messages.set(name, message);
    for (const { path } of fieldsOf(message)) {
      const key = `${name} ${path}`;
      const words = this.#said.get(key) ?? new Set();
      this.#said.set(key, words);
      for (const word of wordsAt(payload, path.split("."))) words.add(word);
    }
  }

  /** `version action kind` of the messages that there were. */
  get messages(): readonly string[] {
    return [...this.#messages.keys()];
  }

  /** Values of the schemas that were not said in the messages that were, by `version action kind field`. */
  unsaid(): ReadonlyMap<string, readonly string[]> {
    const unsaid = new Map<string, readonly string[]>();
    for (const [name, message] of this.#messages) {
      for (const { path, schema } of fieldsOf(message)) {
        const said = this.#said.get(`${name} ${path}`);
        const missing = (schema.enum ?? []).filter((word) => said?.has(word) !== true);
        if (missing.length > 0) unsaid.set(`${name} ${path}`, missing);
      }
    }
    return unsaid;
  }
}

function wordsAt(at: unknown, names: readonly string[]): readonly string[] {
  if (Array.isArray(at)) return at.flatMap((item) => wordsAt(item, names));
  const [name, ...rest] = names;
  if (name === undefined) return typeof at === "string" ? [at] : [];
  return typeof at === "object" && at !== null ? wordsAt((at as { [name: string]: unknown })[name], rest) : [];
}

/** What peers have said, and what the gateway has, in every story so far. */
export const HEARD = new Words();
export const SAID = new Words();
