/**
 * R30: what the gateway itself has left, and whether its clock was set. A level is told when it is crossed upwards, and again only
 * after it has been below the lower mark.
 */
import type { SecurityEventName } from "../firewall/rules.ts";

export type Resource = "memory" | "disk" | "files";

/** Used part of each resource, 0 to 1; undefined: not known here. */
export type Usage = { readonly [resource in Resource]?: number | undefined };

const HIGH = 0.9;
const LOW = 0.8;
/** A clock that is disciplined slews; one that moves by more than this was set. */
const CLOCK_STEP_MS = 10_000;

export interface ResourceFinding {
  readonly event: SecurityEventName;
  readonly reason: string;
}

export class ResourceWatch {
  readonly #high = new Set<Resource>();
  #offsetMs: number | undefined;

  /** True while some resource is nearly used up: what is only nice to have may pause. */
  get isShort(): boolean {
    return this.#high.size > 0;
  }

  /** @param wallMs milliseconds since 1970 · @param monotonicMs of a clock that only grows */
  look(usage: Usage, wallMs: number, monotonicMs: number): readonly ResourceFinding[] {
    const findings: ResourceFinding[] = [];
    for (const resource of ["memory", "disk", "files"] as const) {
      const used = usage[resource];
      if (used === undefined) continue;
      if (used >= HIGH && !this.#high.has(resource)) {
        this.#high.add(resource);
        findings.push({ event: "MemoryExhaustion", reason: `${resource} is nearly used up` });
      } else if (used < LOW) this.#high.delete(resource);
    }
    const offsetMs = wallMs - monotonicMs;
    if (this.#offsetMs !== undefined && Math.abs(offsetMs - this.#offsetMs) > CLOCK_STEP_MS) {
      findings.push({ event: "SettingSystemTime", reason: "the clock was set" });
    }
    this.#offsetMs = offsetMs;
    return findings;
  }
}
