/**
 * A station's configuration: 1.6 configuration keys, and the 2.0.1 variables that mean the same under their
 * component's name. One value each, whichever version asks.
 */

export interface Setting {
  readonly key: string;
  /** 2.0.1 name. */
  readonly component: string;
  readonly variable: string;
  readonly readonly: boolean;
  /** `integer` values are checked on change. */
  readonly type: "integer" | "boolean" | "text";
  value: string;
}

/** Outcome of a change, in 1.6's words. */
export type ChangeOutcome = "Accepted" | "Rejected" | "NotSupported";

export interface SettingDefaults {
  readonly connectors: number;
  readonly meterIntervalSec: number;
}

export class Settings {
  readonly #byKey = new Map<string, Setting>();

  constructor({ connectors, meterIntervalSec }: SettingDefaults) {
    const add = (key: string, name: string, value: string, kind: Partial<Pick<Setting, "readonly" | "type">> = {}) => {
      const [component = "", variable = ""] = name.split(".");
      this.#byKey.set(key, { key, component, variable, value, readonly: false, type: "integer", ...kind });
    };
    add("HeartbeatInterval", "OCPPCommCtrlr.HeartbeatInterval", "300");
    add("MeterValueSampleInterval", "SampledDataCtrlr.TxUpdatedInterval", String(meterIntervalSec));
    add("TransactionMessageAttempts", "OCPPCommCtrlr.MessageAttempts", "5");
    add("TransactionMessageRetryInterval", "OCPPCommCtrlr.MessageAttemptInterval", "10");
    add("ConnectionTimeOut", "TxCtrlr.EVConnectionTimeOut", "60");
    add("WebSocketPingInterval", "OCPPCommCtrlr.WebSocketPingInterval", "0");
    add("LocalAuthorizeOffline", "AuthCtrlr.LocalAuthorizeOffline", "true", { type: "boolean" });
    add("AuthorizeRemoteTxRequests", "AuthCtrlr.AuthorizeRemoteStart", "false", { type: "boolean" });
    add("StopTransactionOnInvalidId", "TxCtrlr.StopTxOnInvalidId", "true", { type: "boolean" });
    add("MeterValuesSampledData", "SampledDataCtrlr.TxUpdatedMeasurands", "Energy.Active.Import.Register", {
      type: "text",
    });
    add("NumberOfConnectors", "ChargingStation.AvailableEVSEs", String(connectors), { readonly: true });
    add("ChargeProfileMaxStackLevel", "SmartChargingCtrlr.ProfileStackLevel", "8", { readonly: true });
    add(
      "SupportedFeatureProfiles",
      "ChargingStation.Features",
      "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
      { readonly: true, type: "text" },
    );
  }

  all(): readonly Setting[] {
    return [...this.#byKey.values()];
  }

  get(key: string): Setting | undefined {
    return this.#byKey.get(key);
  }

  /** By 2.0.1 name, which compares without regard to case (Part 2 §2.4). */
  variable(component: string, variable: string): Setting | undefined {
    const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
    return this.all().find((setting) => same(setting.component, component) && same(setting.variable, variable));
  }

  knowsComponent(component: string): boolean {
    return this.all().some((setting) => setting.component.toLowerCase() === component.toLowerCase());
  }

  change(setting: Setting | undefined, value: string): ChangeOutcome {
    if (setting === undefined) return "NotSupported";
    if (setting.readonly || !fits(setting.type, value)) return "Rejected";
    setting.value = value;
    return "Accepted";
  }

  /** A number the station works with; `fallback` where the key holds none. */
  number(key: string, fallback: number): number {
    const value = Number(this.#byKey.get(key)?.value);
    return Number.isFinite(value) ? value : fallback;
  }

  isOn(key: string): boolean {
    return this.#byKey.get(key)?.value === "true";
  }
}

function fits(type: Setting["type"], value: string): boolean {
  if (type === "integer") return /^\d{1,9}$/.test(value);
  return type === "text" || value === "true" || value === "false";
}
