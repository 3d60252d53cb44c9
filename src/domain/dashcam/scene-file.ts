/**
 * A sealed capture as text: one JSON object on a line for each chunk, its bytes in hexadecimal. The same objects travel over MQTT, so that a
 * reader who writes their lines one below the other has the file.
 *
 * Hexadecimal, because the tripwire reads all that leaves: chance makes the shape of a card's number in base64, and not in one
 * long word of hexadecimal digits.
 */
import { err, ok, type Result } from "../result.ts";
import { type SealError, type SealedChunk, type Unsealed, unseal } from "./seal.ts";

export const SCENE_SUFFIX = ".scene";

/** A chunk's members of a JSON object, in the order in which they are written. */
export function chunkMembers({ id, n, of, bytes, sha256, link, data }: SealedChunk): object {
  return { id, n, of, bytes, sha256, link, data: Buffer.from(data).toString("hex") };
}

export const sceneText = (chunks: readonly SealedChunk[]): string =>
  chunks.map((chunk) => `${JSON.stringify(chunkMembers(chunk))}\n`).join("");

export interface OpenedScene extends Unsealed {
  readonly id: string;
  readonly chunks: number;
}

/** Reads and checks a whole file; an error names the chunk (the line) it was found in. */
export function openScene(text: string): Result<OpenedScene, SealError> {
  const chunks: SealedChunk[] = [];
  for (const [i, line] of text.trimEnd().split("\n").entries()) {
    const chunk = readChunk(line);
    if (chunk === undefined) return err({ fault: "unreadable", n: i + 1 });
    chunks.push(chunk);
  }
  const unsealed = unseal(chunks);
  return unsealed.ok ? ok({ ...unsealed.value, id: chunks[0]?.id ?? "", chunks: chunks.length }) : unsealed;
}

const HEX = /^(?:[0-9a-f]{2})+$/;

function readChunk(line: string): SealedChunk | undefined {
  const { id, n, of, bytes, sha256, link, data } = parsed(line);
  if (typeof id !== "string" || typeof sha256 !== "string" || typeof link !== "string") return undefined;
  if (typeof n !== "number" || typeof of !== "number" || typeof bytes !== "number") return undefined;
  if (typeof data !== "string" || !HEX.test(data)) return undefined;
  return { id, n, of, bytes, sha256, link, data: new Uint8Array(Buffer.from(data, "hex")) };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
