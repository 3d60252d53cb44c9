/**
 * Which station a connection URL names.
 *
 * | URL                        | prefix | station       |
 * | -------------------------- | ------ | ------------- |
 * | /ocpp/CP%20001             | /ocpp  | `CP 001`      |
 * | /ocpp/CP001/               | /ocpp  | `CP001`       |
 * | /ocpp/a/CP001              | /ocpp  | not-found     |
 * | /steve/websocket/CP001     | (none) | `CP001`       |
 * | /ocpp/CP%zz                | /ocpp  | bad-escape    |
 *
 * The last path segment, decoded once. 2.x allows 48 characters of identifierString without ":"; 1.6 says nothing, and the field
 * uses blanks, pipes and colons: whatever is printable passes.
 *
 * @see OCPP-J 1.6 §3.1.1; OCPP 2.0.1 Part 4 §3.1.1
 */
import { type StationId, stationId } from "../ids.ts";
import { err, ok, type Result } from "../result.ts";

export type IdentityFault = "not-found" | "bad-escape" | "bad-identity";

const MAX_LENGTH = 255;

/**
 * @param url request target as it stands in the HTTP request
 * @param prefix path that must precede the identity; empty: any path
 */
export function identityFromUrl(url: string, prefix: string): Result<StationId, IdentityFault> {
  const path = url.split(/[?#]/, 1)[0] ?? "";
  const trimmed = path.endsWith("/") ? path.slice(0, -1) : path;
  const slash = trimmed.lastIndexOf("/");
  if (slash === -1) return err("not-found");
  if (prefix !== "" && trimmed.slice(0, slash) !== prefix.replace(/\/+$/, "")) return err("not-found");
  let identity: string;
  try {
    identity = decodeURIComponent(trimmed.slice(slash + 1));
  } catch {
    return err("bad-escape");
  }
  if (identity === "") return err("not-found");
  if (identity.length > MAX_LENGTH || hasControl(identity)) return err("bad-identity");
  return ok(stationId(identity));
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
