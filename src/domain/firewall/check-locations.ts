/**
 * R13, R14, R15: where firmware comes from, where logs go, whether firmware is signed.
 *
 * @see OCPP 1.6 §6.19 GetDiagnostics, §6.53 UpdateFirmware; white paper L01.FR.20; OCPP 2.0.1 L01, L03, N01
 */
import { object as objectOf } from "../life/fields.ts";
import type { CheckSpec } from "./facts.ts";
import { locationFault } from "./location.ts";
import { textOf } from "./read.ts";

export const LOCATION_CHECKS: readonly CheckSpec[] = [
  {
    rule: "R13",
    from: "north",
    actions: ["UpdateFirmware", "SignedUpdateFirmware", "PublishFirmware"],
    check: ({ location, firmware }, { policy }) => {
      const url = textOf(location) ?? textOf(objectOf(firmware)?.["location"]);
      return url === undefined ? undefined : locationFault(url, policy.locations);
    },
  },
  {
    rule: "R14",
    from: "north",
    actions: ["GetDiagnostics", "GetLog"],
    check: ({ location, log }, { policy }) => {
      const url = textOf(location) ?? textOf(objectOf(log)?.["remoteLocation"]);
      return url === undefined ? undefined : locationFault(url, policy.locations);
    },
  },
  {
    rule: "R15",
    from: "north",
    actions: ["UpdateFirmware", "PublishFirmware"],
    check: ({ firmware }, { policy }) => {
      if (!policy.signedFirmwareOnly) return undefined;
      const { signature, signingCertificate } = objectOf(firmware) ?? {};
      const isSigned = typeof signature === "string" && typeof signingCertificate === "string";
      return isSigned ? undefined : "the firmware is not signed";
    },
  },
];
