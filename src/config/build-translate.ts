/** How a station is translated: settings of the rule before those of the top level, and the topology in the form that rules use. */
import type { Topology } from "../domain/translate/contract.ts";
import { DEFAULTS } from "./defaults.ts";
import type { TranslateDocument } from "./document.ts";
import { validateQuirk, validateTolerances } from "./generated/config-validator.js";
import { type IssueList, schemaIssues } from "./issues.ts";
import type { TranslateConfig } from "./types.ts";

/** Where a document of these settings stands. */
export interface PlacedTranslate {
  readonly document: TranslateDocument | undefined;
  readonly pointer: string;
}

/** Quirks and tolerances that are not what `schemas/quirks.schema.json` says. */
export function checkQuirks({ document, pointer }: PlacedTranslate, issues: IssueList): void {
  for (const [i, quirk] of (document?.quirks ?? []).entries()) {
    if (!validateQuirk(quirk)) issues.add(schemaIssues(validateQuirk.errors ?? [], quirk, `${pointer}/quirks/${i}`));
  }
  const { tolerances } = document ?? {};
  if (tolerances === undefined) return;
  const said = Object.fromEntries(Object.entries(tolerances).map(([name, value]) => [name, value ?? undefined]));
  if (Object.keys(said).length === 0 || validateTolerances(said)) return;
  issues.add(schemaIssues(validateTolerances.errors ?? [], said, `${pointer}/tolerances`));
}

/** @param documents the later go before the earlier, setting by setting */
export function buildTranslate(documents: readonly (TranslateDocument | undefined)[]): TranslateConfig {
  const { evses, ...settings }: TranslateDocument = Object.assign({}, ...documents);
  return { ...DEFAULTS.translate, ...settings, topology: evses && topologyOf(evses) };
}

function topologyOf(evses: NonNullable<TranslateDocument["evses"]>): Topology {
  return {
    evses: evses.map(({ connectors }, i) => ({
      evseId: i + 1,
      connectors: connectors.map(({ number, type }, j) => ({
        connectorId: j + 1,
        connector16: number,
        ...(type === undefined ? {} : { type }),
      })),
    })),
  };
}
