/** All of the translation, in one module: it is loaded only where a station is translated, and a gateway without it starts faster. */
import { initialTranslation, translationBlock } from "../../domain/translate/blocks.ts";
import { Translators, type TranslatorsOptions } from "./translators.ts";

export const openTranslators = (options: Omit<TranslatorsOptions, "block" | "initial">): Translators =>
  new Translators({ ...options, block: translationBlock(), initial: initialTranslation });
