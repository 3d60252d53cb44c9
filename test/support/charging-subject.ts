/**
 * What the charging properties are about, as one record, so that each function can be replaced by one that is wrong in a known way:
 * a property that does not notice proves nothing.
 */
import fc from "fast-check";
import { idFor } from "../../src/domain/charging/image-ids.ts";
import { normaliseProfile } from "../../src/domain/charging/normalise.ts";
import { planOf } from "../../src/domain/charging/plan.ts";
import { changeTo } from "../../src/domain/charging/plan-change.ts";
import { project } from "../../src/domain/charging/projection.ts";
import { copyOf } from "../../src/domain/charging/projection-copy.ts";
import { clearProfiles, setProfile } from "../../src/domain/charging/store.ts";
import { ampereOfWatt, wattOfAmpere } from "../../src/domain/charging/units.ts";

export const REAL = {
  normalise: normaliseProfile,
  set: setProfile,
  clear: clearProfiles,
  copy: copyOf,
  project,
  plan: planOf,
  change: changeTo,
  idFor,
  ampereOfWatt,
  wattOfAmpere,
};

export type Subject = typeof REAL;

export interface ChargingProperty {
  /** I1 … I19. */
  readonly name: string;
  readonly title: string;
  /** In the ordinary tests, where all together have 25 s. */
  readonly fewRuns: number;
  readonly mutants: { readonly [name: string]: Partial<Subject> };
  readonly holds: (subject: Subject) => fc.IProperty<unknown>;
}

export interface PropertyResult {
  readonly ok: boolean;
  readonly runs: number;
  /** What was found out. */
  readonly finding?: string;
}

/** A property with the real functions, or with one of its mutants in their place. */
export function checkProperty(
  { holds, mutants }: ChargingProperty,
  { runs, mutant, seed }: { readonly runs: number; readonly mutant?: string; readonly seed?: number },
): PropertyResult {
  const subject = { ...REAL, ...(mutant === undefined ? {} : mutants[mutant]) };
  const details = fc.check(holds(subject), {
    numRuns: runs,
    // Of a mutant it matters that it is found, not how small the example can be made.
    endOnFailure: mutant !== undefined,
    ...(seed === undefined ? {} : { seed }),
  });
  return details.failed
    ? { ok: false, runs: details.numRuns, finding: fc.defaultReportMessage(details)?.slice(0, 6000) ?? "failed" }
    : { ok: true, runs: details.numRuns };
}

/** Runs a mutant is given before it counts as not noticed. */
export const MUTANT_RUNS = 10_000;

/** The tests of some properties, and of their mutants; the caller imports `test` and runs it. */
export function testProperties(
  test: (name: string, run: () => void) => void,
  properties: readonly ChargingProperty[],
): void {
  for (const property of properties) {
    test(`${property.name}: ${property.title}`, () => {
      const { ok, finding } = checkProperty(property, { runs: property.fewRuns });
      if (!ok) throw new Error(finding);
    });
    for (const mutant of Object.keys(property.mutants)) {
      test(`${property.name} finds out: ${mutant}`, () => {
        if (checkProperty(property, { runs: MUTANT_RUNS, mutant }).ok) throw new Error("not found out");
      });
    }
  }
}
