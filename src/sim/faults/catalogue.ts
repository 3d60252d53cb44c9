/**
 * The fault catalogue: behaviours of 1.6 stations in the field, by name, one at a time or several at once. They are put on a station
 * in the order of the catalogue, whatever the order in which they are asked for.
 */
import type { StationOptions } from "../station-options.ts";
import { dialWebSocket } from "../transport.ts";
import { CHARGING_FAULTS } from "./charging-faults.ts";
import { COMMAND_FAULTS } from "./command-faults.ts";
import { CONNECTION_FAULTS } from "./connection-faults.ts";
import type { Fault, FaultHooks } from "./fault.ts";
import { createFaultyWire } from "./faulty-wire.ts";
import { METER_FAULTS } from "./meter-faults.ts";
import { TRANSACTION_FAULTS } from "./transaction-faults.ts";

export const FAULT_CATALOGUE: readonly Fault[] = [
  ...TRANSACTION_FAULTS,
  ...METER_FAULTS,
  ...CHARGING_FAULTS,
  ...COMMAND_FAULTS,
  // Last, and numeric ids last of all: what is on the wire passes them as it leaves.
  ...CONNECTION_FAULTS,
];

/** Names that are not in the catalogue. */
export function unknownFaults(names: readonly string[]): readonly string[] {
  return names.filter((name) => !FAULT_CATALOGUE.some((fault) => fault.name === name));
}

/**
 * The options with the named faults put on; as they are for other versions than 1.6.
 *
 * @throws RangeError for a name that is not in the catalogue
 */
export function withNamedFaults(options: StationOptions): StationOptions {
  const names = options.faults?.named ?? [];
  const unknown = unknownFaults(names);
  if (unknown.length > 0) throw new RangeError(`no such fault: ${unknown.join(", ")}`);
  if (names.length === 0 || options.version !== "ocpp1.6") return options;
  const faults = FAULT_CATALOGUE.filter(({ name }) => names.includes(name));
  const changed = faults.reduce((so, fault) => fault.options?.(so) ?? so, options);
  return withHooks(
    changed,
    faults.flatMap(({ hooks }) => hooks?.() ?? []),
  );
}

function withHooks(options: StationOptions, hooks: readonly FaultHooks[]): StationOptions {
  const dial = options.dial ?? dialWebSocket;
  const onWire = createFaultyWire(hooks);
  return {
    ...options,
    dial: async (target) => {
      const dialled = await dial(target);
      return { ...dialled, transport: onWire(dialled.transport) };
    },
    answer: (call, station, next) => {
      const stack = hooks.reduce<typeof next>(
        (inner, { answer }) =>
          (payload = call.payload) =>
            answer?.({ ...call, payload }, station, inner) ?? inner(payload),
        next,
      );
      return stack();
    },
  };
}
