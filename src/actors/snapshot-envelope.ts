/**
 * How a station's snapshot is written down. The envelope has a version, and everything is checked before XState sees it: a
 * snapshot that does not fit is one station's counted cold start, never an exception in the restore of the others.
 */
import type { StationId } from "../domain/ids.ts";
import { isOcppVersion, type OcppVersion } from "../domain/ocpp/version.ts";
import { err, ok, type Result } from "../domain/result.ts";

/** Counts up when an old snapshot can no longer be read as it is. */
export const SNAPSHOT_VERSION = 1;

export interface SnapshotEnvelope {
  readonly v: typeof SNAPSHOT_VERSION;
  readonly station: StationId;
  readonly version: OcppVersion;
  /** XState's persisted snapshot. */
  readonly snapshot: { readonly value: string; readonly context: object };
}

const STATES: readonly unknown[] = ["offline", "booting", "accepted", "suspect"];

export function wrapSnapshot(station: StationId, version: OcppVersion, snapshot: unknown): string {
  return JSON.stringify({ v: SNAPSHOT_VERSION, station, version, snapshot });
}

/** @returns the envelope, or why it cannot be used */
export function unwrapSnapshot(record: string): Result<SnapshotEnvelope, string> {
  let envelope: Partial<SnapshotEnvelope> | null;
  try {
    envelope = JSON.parse(record) as Partial<SnapshotEnvelope> | null;
  } catch {
    return err("not JSON");
  }
  if (typeof envelope !== "object" || envelope === null) return err("not an object");
  if (envelope.v !== SNAPSHOT_VERSION) return err(`written by schema version ${String(envelope.v)}`);
  if (typeof envelope.station !== "string" || envelope.station === "") return err("names no station");
  if (typeof envelope.version !== "string" || !isOcppVersion(envelope.version)) return err("names no protocol version");
  const { snapshot } = envelope;
  if (!isObject(snapshot) || !STATES.includes(snapshot.value)) return err("unknown state");
  const { status = "active" } = snapshot as { readonly status?: unknown };
  if (status !== "active") return err("not of a running actor");
  if (!isContext(snapshot.context, envelope.station, envelope.version)) return err("incomplete context");
  return ok(envelope as SnapshotEnvelope);
}

/** What the machine's actions rely on; a context that lacks it would make the actor fail at the next event. */
function isContext(context: unknown, station: string, version: string): boolean {
  if (!isObject(context)) return false;
  const { connectors, transactions, profiles, certificate, csms, ...scalars } = context as Record<string, unknown>;
  return (
    scalars["stationId"] === station &&
    scalars["version"] === version &&
    typeof scalars["registration"] === "string" &&
    NUMBERS.every((field) => typeof scalars[field] === "number") &&
    [connectors, transactions].every((record) => isObject(record) && Object.values(record).every(isObject)) &&
    [certificate, csms].every(isObject) &&
    Array.isArray(profiles) &&
    profiles.every(isObject)
  );
}

const NUMBERS = ["connection", "securityProfile", "silentAt", "changedAt", "heartbeatIntervalSec"] as const;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
