/**
 * What works on messages without a gateway, a list of names: `import … from "twinlane/tools"`. Apart from the embedding API, so that a
 * gateway does not load it.
 */
export {
  messagesIn,
  type Preview as SchedulePreview,
  type PreviewOptions as SchedulePreviewOptions,
  previewSchedule,
} from "./domain/charging/preview.ts";
export { type SecurityRecord, verifyChain } from "./domain/security/log-chain.ts";
export { syslogMessage } from "./domain/security/syslog.ts";
export { initialTranslation, translationBlock } from "./domain/translate/blocks.ts";
export { type PipeOptions, type PipeOutput, TranslationPipe } from "./domain/translate/pipe.ts";
