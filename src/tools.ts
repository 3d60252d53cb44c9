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
export { payloadOf, REPLAY_TOKEN } from "./domain/dashcam/reconstruct.ts";
export type { Scene, SceneFrame } from "./domain/dashcam/scene.ts";
export { SCENE_SUFFIX } from "./domain/dashcam/scene-file.ts";
export { type TimelineLine, timelineOf } from "./domain/dashcam/timeline.ts";
export { type TraceRecord, traceOf } from "./domain/dashcam/trace.ts";
export { type SceneFile, type SceneVerdict, verifyScenes } from "./domain/dashcam/verify-scenes.ts";
export { type CollectedFrames, collectSeries } from "./domain/reduce/collect.ts";
export { noiseSigma, suggestEps } from "./domain/reduce/noise.ts";
export { ocppJsonBytes } from "./domain/reduce/ocpp-size.ts";
export { type Replay, type ReplayOptions, replay, type Series, worstDistance } from "./domain/reduce/replay.ts";
export { absoluteEps, REDUCER_MODES, type ReducerMode, type ReducerSpec, reducerOf } from "./domain/reduce/spec.ts";
export { type SecurityRecord, verifyChain } from "./domain/security/log-chain.ts";
export { syslogMessage } from "./domain/security/syslog.ts";
export { initialTranslation, translationBlock } from "./domain/translate/blocks.ts";
export { type PipeOptions, type PipeOutput, TranslationPipe } from "./domain/translate/pipe.ts";
