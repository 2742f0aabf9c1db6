import { readTemplate } from './pattern.js';
import type { Plot, PlotPlan, Step, StepPlan } from './plot.js';
import type { Role } from './table.js';

/** Reads the templates of all plots. Plots that share a step plan share the step. */
export function compilePlots(plans: readonly PlotPlan[], roles: Readonly<Record<string, Role>>): readonly Plot[] {
  const steps = new Map<StepPlan, Step>();
  const compileStep = (plan: StepPlan): Step => {
    const known = steps.get(plan);
    if (known !== undefined) return known;
    const { name, says, needs = {}, sets = {}, chance = 1 } = plan;
    const step = { name, patterns: says.flatMap((template) => readTemplate(template, roles)), needs, sets, chance };
    steps.set(plan, step);
    return step;
  };
  return plans.map((plan) => {
    const ownSteps = plan.steps.map(compileStep);
    return { name: plan.name, steps: ownSteps, order: new Map(ownSteps.map((step, index) => [step, index])), introductions: introductionsOf(ownSteps) };
  });
}

function introductionsOf(steps: readonly Step[]): ReadonlyMap<string, number> {
  const introductions = new Map<string, number>();
  steps.forEach(({ chance, patterns }, index) => {
    if (chance < 1) return;
    const [first, ...others] = patterns.map(({ pieces }) => new Set(pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.role]))));
    for (const role of first ?? []) {
      if (!introductions.has(role) && others.every((mentioned) => mentioned.has(role))) introductions.set(role, index);
    }
  });
  return introductions;
}
