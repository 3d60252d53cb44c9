/**
 * Which token keys are kept in, as a PKCS #11 URI (RFC 7512):
 *
 *     pkcs11:token=gateway;serial=a1664a0d2453c187?module-path=/usr/lib/softhsm/libsofthsm2.so
 *
 * Taken are the attributes that name a token, and `module-path`. `object`, `id` and `type` are the gateway's to choose; `slot-id` changes
 * from one start to the next; a PIN does not belong into a text that is printed (RFC 7512 §2.4), and has a setting of its own.
 */
import { GatewayError } from "../error.ts";
import { err, ok, type Result } from "../result.ts";

const TOKEN_ATTRIBUTES = ["token", "manufacturer", "model", "serial"] as const;
export type TokenAttribute = (typeof TOKEN_ATTRIBUTES)[number];

export interface TokenUri {
  /** At least one. */
  readonly token: Readonly<Partial<Record<TokenAttribute, string>>>;
  /** The PKCS #11 library, an absolute path. */
  readonly modulePath: string;
}

const SCHEME = "pkcs11:";
const MODULE = "module-path";

/** @returns the token; otherwise what is wrong with the text, without a value of it */
export function parseTokenUri(text: string): Result<TokenUri, GatewayError> {
  if (!text.startsWith(SCHEME)) return fault('begins with "pkcs11:"');
  const [path = "", query = "", ...more] = text.slice(SCHEME.length).split("?");
  if (more.length > 0) return fault('has one "?"');
  const token = tokenOf(path);
  if (!token.ok) return token;
  const modulePath = moduleOf(query);
  return modulePath.ok ? ok({ token: token.value, modulePath: modulePath.value }) : modulePath;
}

function tokenOf(path: string): Result<TokenUri["token"], GatewayError> {
  const token: Partial<Record<TokenAttribute, string>> = {};
  for (const [name, value] of attributes(path, ";")) {
    if (!isTokenAttribute(name)) return fault(`takes ${TOKEN_ATTRIBUTES.join(", ")} before the "?", not "${name}"`);
    if (value === undefined || value === "") return fault(`has a value for "${name}" that can be read`);
    if (token[name] !== undefined) return fault(`names "${name}" once`);
    token[name] = value;
  }
  if (Object.keys(token).length === 0) return fault(`names a token by one of ${TOKEN_ATTRIBUTES.join(", ")}`);
  return ok(token);
}

function moduleOf(query: string): Result<string, GatewayError> {
  const [first, ...more] = attributes(query, "&");
  if ([first, ...more].some((attribute) => attribute?.[0].startsWith("pin-")))
    return fault("holds no PIN; it belongs into keys.pin");
  if (more.length > 0 || first?.[0] !== MODULE) return fault(`takes one ${MODULE}, and nothing else, after the "?"`);
  const [, path] = first;
  return path?.startsWith("/") === true ? ok(path) : fault(`names the library by its whole path, ?${MODULE}=/…`);
}

/** The private key of this name, for a TLS engine: its PIN stands in a file. */
export function privateKeyUri({ token }: TokenUri, object: string, pinFile: string): string {
  const path = [
    ...TOKEN_ATTRIBUTES.flatMap((name) => pair(name, token[name])),
    ...pair("object", object),
    "type=private",
  ];
  return `${SCHEME}${path.join(";")}?pin-source=file:${pinFile}`;
}

const pair = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];

const isTokenAttribute = (name: string): name is TokenAttribute =>
  (TOKEN_ATTRIBUTES as readonly string[]).includes(name);

function* attributes(text: string, separator: string): Generator<readonly [string, string | undefined]> {
  if (text === "") return;
  for (const part of text.split(separator)) {
    const at = part.indexOf("=");
    yield at < 0 ? [part, undefined] : [part.slice(0, at), decode(part.slice(at + 1))];
  }
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

const fault = (rule: string): Result<never, GatewayError> =>
  err(new GatewayError("ERR_CONFIG_INVALID", `a PKCS #11 URI of a token ${rule}`, { setting: "keys.store" }));
