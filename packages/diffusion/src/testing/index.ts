export type { ContractCase } from './contract-case.js';
export { closing, eager, planned, policyContract } from './policy-contract.js';
export type { Pace } from './policy-contract.js';
export { scheduleContract } from './schedule-contract.js';
export { syntheticView } from './synthetic-view.js';
export type { SyntheticScores } from './synthetic-view.js';
