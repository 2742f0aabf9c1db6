import { compilePlots } from '../grammar/compile.js';
import type { Plot } from '../grammar/plot.js';
import { plotPlans } from '../plots/index.js';
import { roles } from './roles.js';

/** The plots with their sentences, read once: the generator writes with them and the checker reads with them. */
export const plots: readonly Plot[] = compilePlots(plotPlans, roles);
