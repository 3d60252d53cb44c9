/**
 * Reads the source tree as a set of files with their imports, and finds what the architecture does not allow.
 * Imports are found by pattern, not by a parser: the formatter puts each at the beginning of a line.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

export interface Import {
  /** As written: `../domain/ids.ts`, `ws`, `node:fs`. */
  readonly specifier: string;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

export interface SourceFile {
  /** Relative to the source root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** What a layer may import. */
export interface Layer {
  /** Other layers of ours. The layer itself is always allowed. */
  readonly layers: readonly string[];
  /** Packages, or `*` for any. */
  readonly packages: readonly string[] | "*";
  /** Modules of Node, or `*` for any. */
  readonly node: readonly string[] | "*";
}

/** An import that the table does not give, allowed between two places and with a reason. */
export interface Exception {
  /** Layer that imports. */
  readonly from: string;
  /** File that is imported. */
  readonly to: string;
  readonly typeOnly: boolean;
}

export interface Rules {
  readonly layers: Readonly<Record<string, Layer>>;
  readonly exceptions: readonly Exception[];
}

/** Every TypeScript file below `root`, without generated ones. */
export function readSources(root: string): SourceFile[] {
  return readdirSync(root, { recursive: true })
    .map((name) => String(name).replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.includes("/generated/"))
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

export const sourceFile = (path: string, text: string): SourceFile => ({ path, text, imports: importsOf(text) });

export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const [, type, specifier = ""] of text.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:[^;"'`]*?\sfrom\s+)"([^"]+)"/gm,
  )) {
    found.push({ specifier, typeOnly: type !== undefined, dynamic: false });
  }
  for (const [, specifier = ""] of text.matchAll(/^import\s+"([^"]+)"/gm)) {
    found.push({ specifier, typeOnly: false, dynamic: false });
  }
  // In a comment `import(…)` is only text.
  for (const [, type, specifier = ""] of withoutComments(text).matchAll(/(\btypeof\s+)?\bimport\(\s*"([^"]+)"/g)) {
    found.push({ specifier, typeOnly: type !== undefined, dynamic: true });
  }
  return found;
}

const TOKENS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const isComment = (token: string): boolean => token.startsWith("//") || token.startsWith("/*");

const withoutComments = (text: string): string => text.replace(TOKENS, (token) => (isComment(token) ? "" : token));

/** Code without comments and without what stands in quotes. */
export const bareCode = (text: string): string => text.replace(TOKENS, (token) => (isComment(token) ? "" : '""'));

/** The layer of a file: its first folder, or the file itself at the top. */
export const layerOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : path);

/** `actors/x.ts imports cli/y.ts: …` for each import that the rules do not allow. */
export function importViolations(files: readonly SourceFile[], rules: Rules): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((one) => {
      const reason = refusal(file, one, rules);
      return reason === undefined ? [] : [`${file.path} imports ${one.specifier}: ${reason}`];
    }),
  );
}

function refusal(file: SourceFile, one: Import, { layers, exceptions }: Rules): string | undefined {
  const from = layerOf(file.path);
  const layer = layers[from];
  if (layer === undefined) return `there is no layer ${from}`;
  const { specifier } = one;
  if (specifier.startsWith("node:")) {
    return allows(layer.node, specifier) ? undefined : `${from} may not use this module of Node`;
  }
  if (!specifier.startsWith(".")) {
    return allows(layer.packages, packageName(specifier)) ? undefined : `${from} may not use this package`;
  }
  const target = resolveImport(file.path, specifier);
  const to = layerOf(target);
  if (to === from || layer.layers.includes(to)) return undefined;
  const isExcepted = exceptions.some(
    (exception) => exception.from === from && exception.to === target && (one.typeOnly || !exception.typeOnly),
  );
  return isExcepted ? undefined : `${from} may not import ${to}`;
}

const allows = (list: readonly string[] | "*", name: string): boolean => list === "*" || list.includes(name);

const packageName = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

const resolveImport = (from: string, specifier: string): string =>
  posix.normalize(posix.join(dirname(from), specifier));

/** Import cycles, each as a list of files that ends where it began. Type imports and dynamic ones do not count. */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const edges = new Map(files.map((file) => [file.path, runtimeTargets(file)]));
  const cycles: string[][] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      cycles.push([...trail.slice(trail.indexOf(path)), path]);
      return;
    }
    state.set(path, "open");
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, "done");
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}

/** Every file that is loaded with `path`: static imports, and theirs. */
export function loadedWith(path: string, files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const loaded = new Set<string>([path]);
  for (const next of loaded) {
    const file = byPath.get(next);
    for (const target of file === undefined ? [] : runtimeTargets(file)) loaded.add(target);
  }
  return [...loaded];
}

const runtimeTargets = ({ path, imports }: SourceFile): string[] =>
  imports
    .filter(({ specifier, typeOnly, dynamic }) => specifier.startsWith(".") && !typeOnly && !dynamic)
    .map(({ specifier }) => resolveImport(path, specifier));

/** True for a file that only passes on what others export. */
export function isBarrel({ text }: SourceFile): boolean {
  const code = withoutComments(text).trim();
  if (code === "") return false;
  return code.replace(/^export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+"[^"]+";?/gm, "").trim() === "";
}

const IMPURE = [
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bMath\.random\b/,
  /\bperformance\b/,
  /\bprocess\./,
  /\bset(?:Timeout|Interval|Immediate)\b/,
  /\bqueueMicrotask\b/,
  /\bfetch\(/,
  /\bcrypto\.(?:randomUUID|getRandomValues)\b/,
  /\brandom(?:Bytes|UUID|Int|FillSync)\b/,
];

/** What a pure file must not use: clocks, timers, randomness, the process, the network. */
export function impurities(file: SourceFile): string[] {
  const code = bareCode(file.text);
  return IMPURE.flatMap((pattern) => {
    const hit = pattern.exec(code);
    return hit === null ? [] : [`${file.path} uses ${hit[0]}`];
  });
}
