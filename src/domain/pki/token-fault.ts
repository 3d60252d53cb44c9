/**
 * What is wrong with a token, told from what its tools and the TLS library say.
 *
 * | code                     | the tool says                                   | what helps                             |
 * | ------------------------ | ----------------------------------------------- | -------------------------------------- |
 * | ERR_KEY_PIN              | CKR_PIN_INCORRECT, CKR_PIN_LOCKED               | the right PIN, and a start             |
 * | ERR_KEY_TOKEN_MISSING    | no slot with this token                         | the token                              |
 * | ERR_KEY_MISSING          | object not found                                | a new certificate                      |
 * | ERR_KEY_ENGINE_MISSING   | the library cannot be loaded                    | the package                            |
 * | ERR_KEY_TOKEN            | any other CKR_…, no answer in time              | whoever knows the token                |
 */
import type { GatewayErrorCode } from "../error.ts";

export type TokenFaultCode = Extract<GatewayErrorCode, `ERR_KEY_${string}`>;

const FAULTS: readonly (readonly [RegExp, TokenFaultCode])[] = [
  [/CKR_PIN_|CKR_USER_PIN_NOT_INITIALIZED/, "ERR_KEY_PIN"],
  [/Failed to load pkcs11 module|sc_dlopen failed/, "ERR_KEY_ENGINE_MISSING"],
  [/No slots?\b|CKR_SLOT_ID_INVALID|CKR_TOKEN_NOT_(?:PRESENT|RECOGNIZED)|CKR_DEVICE_REMOVED/, "ERR_KEY_TOKEN_MISSING"],
  [/object not found|(?:Private|Public) key not found/, "ERR_KEY_MISSING"],
];

/** @param text what pkcs11-tool wrote to its standard error */
export function tokenFault(text: string): TokenFaultCode {
  return FAULTS.find(([pattern]) => pattern.test(text))?.[1] ?? "ERR_KEY_TOKEN";
}

/** The function and the result that PKCS #11 names, e.g. `C_Login CKR_PIN_INCORRECT`: nothing that anybody has typed. */
export function tokenReason(text: string): string {
  const { call = "", code = "" } = /(?<call>C_\w+) failed: rv = (?<code>CKR_\w+)/.exec(text)?.groups ?? {};
  return `${call} ${code}`.trim();
}

/**
 * Whether a TLS handshake failed at the private key and not at the other side: the engine's errors are those of PKCS #11, spelled by Node
 * as `ERR_SSL_DEVICE_ERROR`, `ERR_SSL_OBJECT_HANDLE_INVALID`.
 */
export function isTokenFault(reason: string): boolean {
  return TOKEN_REASON.test(reason);
}

const TOKEN_REASON =
  /^ERR_(?:SSL|OSSL)_(?:(?:DEVICE|TOKEN|SESSION|OBJECT|KEY_HANDLE|CRYPTOKI|PIN|USER|HOST_MEMORY|SLOT)_\w+|GENERAL_ERROR|FUNCTION_FAILED|OPERATION_NOT_INITIALIZED)$/;
