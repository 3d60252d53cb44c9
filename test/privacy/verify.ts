/** The whole proof, or a part of it: every case through the tap and the worker, broken extractors, a gateway; and what came of it. */
import { OCPP_VERSIONS } from "../../src/domain/ocpp/version.ts";
import { PRIVACY_PROFILES, type PrivacyProfile } from "../../src/domain/privacy/profiles.ts";
import { BROKEN_EXTRACTORS } from "./broken-extractors.ts";
import { canaryIn } from "./canary.ts";
import { type Leak, playCanaries } from "./canary-run.ts";
import { type Case, textLeaves } from "./cases.ts";
import { playGateway } from "./gateway-run.ts";
import { openWorker, type Sinks } from "./worker-run.ts";

/** What of a canary was found in a sink, or a name that only operators may read. */
interface Finding {
  readonly sink: string;
  readonly found: string;
}

export interface LaneReport {
  readonly ok: boolean;
  readonly cases: number;
  readonly messages: number;
  readonly canaries: number;
  readonly observed: number;
  readonly tripped: number;
  readonly leaks: readonly (Leak | Finding)[];
  /** Texts that were looked through, by sink, under each privacy profile. */
  readonly looked: { readonly [profile: string]: { readonly [sink: string]: number } };
}

const STATION = "CANARYSTATION";

/**
 * What the tap observes goes to a worker of each privacy profile.
 *
 * @param isWanted which cases; left out: all
 */
export async function verifyLane(isWanted?: (no: number, each: Case) => boolean): Promise<LaneReport> {
  const workers = PRIVACY_PROFILES.map((profile) => ({ profile, ...openWorker(STATION, profile) }));
  const connect = () => {
    for (const worker of workers) worker.connect();
  };
  let half = 0;
  const run = await playCanaries({
    ...(isWanted !== undefined && { isWanted }),
    onward: {
      passed: (...frame) => {
        for (const { sink } of workers) sink.passed?.(...frame);
      },
      observe: (...observation) => {
        half += 1;
        if (half === CONNECT_AT) connect();
        for (const { sink } of workers) sink.observe(...observation);
      },
    },
  });
  if (half < CONNECT_AT) connect();
  const ends = await Promise.all(workers.map(async ({ profile, finish }) => ({ profile, ...(await finish()) })));
  const leaks = [
    ...run.leaks,
    ...ends.flatMap(({ profile, sinks }) => [...findings(sinks), ...promiseBreaks(profile, sinks["payloads"] ?? [])]),
  ];
  const tripped = ends.reduce((sum, end) => sum + end.tripped, 0);
  // A lane that says nothing keeps every secret.
  const isAlive = ({ profile, sinks, withheld }: (typeof ends)[number]) =>
    REQUIRED.every((sink) => (sinks[sink] ?? []).length > 0) && withheld > 0 === (profile !== "operator");
  return {
    ...run,
    tripped,
    leaks,
    looked: Object.fromEntries(ends.map(({ profile, sinks }) => [profile, looked(sinks)])),
    ok: run.observed > 0 && ends.every(isAlive) && leaks.length === 0 && tripped === 0,
  };
}

/** Instants finer than the profile's, and channels that it withholds. */
function promiseBreaks(profile: PrivacyProfile, payloads: readonly string[]): readonly Finding[] {
  if (profile === "operator") return [];
  const stepMs = profile === "home" ? 900_000 : 1_000;
  return payloads.flatMap((payload) => {
    const { t, t0, r, e, w, m, channels = {} } = JSON.parse(payload);
    // When the gateway itself says something is no observation's time.
    const instants = m !== undefined || w !== undefined ? [t0, r] : e !== undefined ? [t, r] : [];
    const names = Object.values<{ name: string }>(channels).map(({ name }) => name);
    const told = names.find(
      (name) => /^SoC$|^Display\./.test(name) || (profile === "home" && /^(?:Energy|Power|Current)\./.test(name)),
    );
    return [...instants.filter((at) => at % stepMs !== 0), ...(told === undefined ? [] : [told])].map((found) => ({
      sink: `payloads of ${profile}`,
      found: String(found),
    }));
  });
}

/** Observations that wait on disk before there is a broker. */
const CONNECT_AT = 1_000;
const REQUIRED = ["payloads", "topics", "properties", "spool", "analysis", "dashcam", "log"] as const;

const looked = (sinks: Sinks): GatewayReport["looked"] =>
  Object.fromEntries(Object.entries(sinks).map(([sink, texts]) => [sink, texts.length]));

function findings(sinks: Sinks, names: readonly string[] = [], namesIn: readonly string[] = []): readonly Finding[] {
  return Object.entries(sinks).flatMap(([sink, texts]) =>
    texts.flatMap((text) => {
      const name = namesIn.includes(sink) ? names.find((each) => text.includes(each)) : undefined;
      const found = canaryIn(text) ?? name;
      return found === undefined ? [] : [{ sink, found }];
    }),
  );
}

export interface GatewayReport {
  readonly ok: boolean;
  readonly messages: number;
  readonly canaries: number;
  readonly observed: number;
  readonly leaks: readonly Finding[];
  readonly looked: { readonly [sink: string]: number };
}

/** Sinks of the lane; log, events and errors are for operators, who know their stations. */
const OF_THE_LANE = ["payloads", "topics", "properties", "spool", "dashcam"];

/** @param isWanted which messages of each version; left out: all */
export async function verifyGateway(
  profile: PrivacyProfile,
  isWanted?: (no: number) => boolean,
): Promise<GatewayReport> {
  const { sinks, stations, messages, canaries, observed } = await playGateway(profile, isWanted);
  const leaks = findings(sinks, stations, OF_THE_LANE);
  return {
    ok: leaks.length === 0 && observed > 0 && (sinks["dashcam"] ?? []).length > 0,
    messages,
    canaries,
    observed,
    leaks,
    looked: looked(sinks),
  };
}

/** Actions that broken extractors break. */
const BREAKABLE = ["BootNotification", "MeterValues", "StatusNotification", "StopTransaction", "TransactionEvent"];

/** Leaks found of each broken extractor; 0 is a failure of the canaries. The search ends at the first. */
export async function breakExtractors(): Promise<{ readonly [mistake: string]: number }> {
  const found: { [mistake: string]: number } = {};
  for (const [mistake, extract] of Object.entries(BROKEN_EXTRACTORS)) {
    const isWanted = (_no: number, { action, kind }: Case) => kind === "request" && BREAKABLE.includes(action);
    found[mistake] = (await playCanaries({ extract, isWanted, maxLeaks: 1 })).leaks.length;
  }
  return found;
}

/** Leaves of all messages that hold text. */
export const allTextLeaves = (): number => OCPP_VERSIONS.reduce((sum, version) => sum + textLeaves(version), 0);
