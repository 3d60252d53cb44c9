/**
 * What must hold at the end of a demonstration, judged from both ends' books and from everything that was published. Pure.
 *
 * Each can fail: nothing counts as kept because nothing happened.
 */
import { type Disagreement, disagreements } from "./agreement.ts";
import type { CsmsLedger } from "./csms-ledger.ts";
import type { StationLedger } from "./ledger.ts";
import type { Leak } from "./privacy-scan.ts";

export interface Invariant {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or how much was looked at. No identifiers. */
  readonly detail?: string;
}

export interface Evidence {
  readonly stations: readonly StationLedger[];
  /** The CSMS's books; undefined where the CSMS is somebody else's and shows none. */
  readonly csms: ((stationId: string) => CsmsLedger | undefined) | undefined;
  /** Messages that stations could not deliver before they were stopped. */
  readonly undelivered: number;
  readonly leaks: readonly Leak[];
  readonly health: {
    /** Messages that the broker took. */
    readonly messages: number;
    readonly sequenceProblems: readonly string[];
  };
  readonly gateway: { readonly actorRestarts: number; readonly actorsGivenUp: number };
}

export function judge(evidence: Evidence): readonly Invariant[] {
  return [
    ...(evidence.csms === undefined ? [] : deliveryInvariants(evidence, evidence.csms)),
    ...ownInvariants(evidence),
  ];
}

function deliveryInvariants(
  { stations, undelivered }: Evidence,
  csms: (stationId: string) => CsmsLedger | undefined,
): readonly Invariant[] {
  const found = stations.flatMap((station) => disagreements(station, csms(station.stationId)));
  const [energy, messages] = [found.filter(isAboutEnergy), found.filter((item) => !isAboutEnergy(item))];
  const sent = stations.reduce((sum, station) => sum + station.messages.length, 0);
  const repeated = stations.flatMap((station) => station.messages).filter(({ attempts }) => attempts.length > 1).length;
  const wh = stations.reduce((sum, station) => sum + station.energyWh, 0);
  return [
    {
      name: "every transaction message reached the CSMS exactly once and in order",
      ok: messages.length === 0 && undelivered === 0 && sent > 0,
      detail:
        messages.length === 0
          ? `${sent} messages, ${repeated} of them repeated by their station, ${undelivered} undelivered`
          : summary(messages),
    },
    {
      name: "energy agrees to the Wh",
      ok: energy.length === 0 && wh > 0,
      detail: energy.length === 0 ? `${wh} Wh` : summary(energy),
    },
  ];
}

function ownInvariants({ stations, leaks, health, gateway }: Evidence): readonly Invariant[] {
  const authorised = stations.reduce((sum, { counts }) => sum + counts.authorizeAccepted, 0);
  const ended = stations
    .flatMap(({ transactions }) => transactions)
    .filter(({ endedAt }) => endedAt !== undefined).length;
  const personal = leaks.filter(({ kind }) => kind !== "station");
  const identities = leaks.filter(({ kind }) => kind === "station");
  const { sequenceProblems, messages } = health;
  return [
    {
      name: "no idTag, idToken or transaction id on MQTT",
      ok: personal.length === 0 && messages > 0,
      detail: leakSummary(personal, messages),
    },
    {
      name: "no station identity on MQTT",
      ok: identities.length === 0 && messages > 0,
      detail: leakSummary(identities, messages),
    },
    {
      name: "health sequence numbers are gap-free",
      ok: sequenceProblems.length === 0 && messages > 0,
      detail: sequenceProblems.length === 0 ? `${messages} messages` : sequenceProblems.slice(0, 3).join("; "),
    },
    {
      name: "no station actor was restarted",
      ok: gateway.actorRestarts === 0 && gateway.actorsGivenUp === 0,
      detail: `${gateway.actorRestarts} restarts, ${gateway.actorsGivenUp} given up`,
    },
    { name: "somebody was authorised", ok: authorised > 0, detail: `${authorised} times` },
    { name: "a transaction was completed", ok: ended > 0, detail: `${ended} transactions` },
    { name: "a health message was published", ok: messages > 0, detail: `${messages} messages` },
  ];
}

const isAboutEnergy = ({ kind }: Disagreement): boolean => kind === "energy";

function summary(found: readonly Disagreement[]): string {
  const kinds = new Map<string, number>();
  for (const { kind } of found) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const counted = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ");
  const [first] = found;
  return `${counted}; first: ${first?.stationId} ${first?.detail}`;
}

function leakSummary(leaks: readonly Leak[], searched: number): string {
  const [first] = leaks;
  return first === undefined
    ? `none in ${searched} messages`
    : `${leaks.length} found, first: a ${first.kind} in a ${first.where}`;
}
