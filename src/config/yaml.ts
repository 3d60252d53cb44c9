/**
 * YAML 1.2 (so also JSON) with positions: each JSON Pointer of the document can be found again in the text.
 *
 * Refused: duplicate keys, more than one document, unknown tags, and aliases that expand to more than {@link MAX_ALIASES}
 * nodes. Messages are our own and quote nothing of the text: it may hold passwords.
 */
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { pointerSteps } from "./issues.ts";

const MAX_ALIASES = 64;
const MAX_TEXT = 16 * 1024 * 1024;

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly col: number;
}

export interface YamlProblem extends Position {
  readonly message: string;
}

export interface YamlDocument {
  readonly value: unknown;
  /** Where the value (or the key) of a pointer stands; of its nearest parent where it has no place of its own. */
  positionOf(pointer: string, at: "key" | "value"): Position;
}

export type YamlResult =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** Reads one YAML document. Never throws. */
export function readYaml(text: string): YamlResult {
  if (text.length > MAX_TEXT) return problem("the file is larger than 16 MiB");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, stringKeys: true });
  const findings = [...document.errors, ...document.warnings];
  if (findings.length > 0) {
    const problems = findings.map(({ code, pos }) => ({
      ...place(lines, pos[0]),
      message: MESSAGES[code] ?? "is not valid YAML here",
    }));
    return { ok: false, problems };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { ok: true, document: { value, positionOf: (pointer, at) => locate(document, lines, pointer, at) } };
  } catch {
    return problem(
      `uses an alias (*name) without its anchor (&name), or aliases that expand to more than ${MAX_ALIASES} nodes`,
    );
  }
}

const problem = (message: string): YamlResult => ({ ok: false, problems: [{ line: 1, col: 1, message }] });

function place(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), col: Math.max(1, col) };
}

function locate(document: Document.Parsed, lines: LineCounter, pointer: string, at: "key" | "value"): Position {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  const steps = pointerSteps(pointer);
  for (const [i, step] of steps.entries()) {
    const { key, value } = child(node, step);
    if (key === undefined && value === undefined) break;
    const wantsKey = i === steps.length - 1 && at === "key";
    offset = (wantsKey ? startOf(key) : (startOf(value) ?? startOf(key))) ?? offset;
    node = value;
  }
  return place(lines, offset);
}

function child(node: unknown, step: string): { readonly key?: unknown; readonly value?: unknown } {
  if (isMap(node)) {
    return node.items.find(({ key }) => isScalar(key) && String(key.value) === step) ?? {};
  }
  if (isSeq(node)) return { value: node.items[Number(step)] };
  return {};
}

function startOf(node: unknown): number | undefined {
  const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0];
}

/** By the parser's error codes; its own texts quote the source. */
const MESSAGES: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias cannot have an anchor or a tag",
  BAD_ALIAS: "an alias (*name) is not well formed; quote a text that begins with *",
  BAD_DIRECTIVE: "an unknown YAML directive",
  BAD_DQ_ESCAPE: "a backslash escape that does not exist; use single quotes for plain backslashes",
  BAD_INDENT: "the indentation does not fit the lines above",
  BAD_PROP_ORDER: "anchors and tags must come before the value",
  BAD_SCALAR_START: "a plain text cannot begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a nested mapping does not fit here; is a line break or a space missing?",
  BLOCK_IN_FLOW: "a block is not allowed inside [ ] or { }",
  DUPLICATE_KEY: "this key stands here twice",
  KEY_OVER_1024_CHARS: "a key is too long",
  MISSING_CHAR: "a closing character or a colon is missing",
  MULTILINE_IMPLICIT_KEY: "a key must be on one line; is a colon missing?",
  MULTIPLE_ANCHORS: "a value can have one anchor",
  MULTIPLE_DOCS: "the file must hold one YAML document",
  MULTIPLE_TAGS: "a value can have one tag",
  NON_STRING_KEY: "keys must be texts",
  TAB_AS_INDENT: "a tab cannot indent; use spaces",
  TAG_RESOLVE_FAILED: "tags (!name) are not supported; quote a text that begins with !",
  UNEXPECTED_TOKEN: "something is not expected here; quote texts with special characters",
};
