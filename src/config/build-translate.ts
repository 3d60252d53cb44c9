/** How a station is translated: settings of the rule before those of the top level, and the topology in the form that rules use. */
import type { Topology } from "../domain/translate/contract.ts";
import { DEFAULTS } from "./defaults.ts";
import type { TranslateDocument } from "./document.ts";
import type { TranslateConfig } from "./types.ts";

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
