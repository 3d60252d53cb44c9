/** The CSMS of csms-process.ts, seen from the process that started it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CsmsBooks, RemoteStop, StationBook } from "../support/ledger-books.ts";
import type { CsmsOrder, CsmsTally } from "./csms-process.ts";

const SCRIPT = fileURLToPath(new URL("./csms-process.ts", import.meta.url));

export class RemoteCsms {
  readonly port: number;
  readonly #child: ChildProcess;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<RemoteCsms> {
    const child = fork(SCRIPT, { execArgv: ["--import", "tsx"], stdio: ["ignore", 2, 2, "ipc"] });
    const [tally] = (await once(child, "message")) as [CsmsTally];
    return new RemoteCsms(child, tally.port);
  }

  /** Away, back, or how much it has accepted so far. */
  order(what: "down" | "up" | "tally"): Promise<CsmsTally> {
    return this.#ask({ do: what });
  }

  async books(file: string): Promise<CsmsBooks> {
    await this.#ask({ do: "write", file });
    const { stations, remoteStops } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly stations: readonly (readonly [string, StationBook])[];
      readonly remoteStops: readonly RemoteStop[];
    };
    return { stations: new Map(stations), remoteStops };
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }

  /** One order at a time: an answer does not say which it belongs to. */
  #ask(order: CsmsOrder): Promise<CsmsTally> {
    const answer = this.#tail.then(async () => {
      this.#child.send(order);
      const [tally] = (await once(this.#child, "message")) as [CsmsTally];
      return tally;
    });
    this.#tail = answer;
    return answer;
  }
}
