/** Which counter is which of the engine's notes. */
import type { Counters } from "../../domain/counters.ts";
import type { NoteKind } from "../../domain/translate/engine-types.ts";

/** @returns true for what is a defect of ours, and has to be seen */
export function countNote(kind: NoteKind, counters: Counters): boolean {
  switch (kind) {
    case "lost":
      counters.translationLosses += 1;
      return false;
    case "repaired":
      counters.translationRepairs += 1;
      return false;
    case "refused":
      counters.translationRefusals += 1;
      return false;
    case "violation":
      counters.translationViolations += 1;
      return false;
    case "stray":
      counters.translationStrays += 1;
      return false;
    case "repeated":
      counters.translationRepeats += 1;
      return false;
    case "dropped":
      counters.translationDrops += 1;
      return false;
    case "invalid":
      counters.translationInvalid += 1;
      return true;
    case "fault":
      counters.translationFaults += 1;
      return true;
  }
}
