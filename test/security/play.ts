/** Plays vectors through one gateway, between a plain station and a plain CSMS, each on stations of their own. */
import type { StationRuleDocument } from "../../src/config/document.ts";
import { RULE_IDS } from "../../src/domain/firewall/rules.ts";
import { openWorld, type World } from "../support/e2e-world.ts";
import { friendly } from "../support/plain-csms.ts";
import { basicAuth, type Json, type Peer } from "../support/ws-peer.ts";
import type { Step, Vector } from "./vectors.ts";

export interface Outcome {
  readonly rule: string;
  readonly title: string;
  readonly ok: boolean;
  /** What became of the attack, and of the look-alike. */
  readonly attack: string;
  readonly lookAlike: string;
}

const PASSWORD = "a-password-of-20-chars";
/** R05 asks whether the station has proved itself. */
const needsPassword = ({ rule }: Vector): boolean => rule === "R05";

/** @param vectors played one after the other */
export async function playAll(vectors: readonly Vector[]): Promise<readonly Outcome[]> {
  const stations = vectors.map(
    (vector, i): StationRuleDocument => ({
      match: `V${i}-*`,
      ...(needsPassword(vector) ? { securityProfile: 1, password: PASSWORD } : { securityProfile: 0 }),
      firewall: {
        ...vector.firewall,
        modes: { R08: "off", "R23-boot": "off", [vector.rule]: vector.mode ?? "enforce" },
      },
    }),
  );
  await using world = await openWorld({ answer: answerOfCsms, config: { stations } });
  const outcomes: Outcome[] = [];
  for (const [i, vector] of vectors.entries()) outcomes.push(await playVector(world, `V${i}`, vector));
  return outcomes;
}

/** Answers of the CSMS. */
function answerOfCsms(action: string, payload: Readonly<Record<string, unknown>>): object {
  return action === "SignCertificate" ? { status: "Accepted" } : friendly(action, payload);
}

async function playVector(world: World, name: string, vector: Vector): Promise<Outcome> {
  const { rule, title, before = [], attack, calm = before, lookAlike, fate = "refused", answer } = vector;
  const hostile = await play(world, `${name}-a`, vector, before, attack);
  const harmless = await play(world, `${name}-b`, vector, calm, lookAlike);
  const isAnswered =
    fate === "told" ||
    (answer === undefined ? hostile.answer[0] === 4 : includes(hostile.answer[2], answer) && hostile.answer[0] === 3);
  const isStopped = hostile.arrived === (fate === "told") && hostile.findings > 0 && isAnswered;
  const isSpared = harmless.arrived && harmless.findings === 0;
  return {
    rule,
    title,
    ok: isStopped && isSpared,
    attack: describe(hostile),
    lookAlike: describe(harmless),
  };
}

interface Played {
  readonly arrived: boolean;
  readonly findings: number;
  readonly answer: Json;
}

async function play(world: World, id: string, vector: Vector, before: readonly Step[], last: Step): Promise<Played> {
  const { version = "ocpp1.6", rule } = vector;
  const headers = needsPassword(vector) ? { headers: { ...basicAuth(id, PASSWORD) } } : {};
  const { station, csms } = await world.booted(id, version, headers);
  station.answering((action) => (action === "SetVariables" ? { setVariableResult: [] } : { status: "Accepted" }));
  for (const step of before) await send(step, station, csms);
  const found = findingsOf(world, rule);
  const answer = await send(last, station, csms);
  const [from, action, payload] = last;
  const text = JSON.stringify(payload);
  const receiver = from === "station" ? csms : station;
  const arrived = receiver.calls(action).filter(([, , , got]) => JSON.stringify(got) === text).length;
  const expected = before.filter(([, name, given]) => name === action && JSON.stringify(given) === text).length;
  const result = { arrived: arrived > expected, findings: findingsOf(world, rule) - found, answer };
  await station.close();
  return result;
}

const send = ([from, action, payload]: Step, station: Peer, csms: Peer): Promise<Json> =>
  (from === "station" ? station : csms).ask(action, payload);

function findingsOf({ gateway }: World, rule: Vector["rule"]): number {
  return gateway.counters.perRule[RULE_IDS.indexOf(rule) * 2] ?? 0;
}

const includes = (actual: unknown, expected: object): boolean =>
  Object.entries(expected).every(([name, value]) => (actual as Record<string, unknown> | null)?.[name] === value);

const describe = ({ arrived, findings, answer }: Played): string =>
  `${arrived ? "passed" : "stopped"}, ${findings} finding${findings === 1 ? "" : "s"}, ${JSON.stringify(answer.slice(2)).slice(0, 120)}`;
