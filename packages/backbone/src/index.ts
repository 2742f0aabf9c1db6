export type {
  Backbone, Context, ContextOptions, DrawScores, LogitScores, Prediction, Scores, TargetScores, TopScores, Vocabulary, Want, WantDraw, WantLogits,
  WantTargets, WantTop,
} from './backbone.js';
export { costMeter } from './cost-meter.js';
export type { CostMeter } from './cost-meter.js';
export { PalimpsestError } from './error.js';
export type { Clock, FinishReason, Generation, GenerationEvent, GenerationResult, Range, Usage } from './generation.js';
export { nearestNames, similarName } from './nearest-names.js';
export { blockShift, checkAppend, checkNotDisposed, checkRequest, checkRescore, checkRewind } from './request.js';
export { resultOf } from './result-of.js';
export { bidirectional, blockCausal, causal } from './visibility.js';
export type { Visibility } from './visibility.js';
