/**
 * Where the health worker starts: the built file, or the source when the gateway itself runs from source.
 *
 * A worker thread does not inherit the TypeScript loader of its parent on every supported Node version, so from source it
 * starts with a line that registers one. Where there is no such loader (Node that strips types itself), the source starts
 * as it is.
 */
const LOADER = "tsx/esm/api";

/** @param file of the worker without extension, relative to `base`, e.g. `./health-worker` */
export function workerEntry(file: string, base: string): URL {
  if (!base.endsWith(".ts")) return new URL(`${file}.js`, base);
  const source = new URL(`${file}.ts`, base);
  const loader = resolveLoader();
  if (loader === undefined) return source;
  const code = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(source.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

function resolveLoader(): string | undefined {
  try {
    return import.meta.resolve(LOADER);
  } catch {
    return undefined;
  }
}
