/**
 * The 2.x device model of a 1.6 station, made anew from state whenever it is asked for: the station's keys in their places, the
 * gateway's own variables, the places of the topology, `Available` of every controller, and `LegacyConfig` for the rest.
 *
 * @see translation.md §4.4
 */
import type { Capabilities, Want } from "./contract.ts";
import { compact } from "./device-compact.ts";
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
  const keys = KEY_ROWS.filter((row) => isOffered(world.state.capabilities, row.profile)).map((row) =>
    keyRows(world, row),
  );
  return {
    rows: [
      ...placeRows(world),
      ...keys.flatMap(({ rows }) => rows),
      ...OWN_ROWS.filter((row) => isOffered(world.state.capabilities, row.profile)).flatMap((row) =>
        ownRows(world, row),
      ),
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
  const main: Row = compact({
    component: { name: row.component },
    variable: compact({ name: row.variable, instance: row.instance }),
    value: read?.value ?? (cached === undefined ? row.fallback : undefined),
    mutability: mutabilityOf(row, cached),
    dataType: row.dataType ?? dataTypeOf(row.codec),
    unit: row.unit,
    maxLimit: maxItems ?? row.maxLimit,
    valuesList: row.codec === "measurands" ? SHARED_MEASURANDS.join(",") : row.valuesList,
    source: compact({ from: "key" as const, key: cached?.key ?? row.key, codec: row.codec, maxItems }),
    isThere: cached !== undefined || row.fallback !== undefined,
  });
  const wants = read?.wants ?? [];
  if (row.mirror === undefined) return { rows: [main], wants };
  return { rows: [main, { ...main, variable: { name: row.mirror }, mutability: "ReadOnly" }], wants };
}

/** A fallback stands for a key that the station does not have: there is nothing to change. */
const mutabilityOf = (row: KeyRow, cached: CachedKey | undefined): "ReadOnly" | "ReadWrite" =>
  row.isReadOnly === true || cached?.isReadOnly === true || (cached === undefined && row.fallback !== undefined)
    ? "ReadOnly"
    : "ReadWrite";

function ownRows({ state, env, options }: World, row: OwnRow): readonly Row[] {
  const value = ownValue(state, row, { ...options.own, ...env.own });
  if (value === undefined && row.access !== "WriteOnly") return [];
  return [
    compact({
      component: { name: row.component },
      variable: compact({ name: row.variable, instance: row.instance }),
      value: row.access === "WriteOnly" ? undefined : value,
      mutability: row.access,
      isConstant: row.isConstant,
      dataType: row.dataType ?? dataTypeOf(row.codec),
      unit: row.unit,
      minLimit: row.minLimit,
      source: { from: "own" as const, name: row.name, codec: row.codec },
      isThere: true,
    }),
  ];
}

/** Controllers of functions that a station may lack: `Available` says whether it does. */
function availableRows({ state, env, options }: World): readonly Row[] {
  const { featureProfiles } = state.capabilities;
  const device = deviceOf(state);
  const available = (name: string, isAvailable: boolean, instance?: string): Row =>
    computed({ name }, "Available", "boolean", String(isAvailable), {
      variable: compact({ name: "Available", instance }),
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
    available(
      "TariffCostCtrlr",
      keyValue(device, "CustomDisplayCostAndPrice")?.trim().toLowerCase() === "true",
      "Cost",
    ),
    available("ISO15118Ctrlr", options.hasPlugAndCharge ?? env.settings.plugAndCharge === true),
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
    rows.push(computed({ name: "LocalAuthListCtrlr" }, "Entries", "integer", entries, compact({ maxLimit })));
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
  const row: Row = {
    component: { name: LEGACY_COMPONENT },
    variable: { name },
    mutability: isReadOnly ? "ReadOnly" : "ReadWrite",
    dataType: "string",
    source: { from: "key", key, codec: "text" },
    isThere: true,
  };
  return value === undefined ? row : { ...row, value };
}
