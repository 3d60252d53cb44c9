/**
 * ConnectorPhaseRotation of 1.6, one list for the station, as PhaseRotation of the ChargingStation (index 0) and of each Connector.
 *
 *     "0.RST,1.RST,2.RTS"  ⇄  ChargingStation RST · Connector 1 RST · Connector 2 RTS
 *
 * A list without indices ("Unknown", "RST") holds for all (observed: ABB Terra AC).
 *
 * @see translation.md §4.4; 1.6 §9.1.8
 */
import { membersOf } from "./device-values.ts";

export const PHASE_ROTATION_KEY = "ConnectorPhaseRotation";

/** What 1.6 §9.1.8 allows. */
export const PHASE_ROTATIONS: readonly string[] = [
  "NotApplicable",
  "Unknown",
  "RST",
  "RTS",
  "SRT",
  "STR",
  "TRS",
  "TSR",
];

/** By 1.6 connector; 0 is the station. `everywhere`: what has no index. */
interface Rotations {
  readonly byConnector: ReadonlyMap<number, string>;
  readonly everywhere?: string;
}

function parse(list: string): Rotations {
  const byConnector = new Map<number, string>();
  let everywhere: string | undefined;
  for (const member of membersOf(list)) {
    const [, connector, rotation] = /^(\d+)\.(\w+)$/.exec(member) ?? [];
    if (connector === undefined || rotation === undefined) everywhere = member;
    else byConnector.set(Number(connector), rotation);
  }
  return { byConnector, ...(everywhere === undefined ? {} : { everywhere }) };
}

/** Undefined: the station does not say. */
export function rotationOf(list: string, connector16: number): string | undefined {
  const { byConnector, everywhere } = parse(list);
  return byConnector.get(connector16) ?? everywhere;
}

/** The list with one connector's rotation changed; the others as they were. `connectors` are all there are, 0 among them. */
export function withRotation(
  list: string,
  connector16: number,
  rotation: string,
  connectors: readonly number[],
): string {
  const { byConnector, everywhere } = parse(list);
  const all = new Map(everywhere === undefined ? [] : connectors.map((connector) => [connector, everywhere]));
  for (const [connector, known] of byConnector) all.set(connector, known);
  all.set(connector16, rotation);
  return [...all]
    .sort(([left], [right]) => left - right)
    .map(([connector, known]) => `${connector}.${known}`)
    .join(",");
}
