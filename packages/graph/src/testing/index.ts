export { checkGradient } from './check-gradient.js';
export type { GradientCheckOptions, GradientReport } from './check-gradient.js';
export { relativeDifference } from './difference.js';
export { randomReference, uniforms } from './random.js';
