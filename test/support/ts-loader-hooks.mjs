/** The half of ts-loader.mjs that runs in Node's loader thread. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/twinlane-ts", import.meta.url));

/** Generated modules name their neighbours as they are called after the build. */
export async function resolve(specifier, context, nextResolve) {
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || !/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
    return nextResolve(specifier.replace(/\.js$/, ".ts"), context);
  }
}

export async function load(url, context, nextLoad) {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
  return { format: "module", source: await transformed(fileURLToPath(url)), shortCircuit: true };
}

async function transformed(path) {
  const { mtimeMs, size } = statSync(path);
  const cached = join(CACHE, `${createHash("sha1").update(path).digest("hex")}-${mtimeMs}-${size}.js`);
  try {
    return readFileSync(cached);
  } catch {
    const { transform } = await import("esbuild");
    const options = { loader: "ts", format: "esm", target: "node20", sourcemap: "inline", sourcefile: path };
    const { code } = await transform(readFileSync(path, "utf8"), options);
    keep(cached, code);
    return code;
  }
}

/** As a whole or not at all: others may be reading. */
function keep(file, code) {
  const unfinished = `${file}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(unfinished, code);
  renameSync(unfinished, file);
}
