/**
 * Questions of maintenance platforms, and the answers. Off unless a platform has a grant.
 *
 *     oh/v1/{tenant}/{gateway}/cmd/{platform} ─▶ desk: grant, rate, expiry, once only ─▶ on disk ─▶ done ─▶ …/rsp/{platform}
 *                                                   └─ no ─▶ refused ─▶ …/rsp/{platform}      └▶ station, by the gateway's thread
 *
 * Who a platform is, the broker says: its access list has to let each platform write to its own level of `cmd` alone. What an answer
 * holds are numbers and words of closed lists; it passes the tripwire like everything else.
 */
import { DiagnosticsDesk, type Grants } from "../../domain/diagnostics/desk.ts";
import type { Ask, Outcome, Refusal, StationAsk } from "../../domain/diagnostics/request.ts";
import { SlidingWindow } from "../../domain/intrusion/sliding-window.ts";
import { readIfThere, writeDurably } from "../durable-file.ts";
import type { LinkMessage } from "./link.ts";
import type { InboundMessage } from "./mqtt-link.ts";
import type { Audit, LogLevel, WorkerStats } from "./thread-messages.ts";

export interface DownlinkOptions {
  readonly grants: Grants;
  /** `oh/v1/{tenant}/{gateway}` */
  readonly prefix: string;
  /** Where it is kept what has been done; undefined: in memory. */
  readonly file: string | undefined;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly log: (level: LogLevel, fields: { readonly [field: string]: string }, message: string) => void;
  readonly audit: (entry: Audit) => void;
  /** Number of an asset, by its pseudonym. */
  readonly assetNo: (id: string) => number | undefined;
  /** False: there is no dashcam. */
  readonly capture: (asset: number) => boolean;
  readonly stats: () => WorkerStats;
  /** Has the gateway's thread ask the station; {@link Downlink.settle} gets the outcome. */
  readonly ask: (id: number, asset: number, ask: StationAsk) => void;
  /** The tripwire. */
  readonly holdsBack: (topic: string, payload: string) => boolean;
  /** False: there is no room now. */
  readonly send: (message: LinkMessage) => boolean;
}

/** Where an answer goes. */
interface Address {
  readonly platform: string;
  readonly topic: string;
  readonly correlation: Uint8Array | undefined;
}

interface Asked extends Address {
  readonly cmdId: string;
  readonly name: Ask["name"];
}

/** Requests that wait for their station, or for the disk; answers that wait for room. */
const MAX_OPEN = 64;
/** An answer nobody has fetched in this time is of no use. */
const ANSWER_TTL_SEC = 60;
/** Refusals that are told to the security log; all are counted. */
const REFUSALS_PER_HOUR = 30;
const HOUR_MS = 3_600_000;
const PLATFORM = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_RESPONSE_TOPIC = 256;
const MAX_CORRELATION = 128;

export class Downlink {
  readonly #options: DownlinkOptions;
  readonly #desk: DiagnosticsDesk;
  readonly #open = new Map<number, Asked>();
  readonly #told = new SlidingWindow(REFUSALS_PER_HOUR, HOUR_MS);
  #answers: LinkMessage[] = [];
  #no = 0;
  #working: Promise<void>;
  /** Requests that came, and those that were not done, or whose answer found no room for too long. */
  requests = 0;
  refused = 0;

  constructor(options: DownlinkOptions) {
    this.#options = options;
    this.#desk = new DiagnosticsDesk(options.grants);
    this.#working = this.#restore();
  }

  /** What to subscribe to. */
  get topic(): string {
    return `${this.#options.prefix}/cmd/+`;
  }

  /** In the order in which they come, and none before it is known what has been done already. */
  readonly onMessage = (message: InboundMessage): void => {
    this.requests += 1;
    if (this.#open.size >= MAX_OPEN) this.refused += 1;
    else this.#working = this.#working.then(() => this.#judge(message));
  };

  /** The gateway's thread has an outcome. */
  settle(id: number, outcome: Outcome): void {
    const asked = this.#open.get(id);
    if (asked === undefined) return;
    this.#open.delete(id);
    this.#answer(asked, { cmdId: asked.cmdId, name: asked.name, ...outcome });
  }

  /** Called a few times a second: answers that had no room. */
  tick(): void {
    while (this.#answers.length > 0) {
      const [first] = this.#answers;
      if (first === undefined || !this.#options.send(first)) return;
      this.#answers.shift();
    }
  }

  /** Done when everything is on disk. */
  close(): Promise<void> {
    return this.#working;
  }

  async #restore(): Promise<void> {
    const { file, log } = this.#options;
    try {
      const text = file === undefined ? undefined : await readIfThere(file);
      if (text === undefined || this.#desk.restore(text)) return;
      log("error", { code: "ERR_STORE", reason: "damaged" }, "diagnostics requests already done are not known");
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
      log("error", { code: "ERR_STORE", reason }, "diagnostics requests already done are not known");
    }
  }

  async #judge({ topic, payload, retain, responseTopic, correlation }: InboundMessage): Promise<void> {
    const { prefix, wallClock } = this.#options;
    const platform = topic.slice(`${prefix}/cmd/`.length);
    // What a broker keeps was meant for somebody else, at some other time.
    if (retain || !PLATFORM.test(platform)) {
      this.refused += 1;
      return;
    }
    const own = `${prefix}/rsp/${platform}`;
    const isOwn = responseTopic === undefined || isWithin(own, responseTopic);
    const isShort = (correlation?.length ?? 0) <= MAX_CORRELATION;
    const address = {
      platform,
      topic: isOwn ? (responseTopic ?? own) : own,
      correlation: isShort ? correlation : undefined,
    };
    const text = new TextDecoder().decode(payload);
    const judgement = this.#desk.judge(platform, text, wallClock());
    if (judgement.kind === "refused") this.#refuse(address, judgement);
    // Answers elsewhere would let a platform write where it may not.
    else if (!isOwn) this.#refuse(address, { ...judgement, name: judgement.ask.name, reason: "responseTopic" });
    else await this.#do({ ...address, cmdId: judgement.cmdId, name: judgement.ask.name }, judgement.ask);
  }

  #refuse(address: Address, what: { cmdId: string | undefined; name: Ask["name"] | undefined; reason: Refusal }): void {
    const { cmdId, name, reason } = what;
    this.refused += 1;
    const { platform } = address;
    if (!this.#told.isOver(this.#options.wallClock()))
      this.#options.audit({ platform, name, asset: undefined, reason });
    if (cmdId !== undefined) this.#answer(address, { cmdId, name, status: "Rejected", reason });
  }

  /** Known as done before it is: what a crash leaves undone is asked again under another name. */
  async #do(asked: Asked, ask: Ask): Promise<void> {
    const asset = ask.name === "SelfTest" ? -1 : this.#options.assetNo(ask.asset);
    if (asset === undefined) {
      this.#refuse(asked, { ...asked, reason: "unknownAsset" });
      return;
    }
    if (!(await this.#remember())) {
      this.#refuse(asked, { ...asked, reason: "busy" });
      return;
    }
    const { audit, capture, stats, ask: askStation } = this.#options;
    audit({ platform: asked.platform, name: asked.name, asset: asset < 0 ? undefined : asset, reason: undefined });
    this.#no += 1;
    this.#open.set(this.#no, asked);
    if (ask.name === "SelfTest") this.settle(this.#no, { status: "Done", lane: laneOf(stats()) });
    else if (ask.name !== "GetSnapshot") askStation(this.#no, asset, ask);
    else this.settle(this.#no, capture(asset) ? { status: "Done" } : { status: "Failed", reason: "notRemembered" });
  }

  async #remember(): Promise<boolean> {
    const { file, log } = this.#options;
    if (file === undefined) return true;
    try {
      await writeDurably(file, this.#desk.memory);
      return true;
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
      log("error", { code: "ERR_STORE", reason }, "diagnostics request not done, for it cannot be noted");
      return false;
    }
  }

  #answer({ topic, correlation }: Address, body: object): void {
    const payload = JSON.stringify({ ...body, t: this.#options.wallClock() });
    if (this.#options.holdsBack(topic, payload)) return;
    const bytes = Buffer.byteLength(payload);
    this.#answers.push({ topic, payload, bytes, retain: false, expirySec: ANSWER_TTL_SEC, correlation });
    if (this.#answers.length > MAX_OPEN) {
      this.#answers.shift();
      this.refused += 1;
    }
    this.tick();
  }
}

/** `own` or a level below it, and no wildcard. */
const isWithin = (own: string, topic: string): boolean =>
  topic.length <= MAX_RESPONSE_TOPIC && !/[+#\0]/.test(topic) && (topic === own || topic.startsWith(`${own}/`));

/** How the lane is, in numbers. */
const laneOf = ({
  connects,
  published,
  dropped,
  spooled,
  spoolBytes,
  spoolImpaired,
  scenesStored,
  tripwireHits,
}: WorkerStats) => ({
  connects,
  published,
  dropped,
  spooled,
  spoolBytes,
  spoolImpaired,
  scenesStored,
  tripwireHits,
});
