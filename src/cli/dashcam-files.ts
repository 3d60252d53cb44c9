/** Scenes on disk, for the subcommands of `dashcam`. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { GatewayError } from "../index.ts";
import { SCENE_SUFFIX, type SceneFile, type SceneVerdict, verifyScenes } from "../tools.ts";
import { dataDirOf } from "./control-client.ts";
import type { DashcamFlags } from "./dashcam.ts";

export type SoundScene = SceneVerdict & { readonly ok: true };

/** A scene holds 64 kB compressed; more than this is none of ours. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/** All of them, in their order, and what is to be said of each. @throws GatewayError `ERR_STORE`, and of the configuration */
export function verifiedScenes(flags: DashcamFlags): readonly SceneVerdict[] {
  const directory = join(flags.dataDir ?? dataDirOf(flags.config), "dashcam");
  return verified(namesIn(directory).map((name) => join(directory, name)));
}

/** The scene that is meant by its number, its id, as `last`, or as a file. @throws GatewayError `ERR_STORE` where there is none */
export function sceneOf(wanted: string, flags: DashcamFlags): SceneVerdict {
  if (wanted.endsWith(SCENE_SUFFIX)) return theOne(verified([wanted]), wanted);
  const all = verifiedScenes(flags);
  const isWanted = ({ name }: SceneVerdict): boolean => numberOf(name) === wanted || idOf(name) === wanted;
  return theOne(wanted === "last" ? all.slice(-1) : all.filter(isWanted), wanted);
}

/** The same; one that was damaged is an error. */
export function soundSceneOf(wanted: string, flags: DashcamFlags): SoundScene {
  const verdict = sceneOf(wanted, flags);
  if (verdict.ok) return verdict;
  throw new GatewayError("ERR_STORE", `${verdict.name}: ${faultText(verdict)}`);
}

/** `12` of `00000012-ghjk-3.scene`. */
export const numberOf = (name: string): string => String(Number.parseInt(name, 10));

const idOf = (name: string): string => name.slice(name.indexOf("-") + 1, -SCENE_SUFFIX.length);

export function faultText(verdict: SceneVerdict & { readonly ok: false }): string {
  if (verdict.fault === "chain") return "does not follow the scene before it: one was removed, put in, or sealed anew";
  if (verdict.fault === "no-scene") return "holds no scene of a version that is known here";
  return `chunk ${verdict.chunk} (line ${verdict.chunk}): ${FAULTS[verdict.fault]}`;
}

const FAULTS = {
  unreadable: "is no chunk",
  "no-chunks": "there is none",
  missing: "is missing, or out of its place",
  foreign: "is of another scene",
  "wrong-digest": "was changed",
  "wrong-link": "was sealed anew, or does not follow the one before it",
  "wrong-length": "has not the length that it should have",
} as const;

function theOne(found: readonly SceneVerdict[], wanted: string): SceneVerdict {
  const [verdict] = found;
  if (verdict === undefined) throw new GatewayError("ERR_STORE", `there is no scene ${wanted}`);
  return verdict;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(SCENE_SUFFIX))
      .sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unreadable(directory, cause);
  }
}

const verified = (files: readonly string[]): readonly SceneVerdict[] =>
  verifyScenes(files.map(readOne), (body) => gunzipSync(body, { maxOutputLength: MAX_TEXT_BYTES }).toString());

function readOne(file: string): SceneFile {
  try {
    return { name: basename(file), text: readFileSync(file, "utf8") };
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const unreadable = (file: string, cause: unknown): GatewayError =>
  new GatewayError("ERR_STORE", `${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`, {}, { cause });
