/**
 * R10, R11: settings that move trust. A station that is told another CSMS leaves the gateway, and with it everything that protects
 * it; one that is told a lower security profile speaks in clear.
 *
 * @see OCPP 1.6 §9 (keys), white paper A05 (SecurityProfile); OCPP 2.0.1 A05, B09, B10; names compare without regard to case
 */
import { list as listOf, object as objectOf } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Check, CheckSpec, Circumstances } from "./facts.ts";
import { plainName, textOf } from "./read.ts";

/** One setting of either protocol. */
interface Setting {
  /** Key, or variable; letters and digits, lower case. */
  readonly name: string;
  /** Component of 2.x, in the same form. */
  readonly component: string;
  readonly value: string;
}

/** Endings of the keys by which makes name the address of the CSMS. */
const CSMS_URL =
  /(?:centralsystem|csms|backend|server|ocpp|websocket|ws|endpoint|backoffice)(?:url|uri|address|endpoint|host|hostname|ip)$/;
/** Access point of the mobile network, VPN, name servers. */
const NETWORK = /^(?:apn|vpn)|(?:apn|apnname|dnsserver|dns1|dns2|gatewayaddress|proxyurl|proxyserver)$/;

const TRUST = new Set([
  "authorizeremotetxrequests",
  "authorizeremotestart",
  "localpreauthorize",
  "allowofflinetxforunknownid",
  "offlinetxforunknownidenabled",
  "stoptransactiononinvalidid",
  "stoptxoninvalidid",
]);

function settingsOf({ key, value, setVariableData }: Payload): readonly Setting[] {
  if (typeof key === "string") return [{ name: plainName(key), component: "", value: String(value) }];
  return listOf(setVariableData).flatMap((item) => {
    const data = objectOf(item);
    const name = textOf(objectOf(data?.["variable"])?.["name"]);
    if (data === undefined || name === undefined) return [];
    const component = textOf(objectOf(data["component"])?.["name"]) ?? "";
    return [{ name: plainName(name), component: plainName(component), value: String(data["attributeValue"]) }];
  });
}

const isNetworkSetting = ({ name, component }: Setting, guarded: readonly string[]): boolean =>
  CSMS_URL.test(name) ||
  NETWORK.test(name) ||
  (component === "networkconfiguration" && name !== "securityprofile") ||
  guarded.some((key) => plainName(key) === name);

/** Profile of a setting or of a network profile; undefined where none is set. */
function profileOf(payload: Payload): number | undefined {
  const { connectionData } = payload;
  const direct = objectOf(connectionData)?.["securityProfile"];
  if (typeof direct === "number") return direct;
  const setting = settingsOf(payload).find(({ name }) => name === "securityprofile");
  return setting === undefined ? undefined : Number(setting.value);
}

const moves: Check = (payload, { policy }) =>
  settingsOf(payload).some((setting) => isNetworkSetting(setting, policy.guardedKeys))
    ? "the setting moves the station to another CSMS or network"
    : undefined;

/** Not a number at all is not higher either. */
const downgrades = (payload: Payload, { life }: Circumstances): string | undefined => {
  const wanted = profileOf(payload);
  // Another endpoint of the same profile is no step down (B09.FR.04).
  if (objectOf(payload["connectionData"]) !== undefined && wanted === life.linkProfile) return undefined;
  return wanted === undefined || wanted > life.linkProfile ? undefined : "the security profile would not be higher";
};

export const SETTING_CHECKS: readonly CheckSpec[] = [
  {
    rule: "R11",
    from: "north",
    actions: ["ChangeConfiguration", "SetVariables", "SetNetworkProfile"],
    check: downgrades,
  },
  { rule: "R10-network", from: "north", actions: ["ChangeConfiguration", "SetVariables"], check: moves },
  {
    rule: "R10-network",
    from: "north",
    actions: ["SetNetworkProfile"],
    check: (payload, { life }) => {
      const data = objectOf(payload["connectionData"]);
      const isElsewhere = !life.isOfCsms(textOf(data?.["ocppCsmsUrl"]) ?? "");
      return isElsewhere || data?.["apn"] !== undefined || data?.["vpn"] !== undefined
        ? "the profile moves the station to another CSMS or network"
        : undefined;
    },
  },
  {
    rule: "R10-trust",
    from: "north",
    actions: ["ChangeConfiguration", "SetVariables"],
    check: (payload) =>
      settingsOf(payload).some(({ name }) => TRUST.has(name)) ? "the setting says who may charge" : undefined,
  },
];
