export { buildStep } from './step/build-step.js';
