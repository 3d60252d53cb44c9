/**
 * Whether scenes are as they were sealed: each by itself, and each as the successor of the one before, whose head it names. One that was taken
 * out of the middle, put in, or sealed anew is found at its successor; the oldest ones go in the course of time, and the last one has
 * no successor: its head has to be kept elsewhere.
 */
import { readScene, type Scene } from "./scene.ts";
import { openScene } from "./scene-file.ts";
import type { SealFault } from "./seal.ts";

export interface SceneFile {
  readonly name: string;
  readonly text: string;
}

export type SceneVerdict =
  | { readonly ok: true; readonly name: string; readonly id: string; readonly head: string; readonly scene: Scene }
  | { readonly ok: false; readonly name: string; readonly fault: SealFault | "no-scene"; readonly chunk: number }
  /** Whole, but not the successor of the one before. */
  | { readonly ok: false; readonly name: string; readonly fault: "chain" };

/** @param files in the order of their numbers @param inflate may throw */
export function verifyScenes(
  files: readonly SceneFile[],
  inflate: (body: Uint8Array) => string,
): readonly SceneVerdict[] {
  let before: string | undefined;
  return files.map((file) => {
    const { verdict, head } = verifyOne(file, inflate);
    const isSuccessor = before === undefined || !verdict.ok || verdict.scene.previous === before;
    // After a damaged one nobody can say what the next should name.
    before = head;
    return isSuccessor ? verdict : { ok: false, name: file.name, fault: "chain" };
  });
}

function verifyOne(
  { name, text }: SceneFile,
  inflate: (body: Uint8Array) => string,
): { readonly verdict: SceneVerdict; readonly head: string | undefined } {
  const opened = openScene(text);
  if (!opened.ok) {
    const { fault, n } = opened.error;
    return { verdict: { ok: false, name, fault, chunk: n }, head: undefined };
  }
  const { id, head, body } = opened.value;
  const scene = readBody(body, inflate);
  if (scene === undefined) return { verdict: { ok: false, name, fault: "no-scene", chunk: 0 }, head };
  return { verdict: { ok: true, name, id, head, scene }, head };
}

function readBody(body: Uint8Array, inflate: (body: Uint8Array) => string): Scene | undefined {
  try {
    return readScene(inflate(body));
  } catch {
    return undefined;
  }
}
