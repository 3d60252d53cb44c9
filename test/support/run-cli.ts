/** Runs a script of this project in a process of its own and collects what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { CLI, ROOT } from "./cli-command.ts";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** `twinlane …`. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Started {
  return startNode([...CLI, ...args], env);
}

/** `node …` in the project's directory. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Started {
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    said.stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    said.stderr += String(chunk);
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...said }));
  });
  return { child, finished };
}
