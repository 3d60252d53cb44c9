/** The harness's end of the load process. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadAnswers, LoadReply, LoadRequest } from "./protocol.ts";

export class LoadClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #no = 0;

  /** Starts a load process: the compiled one beside this file, so that no transpiler runs in it. */
  constructor() {
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    this.#child = fork(fileURLToPath(new URL(`load-process.${extension}`, import.meta.url)), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (reply: LoadReply) => this.#reply(reply));
    this.#child.once("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`load process ended with ${code}`));
      this.#waiting.clear();
    });
  }

  /** Rejects with the load process's error, or when it ends. */
  request<Op extends LoadRequest["op"]>(request: Extract<LoadRequest, { op: Op }>): Promise<LoadAnswers[Op]> {
    this.#no += 1;
    const no = this.#no;
    return new Promise((resolve, reject) => {
      this.#waiting.set(no, { resolve: (value) => resolve(value as LoadAnswers[Op]), reject });
      this.#child.send({ no, request });
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.disconnect();
    await gone;
  }

  #reply(reply: LoadReply): void {
    const waiting = this.#waiting.get(reply.no);
    this.#waiting.delete(reply.no);
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(new Error(reply.error));
  }
}
