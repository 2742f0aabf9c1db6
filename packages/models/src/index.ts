export type { CurvePoint, ModelCard, UsualSampling } from './card.js';
export { exportModel } from './export-model.js';
export type { ModelToExport } from './export-model.js';
export { readInnerLosses } from './inner-losses.js';
export type { InnerLosses } from './inner-losses.js';
export { listModels } from './list-models.js';
export type { ModelSummary } from './list-models.js';
export { findModel, openModel } from './open-model.js';
export type { OpenedModel, OpenModelOptions } from './open-model.js';
