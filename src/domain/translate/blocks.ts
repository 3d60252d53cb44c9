/** All functional blocks of the translation, and what a station begins with. */
import type { Block, TranslationState } from "./contract.ts";
import { initialDevice } from "./device-state.ts";
import { joinBlocks } from "./join-blocks.ts";

export const translationBlock = (): Block => joinBlocks([]);

export const initialTranslation = (): TranslationState => ({
  v: 1,
  tx: { registration: "none", transactions: [], highestTx16: 0, connectors: {}, eventId: 0, more: {} },
  capabilities: { featureProfiles: [], hasSecurityExtension: false },
  commands: {},
  device: initialDevice(),
  charging: {},
});
