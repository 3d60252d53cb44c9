/**
 * A CSMS that sets the HTTP Basic password of what it takes for the station. Behind a gateway that is the gateway's own credential
 * towards the CSMS: it is taken here and never forwarded, since the station's password towards the gateway is another secret.
 *
 * | version | command             | names                                              | answered                  |
 * | ------- | ------------------- | -------------------------------------------------- | ------------------------- |
 * | 1.6     | ChangeConfiguration | key `AuthorizationKey`, 32 to 40 hex digits or text | `status`                  |
 * | 2.x     | SetVariables        | `SecurityCtrlr` / `BasicAuthPassword`, alone        | `setVariableResult`       |
 *
 * @see OCPP 1.6 security white paper ed. 3 A01 (AuthorizationKey is hex-encoded); OCPP 2.0.1 Part 2 A01 (password of 16 to 40
 *   characters); names are compared without regard to case (2.0.1 Part 1 §4.3)
 */
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";

export interface KeyChange {
  /** The password as bytes; undefined when it cannot be one, or when the command sets other things along with it. */
  readonly password: Buffer | undefined;
  /** Payload of the answer. */
  readonly answer: (accepted: boolean) => Payload;
}

const SHORTEST = 16;
const LONGEST = 40;

/** Undefined for every other command. */
export function keyChange(version: OcppVersion, action: string, payload: Payload): KeyChange | undefined {
  if (version === "ocpp1.6") return action === "ChangeConfiguration" ? ofConfiguration(payload) : undefined;
  return action === "SetVariables" ? ofVariables(payload) : undefined;
}

function ofConfiguration({ key, value }: Payload): KeyChange | undefined {
  if (typeof key !== "string" || key.toLowerCase() !== "authorizationkey") return undefined;
  const answer = (accepted: boolean) => ({ status: accepted ? "Accepted" : "Rejected" });
  return { password: typeof value === "string" ? bytesOf(value) : undefined, answer };
}

interface SetVariable {
  readonly attributeValue?: unknown;
  readonly attributeType?: unknown;
  readonly component?: { readonly name?: unknown } | null;
  readonly variable?: { readonly name?: unknown } | null;
}

function ofVariables({ setVariableData }: Payload): KeyChange | undefined {
  if (!Array.isArray(setVariableData)) return undefined;
  const items = setVariableData.filter((item): item is SetVariable => typeof item === "object" && item !== null);
  const ours = items.find(isPassword);
  if (ours === undefined) return undefined;
  const isAlone = setVariableData.length === 1 && typeof ours.attributeValue === "string";
  return {
    password: isAlone ? textBytes(String(ours.attributeValue)) : undefined,
    answer: (accepted) => ({
      setVariableResult: items.map(({ attributeType, component, variable }) => ({
        ...(attributeType === undefined ? {} : { attributeType }),
        attributeStatus: accepted ? "Accepted" : "Rejected",
        component,
        variable,
      })),
    }),
  };
}

const isPassword = ({ component, variable }: SetVariable): boolean =>
  isName(component?.name, "securityctrlr") && isName(variable?.name, "basicauthpassword");

const isName = (name: unknown, wanted: string): boolean => typeof name === "string" && name.toLowerCase() === wanted;

function bytesOf(key: string): Buffer | undefined {
  const isHex = /^(?:[0-9a-fA-F]{2})+$/.test(key) && key.length >= 2 * SHORTEST && key.length <= LONGEST;
  return isHex ? Buffer.from(key, "hex") : textBytes(key);
}

const textBytes = (text: string): Buffer | undefined =>
  text.length >= SHORTEST && text.length <= LONGEST ? Buffer.from(text) : undefined;
