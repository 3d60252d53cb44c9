/** `twinlane dashcam replay`: a scene's station once more, with the messages that can be told from what was observed. */
import { readFileSync } from "node:fs";
import { GatewayError } from "../index.ts";
import { createScaledClock, sleep } from "../sim/clock.ts";
import { type CallOutcome, RpcPeer } from "../sim/rpc-peer.ts";
import { dialWebSocket } from "../sim/transport.ts";
import { payloadOf, type Scene, type SceneFrame } from "../tools.ts";
import type { ReplayFlags } from "./dashcam.ts";
import { soundSceneOf } from "./dashcam-files.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";

const CALL_TIMEOUT_MS = 30_000;
const BOOT: Pick<SceneFrame, "direction" | "type" | "action"> = {
  direction: "up",
  type: 2,
  action: "BootNotification",
};

interface Tally {
  sent: number;
  answered: number;
  /** CALLERRORs, timeouts, and calls whose connection closed. */
  failed: number;
  /** The station's messages that the scene does not tell enough of, by action. */
  readonly skipped: { [action: string]: number };
}

/** @returns exit code */
export async function replayScene(wanted: string, flags: ReplayFlags): Promise<number> {
  const { scene, id } = soundSceneOf(wanted, flags);
  const { version } = scene;
  const frames = scene.frames.filter(({ direction, type }) => direction === "up" && (type === 2 || type === 6));
  if (version === undefined || frames.length === 0) {
    say("the scene has no message of a station");
    return EXIT.failed;
  }
  const { transport } = await dial(flags, version);
  let isOpen = true;
  let no = 0;
  const peer = new RpcPeer({
    transport,
    clock: createScaledClock(),
    callTimeoutMs: CALL_TIMEOUT_MS,
    nextId: () => {
      no += 1;
      return `replay-${no}`;
    },
    // The station that had these calls is not here.
    onCall: () => ({ error: "NotSupported" }),
    onClose: () => {
      isOpen = false;
    },
  });
  const tally = await play({ scene, version }, frames, { peer, speed: flags.speed, isOpen: () => isOpen });
  const wasOpen = isOpen;
  peer.close(1000);
  report(id, tally, wasOpen, flags);
  return wasOpen && tally.failed === 0 && tally.sent > 0 ? EXIT.ok : EXIT.failed;
}

async function dial({ to, as, passwordFile, tlsCa }: ReplayFlags, version: NonNullable<Scene["version"]>) {
  try {
    return await dialWebSocket({
      url: to,
      stationId: as,
      versions: [version],
      password: passwordFile === undefined ? undefined : readFileSync(passwordFile, "utf8").trim(),
      tls: tlsCa === undefined ? undefined : { ca: readFileSync(tlsCa, "utf8") },
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError("ERR_UPLINK", `${to} does not take the station (${reason})`, {}, { cause });
  }
}

interface Line {
  readonly peer: RpcPeer;
  readonly speed: number;
  readonly isOpen: () => boolean;
}

async function play(
  { scene, version }: { readonly scene: Scene; readonly version: NonNullable<Scene["version"]> },
  frames: readonly SceneFrame[],
  { peer, speed, isOpen }: Line,
): Promise<Tally> {
  const tally: Tally = { sent: 0, answered: 0, failed: 0, skipped: {} };
  const state = { transactionId: 0, seqNo: 0 };
  const clock = createScaledClock({ speed });
  const outcomes: Promise<void>[] = [];
  const send = (frame: SceneFrame): void => {
    const timestamp = new Date().toISOString();
    const payload = payloadOf({ scene, frame, version, timestamp, ...state });
    if (payload === undefined) {
      tally.skipped[frame.action] = (tally.skipped[frame.action] ?? 0) + 1;
      return;
    }
    tally.sent += 1;
    if (frame.action === "TransactionEvent") state.seqNo += 1;
    if (frame.type === 6) peer.send(frame.action, payload);
    else outcomes.push(peer.call(frame.action, payload).then((outcome) => count(frame, outcome)));
  };
  const count = (frame: SceneFrame, outcome: CallOutcome): void => {
    if (outcome.kind === "result") tally.answered += 1;
    else tally.failed += 1;
    const id = outcome.kind === "result" ? outcome.payload["transactionId"] : undefined;
    if (frame.action === "StartTransaction" && typeof id === "number") state.transactionId = id;
  };
  const [first] = frames;
  // Before a station has booted nobody listens to it.
  if (first !== undefined && first.action !== BOOT.action) send({ ...first, ...BOOT, type: 2 });
  let at = first?.dt ?? 0;
  for (const frame of frames) {
    if (frame.dt > at) await sleep(clock, frame.dt - at);
    at = Math.max(at, frame.dt);
    if (!isOpen()) break;
    send(frame);
  }
  await Promise.all(outcomes);
  return tally;
}

function report(id: string, { sent, answered, failed, skipped }: Tally, wasOpen: boolean, { json }: ReplayFlags): void {
  if (json) {
    printJson({ ok: wasOpen && failed === 0, scene: id, sent, answered, failed, skipped });
    return;
  }
  say(`${sent} messages sent, ${answered} answered, ${failed} failed${wasOpen ? "" : "; the other side has closed"}`);
  const names = Object.entries(skipped).map(([action, times]) => `${action} (${times})`);
  if (names.length > 0) say(`not told by the scene: ${names.join(", ")}`);
}
