import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A fresh directory that is removed when the process exits. */
export function tempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), "twinlane-test-"));
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
