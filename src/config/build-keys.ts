/** Where private keys are kept: files, sealed or not, or a PKCS #11 token. */
import { parseTokenUri } from "../domain/pki/pkcs11-uri.ts";
import type { KeysDocument } from "./document.ts";
import type { IssueList } from "./issues.ts";
import type { Sources } from "./secrets.ts";
import type { GatewayConfig } from "./types.ts";

export function buildKeys(
  document: KeysDocument | undefined,
  sources: Sources,
  issues: IssueList,
): Pick<GatewayConfig, "keyWrappingSecret" | "token"> {
  const { wrap, store, pin, engine, tool } = document ?? {};
  const keyWrappingSecret = wrap && (sources.secret(wrap, "/keys/wrap").text ?? "");
  if (store === undefined) return { keyWrappingSecret, token: undefined };
  const uri = parseTokenUri(store);
  if (!uri.ok) issues.error("/keys/store", uri.error.message);
  const secret = pin && (sources.secret(pin, "/keys/pin").text ?? "");
  if (!uri.ok || secret === undefined) return { keyWrappingSecret, token: undefined };
  return { keyWrappingSecret, token: { uri: uri.value, pin: secret, engine, tool } };
}
