import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directories = new Set<string>();

process.on("exit", () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A fresh directory that is removed when the process exits. */
export function tempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), "twinlane-test-"));
  directories.add(directory);
  return directory;
}
