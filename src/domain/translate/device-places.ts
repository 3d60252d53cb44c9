/**
 * ChargingStation, EVSE and Connector: availability from what the station has notified, the rest from the topology and its boot.
 *
 * @see translation.md §4.4 (required variables without a source), §3.3 (states)
 */
import type { SiteLimit } from "../charging/site-limit.ts";
import type { Connector16, TranslationState } from "./contract.ts";
import { DEFAULT_POWER_W, DEFAULT_SUPPLY_PHASES, type World } from "./device-options.ts";
import { PHASE_ROTATION_KEY, PHASE_ROTATIONS, rotationOf } from "./device-phases.ts";
import { type Component, computed, type Row } from "./device-rows.ts";
import { cachedKey, deviceOf } from "./device-state.ts";

export const AVAILABILITY_STATES = ["Available", "Occupied", "Reserved", "Unavailable", "Faulted"] as const;
type AvailabilityState = (typeof AVAILABILITY_STATES)[number];

/** §3.3 (a); a status outside 1.6 says nothing. */
const STATES: ReadonlyMap<string, AvailabilityState> = new Map([
  ["Available", "Available"],
  ["Preparing", "Occupied"],
  ["Charging", "Occupied"],
  ["SuspendedEV", "Occupied"],
  ["SuspendedEVSE", "Occupied"],
  ["Finishing", "Occupied"],
  ["Reserved", "Reserved"],
  ["Unavailable", "Unavailable"],
  ["Faulted", "Faulted"],
]);

/** Of several connectors of an EVSE, the first of these that one of them has. */
const STRONGEST: readonly AvailabilityState[] = ["Occupied", "Reserved", "Available", "Unavailable", "Faulted"];

const STATION: Component = { name: "ChargingStation" };

export function placeRows(world: World): readonly Row[] {
  const { evses } = world.env.topology;
  return [
    ...stationRows(world),
    ...evses.flatMap(({ evseId, connectors }) => [
      ...evseRows(
        world,
        evseId,
        connectors.map(({ connector16 }) => connector16),
      ),
      ...connectors.flatMap((connector) => connectorRows(world, evseId, connector)),
    ]),
  ];
}

function stationRows(world: World): readonly Row[] {
  const { state } = world;
  const { identity } = deviceOf(state);
  return [
    availability(STATION, availabilityOf(state, 0) ?? "Available"),
    flag(STATION, "Available", true),
    flag(STATION, "Problem", hasProblem(state, 0)),
    supplyPhases(world, STATION),
    phaseRotation(world, STATION, 0),
    ...texts(STATION, {
      Model: identity.model,
      VendorName: identity.vendor,
      SerialNumber: identity.serialNumber,
      FirmwareVersion: identity.firmwareVersion,
    }),
    // BootNotificationRequest has no place for the meter (§4.6).
    ...texts({ name: "FiscalMetering" }, { Model: identity.meterType, SerialNumber: identity.meterSerialNumber }),
  ];
}

function evseRows(world: World, evseId: number, connectors16: readonly number[]): readonly Row[] {
  const component = { name: "EVSE", evse: { id: evseId } };
  const states = connectors16.map((connector16) => availabilityOf(world.state, connector16));
  const maxPowerW = world.options.maxPowerW?.[evseId] ?? powerOf(world.env.settings.siteLimit) ?? DEFAULT_POWER_W;
  return [
    availability(component, STRONGEST.find((state) => states.includes(state)) ?? "Unavailable"),
    flag(component, "Available", true),
    flag(
      component,
      "Problem",
      connectors16.some((connector16) => hasProblem(world.state, connector16)),
    ),
    computed(component, "Power", "decimal", undefined, { unit: "W", maxLimit: maxPowerW }),
    supplyPhases(world, component),
  ];
}

function connectorRows(
  world: World,
  evseId: number,
  { connectorId, connector16, type }: { connectorId: number; connector16: number; type?: string },
): readonly Row[] {
  const component = { name: "Connector", evse: { id: evseId, connectorId } };
  return [
    availability(component, availabilityOf(world.state, connector16) ?? "Unavailable"),
    flag(component, "Available", true),
    flag(component, "Problem", hasProblem(world.state, connector16)),
    computed(component, "ConnectorType", "string", type ?? "Unknown"),
    supplyPhases(world, component),
    phaseRotation(world, component, connector16),
  ];
}

const connectorOf = ({ tx }: TranslationState, connector16: number): Connector16 | undefined =>
  tx.connectors[String(connector16)];

/** What the CSMS was told last, so that report and StatusNotification agree. */
function availabilityOf(state: TranslationState, connector16: number): AvailabilityState | undefined {
  const known = connectorOf(state, connector16);
  const told = AVAILABILITY_STATES.find((name) => name === known?.reported);
  return told ?? (known === undefined ? undefined : STATES.get(known.status));
}

function hasProblem(state: TranslationState, connector16: number): boolean {
  const { errorCode = "NoError", status } = connectorOf(state, connector16) ?? {};
  return errorCode !== "NoError" || status === "Faulted";
}

const availability = (component: Component, state: AvailabilityState): Row =>
  computed(component, "AvailabilityState", "OptionList", state, { valuesList: AVAILABILITY_STATES.join(",") });

const flag = (component: Component, name: string, value: boolean): Row =>
  computed(component, name, "boolean", String(value));

function supplyPhases({ options, env }: World, component: Component): Row {
  const phases = options.supplyPhases ?? env.settings.siteLimit?.supply.phases ?? DEFAULT_SUPPLY_PHASES;
  return computed(component, "SupplyPhases", "integer", String(phases));
}

/** On all phases together. */
function powerOf(site: SiteLimit | undefined): number | undefined {
  if (site === undefined) return undefined;
  const { limitA = Number.POSITIVE_INFINITY, limitW = Number.POSITIVE_INFINITY, supply } = site;
  return Math.min(limitW, limitA * supply.voltageV * supply.phases);
}

function phaseRotation({ state }: World, component: Component, connector16: number): Row {
  const key = cachedKey(deviceOf(state), PHASE_ROTATION_KEY);
  const value = key?.value === undefined ? undefined : rotationOf(key.value, connector16);
  return computed(component, "PhaseRotation", "OptionList", value, {
    mutability: key?.isReadOnly === true ? "ReadOnly" : "ReadWrite",
    valuesList: PHASE_ROTATIONS.join(","),
    source: { from: "phase", connector16 },
    isThere: value !== undefined,
  });
}

const texts = (component: Component, values: { readonly [name: string]: string | undefined }): readonly Row[] =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => computed(component, name, "string", value));
