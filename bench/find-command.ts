/** Where Debian's daemons are: not every shell has `/usr/sbin` in its path. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { env } from "node:process";

/** Absolute path of a program; undefined when it is not installed. */
export function findCommand(name: string): string | undefined {
  const { PATH = "" } = env;
  const directories = [...PATH.split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
