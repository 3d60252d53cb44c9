/** The next message of a child process. */
import type { ChildProcess } from "node:child_process";

/** Rejects when the child ends instead. `M` is what it is known to send. */
export function answer<M>(child: ChildProcess): Promise<M> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a measured process ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as M);
    });
  });
}
