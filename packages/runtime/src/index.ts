export type { Device } from './device.js';
export { observable, observe } from './observe.js';
export type { Observation } from './observe.js';
export { openBackbone } from './open-backbone.js';
export type { BackboneOptions } from './open-backbone.js';
export { liveSessions, openSession } from './session.js';
export type { GraphSession, HostTensor, SessionOptions } from './session.js';
export type { InlineWeight, StoredWeight, Weight, Weights } from './weights.js';
export { liveWorkers } from './worker-engine.js';
