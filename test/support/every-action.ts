/** A scenario in which every action of a version is called once, by whoever may call it, with random good payloads. */
import fc from "fast-check";
import { createValidator } from "ocpp-rpc";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import type { Step } from "./ocpp-rpc-pair.ts";
import { goodMessage } from "./schema-arbitrary.ts";
import { type JsonSchema, messageSchema, messageSchemas } from "./schemas.ts";

/** ASCII, so that the two ends of a test need not agree on what counts as a character. */
const plainText = ({ maxLength = 20 }: { readonly maxLength: number | undefined }) =>
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: Math.min(maxLength, 20) });

/** Whether strict ends take it: they know fewer shapes of a timestamp than RFC 3339 has. There is no strict mode for 2.1. */
function isAccepted(version: OcppVersion, schema: JsonSchema, payload: object): boolean {
  if (version === "ocpp2.1") return true;
  const schemas = messageSchemas(version).map((message) => message.schema);
  validators[version] ??= createValidator(version, schemas as object[]);
  try {
    return validators[version].validate(schema.$id ?? "", payload) === true;
  } catch {
    return false;
  }
}

const validators: Partial<Record<OcppVersion, ReturnType<typeof createValidator>>> = {};

function payload(version: OcppVersion, action: string, kind: "request" | "response", seed: number): object {
  const schema = messageSchema(version, action, kind);
  const candidates = fc.sample(goodMessage(schema, { string: plainText }), { seed, numRuns: 50 });
  const found = candidates.find((candidate) => isAccepted(version, schema, candidate));
  if (found === undefined) throw new Error(`no payload for ${action}`);
  return found;
}

/** @param seed the same seed gives the same payloads */
export function everyAction(version: OcppVersion, seed: number): Step[] {
  return CATALOGUE.filter((spec) => spec.versions.includes(version) && !spec.send).flatMap(({ action, from }) => {
    const callers = from === "both" ? (["station", "csms"] as const) : [from];
    return callers.map(
      (caller): Step => [
        caller,
        action,
        payload(version, action, "request", seed),
        payload(version, action, "response", seed),
      ],
    );
  });
}
