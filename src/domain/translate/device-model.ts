/**
 * The 2.x device model of a 1.6 station, made anew from state whenever it is asked for: the station's keys in their places, the
 * gateway's own variables, the places of the topology, `Available` of every controller, and `LegacyConfig` for the rest.
 *
 * @see translation.md §4.4
 */
import type { Capabilities, Want } from "./contract.ts";
import { KEY_ROWS, type KeyRow, showingOf } from "./device-map.ts";
import { chargingFactsOf, type World } from "./device-options.ts";
import { OWN_ROWS, type OwnRow, ownValue } from "./device-own.ts";
import { placeRows } from "./device-places.ts";
import { computed, type Row } from "./device-rows.ts";
import { type CachedKey, cachedKey, deviceOf, folded, keyNumber, keyValue } from "./device-state.ts";
import { dataTypeOf, readValue, SHARED_MEASURANDS } from "./device-values.ts";
import { LEGACY_COMPONENT, legacyVariables } from "./legacy-config.ts";

export interface Model {
  /** Those that are not there among them (`Row.isThere`). */
  readonly rows: readonly Row[];
  /** What could not be told in 2.x. */
  readonly wants: readonly Want[];
}

export function modelOf(world: World): Model {
  const keys = KEY_ROWS.filter((row) => isOffered(world.state.capabilities, row.profile)).map((row) => keyRows(world, row));
  return {
    rows: [
      ...placeRows(world),
      ...keys.flatMap(({ rows }) => rows),
      ...OWN_ROWS.filter((row) => isOffered(world.state.capabilities, row.profile)).flatMap((row) => ownRows(world, row)),
      ...availableRows(world),
      ...countRows(world),
      computed({ name: "ClockCtrlr" }, "DateTime", "dateTime", new Date(world.env.now).toISOString()),
      ...legacyRows(world),
    ],
    wants: keys.flatMap(({ wants }) => wants),
  };
}

const isOffered = ({ featureProfiles }: Capabilities, profile: string | undefined): boolean =>
  profile === undefined || featureProfiles.includes(profile);

function keyRows({ state }: World, row: KeyRow): Model {
  const device = deviceOf(state);
  const cached = cachedKey(device, row.key);
  const maxItems = row.maxItemsKey === undefined ? undefined : keyNumber(device, row.maxItemsKey);
  const read = cached?.value === undefined ? undefined : readValue(row.codec, cached.value);
  const value = read?.value ?? (cached === undefined ? row.fallback : undefined);
  const maxLimit = maxItems ?? row.maxLimit;
  const valuesList = row.codec === "measurands" ? SHARED_MEASURANDS.join(",") : row.valuesList;
  const main: Row = {
    component: { name: row.component },
    variable: { name: row.variable, ...(row.instance === undefined ? {} : { instance: row.instance }) },
    ...(value === undefined ? {} : { value }),
    mutability: mutabilityOf(row, cached),
    dataType: row.dataType ?? dataTypeOf(row.codec),
    ...(row.unit === undefined ? {} : { unit: row.unit }),
    ...(maxLimit === undefined ? {} : { maxLimit }),
    ...(valuesList === undefined ? {} : { valuesList }),
    source: {
      from: "key",
      key: cached?.key ?? row.key,
      codec: row.codec,
      ...(maxItems === undefined ? {} : { maxItems }),
    },
    isThere: cached !== undefined || row.fallback !== undefined,
  };
  const mirror = row.mirror === undefined ? [] : [{ ...main, variable: { name: row.mirror }, mutability: "ReadOnly" as const }];
  return { rows: [main, ...mirror], wants: read?.wants ?? [] };
}

/** A fallback stands for a key that the station does not have: there is nothing to change. */
const mutabilityOf = (row: KeyRow, cached: CachedKey | undefined): "ReadOnly" | "ReadWrite" =>
  row.isReadOnly === true || cached?.isReadOnly === true || (cached === undefined && row.fallback !== undefined)
    ? "ReadOnly"
    : "ReadWrite";

function ownRows({ state, options }: World, row: OwnRow): readonly Row[] {
  const value = ownValue(state, row, options.own);
  if (value === undefined && row.access !== "WriteOnly") return [];
  return [
    {
      component: { name: row.component },
      variable: { name: row.variable, ...(row.instance === undefined ? {} : { instance: row.instance }) },
      ...(value === undefined || row.access === "WriteOnly" ? {} : { value }),
      mutability: row.access,
      ...(row.isConstant === true ? { isConstant: true } : {}),
      dataType: row.dataType ?? dataTypeOf(row.codec),
      ...(row.unit === undefined ? {} : { unit: row.unit }),
      ...(row.minLimit === undefined ? {} : { minLimit: row.minLimit }),
      source: { from: "own", name: row.name, codec: row.codec },
      isThere: true,
    },
  ];
}

/** Controllers of functions that a station may lack: `Available` says whether it does. */
function availableRows({ state, options }: World): readonly Row[] {
  const { featureProfiles } = state.capabilities;
  const device = deviceOf(state);
  const available = (name: string, isAvailable: boolean, instance?: string): Row =>
    computed({ name }, "Available", "boolean", String(isAvailable), {
      variable: { name: "Available", ...(instance === undefined ? {} : { instance }) },
    });
  return [
    available("AuthCacheCtrlr", cachedKey(device, "AuthorizationCacheEnabled") !== undefined),
    available("LocalAuthListCtrlr", featureProfiles.includes("LocalAuthListManagement")),
    available("ReservationCtrlr", featureProfiles.includes("Reservation")),
    available("SmartChargingCtrlr", featureProfiles.includes("SmartCharging")),
    available("DisplayMessageCtrlr", false),
    available("MonitoringCtrlr", false),
    available("TariffCostCtrlr", false, "Tariff"),
    // California pricing over DataTransfer (translation.md §4.2, CostUpdated).
    available("TariffCostCtrlr", keyValue(device, "CustomDisplayCostAndPrice")?.trim().toLowerCase() === "true", "Cost"),
    available("ISO15118Ctrlr", options.hasPlugAndCharge === true),
  ];
}

/** What the local list and the charging profiles count and allow. */
function countRows(world: World): readonly Row[] {
  const { state, options } = world;
  const { featureProfiles } = state.capabilities;
  const rows: Row[] = [];
  if (featureProfiles.includes("LocalAuthListManagement")) {
    const maxLimit = keyNumber(deviceOf(state), "LocalAuthListMaxLength");
    const entries = String(options.localListEntries?.(state) ?? 0);
    const limit = maxLimit === undefined ? {} : { maxLimit };
    rows.push(computed({ name: "LocalAuthListCtrlr" }, "Entries", "integer", entries, limit));
  }
  if (!featureProfiles.includes("SmartCharging")) return rows;
  const facts = chargingFactsOf(world);
  const controller = { name: "SmartChargingCtrlr" };
  return [
    ...rows,
    computed(controller, "ProfileStackLevel", "integer", String(facts.maxStackLevel)),
    computed(controller, "PeriodsPerSchedule", "integer", String(facts.periodsPerSchedule)),
    computed(controller, "RateUnit", "MemberList", facts.rateUnits.join(","), { valuesList: "A,W" }),
    computed(controller, "Entries", "integer", String(facts.profiles), {
      variable: { name: "Entries", instance: "ChargingProfiles" },
      maxLimit: facts.maxProfiles,
    }),
  ];
}

function legacyRows({ state }: World): readonly Row[] {
  const device = deviceOf(state);
  const names = legacyVariables(device.legacyNames);
  return Object.values(device.keys).flatMap((cached) => {
    const showing = showingOf(cached.key);
    const name = names.get(folded(cached.key));
    if (!showing.startsWith("legacy") || name === undefined) return [];
    const isReadOnly = cached.isReadOnly || showing === "legacy, read only";
    return [legacyRow(name, cached.key, isReadOnly, cached.value)];
  });
}

/** A vendor's key. One nobody has told of is asked for by its name. */
export function legacyRow(name: string, key: string, isReadOnly: boolean, value: string | undefined): Row {
  return {
    component: { name: LEGACY_COMPONENT },
    variable: { name },
    ...(value === undefined ? {} : { value }),
    mutability: isReadOnly ? "ReadOnly" : "ReadWrite",
    dataType: "string",
    source: { from: "key", key, codec: "text" },
    isThere: true,
  };
}
