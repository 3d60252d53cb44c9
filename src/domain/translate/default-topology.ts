/**
 * The EVSEs of a station of which nobody has said how it is built: each connector is an EVSE of its own (OCA application note,
 * "Multiple connectors per EVSE"; translation of connectors in docs/translation.md).
 */
import type { Topology, TranslationState } from "./contract.ts";
import { deviceOf, keyNumber } from "./device-state.ts";

/** What a station with a wrong number in its configuration may claim. */
const MOST = 64;

/** As many as the station says it has; before it has said so, as many as have been heard of, and at least one. */
export function defaultTopology(state: TranslationState): Topology {
  const seen = Object.keys(state.tx.connectors).map(Number);
  const said = keyNumber(deviceOf(state), "NumberOfConnectors") ?? 0;
  const count = Math.min(MOST, Math.max(1, said, ...seen.filter(Number.isInteger)));
  return ofSize(count);
}

const bySize = new Map<number, Topology>();

function ofSize(count: number): Topology {
  let topology = bySize.get(count);
  if (topology === undefined) {
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    topology = { evses: numbers.map((n) => ({ evseId: n, connectors: [{ connectorId: 1, connector16: n }] })) };
    bySize.set(count, topology);
  }
  return topology;
}
