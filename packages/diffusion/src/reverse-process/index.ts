export { parseEditing } from '../editing/editing.js';
export { beliefAbout, beliefReader } from './belief.js';
export type { Ask, Belief, Question, Reader } from './belief.js';
export { answerOf, FIXED, OPEN } from './canvas.js';
export type { Answer, Canvas } from './canvas.js';
export { fillBlock } from './fill-block.js';
export type { Filled, ReverseProcess } from './fill-block.js';
export { predictionRows } from './prediction-rows.js';
export type { PredictionRows } from './prediction-rows.js';
