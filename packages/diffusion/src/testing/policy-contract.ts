import type { StepView, UnmaskingPolicy } from '../unmasking-policy/unmasking-policy.js';
import type { ContractCase } from './contract-case.js';
import { syntheticScores, syntheticView, syntheticViews } from './synthetic-view.js';

/** How many positions a policy may commit in a step. */
export type Pace = (view: StepView) => { readonly least: number; readonly most: number };

/** Exactly the quota. */
export const planned: Pace = (view) => ({ least: Math.min(view.quota, view.open.length), most: Math.min(view.quota, view.open.length) });
/** As many as it likes, at least one. */
export const eager: Pace = (view) => ({ least: 1, most: view.open.length });
/** As many as it likes, none too, and all that are left in the last step. */
export const closing: Pace = (view) => ({ least: view.step >= view.steps - 1 ? view.open.length : 0, most: view.open.length });

/** The laws of an unmasking policy. `pace` is the one it promises. */
export function policyContract(policy: UnmaskingPolicy, pace: Pace = planned): readonly ContractCase[] {
  const views = syntheticViews(80);
  const each = (law: (view: StepView) => void) => (): void => views.forEach(law);
  return [
    {
      name: `${policy.name}: commits open positions of its block, each once`,
      run: each((view) => checkMembers('commits', policy.decide(view).commit, view.open)),
    },
    {
      name: `${policy.name}: revokes revealed positions, each once`,
      run: each((view) => checkMembers('revokes', policy.decide(view).revoke ?? [], view.revealed)),
    },
    {
      name: `${policy.name}: keeps its pace`,
      run: each((view) => {
        const { length } = policy.decide(view).commit;
        const { least, most } = pace(view);
        if (length < least || length > most) throw new Error(`It commits ${length} in ${describe(view)}; promised are ${least} to ${most}.`);
      }),
    },
    {
      name: `${policy.name}: decides the same for the same view, whatever it saw in between`,
      run: () => {
        const first = views.map((view) => JSON.stringify(policy.decide(view)));
        for (const [index, view] of [...views.entries()].reverse()) {
          const again = JSON.stringify(policy.decide(view));
          if (again !== first[index]) throw new Error(`It decides ${first[index]}, then ${again}, in ${describe(view)}.`);
        }
      },
    },
    {
      name: `${policy.name}: ignores the plan where it says so`,
      run: each((view) => {
        if (policy.ignoresPlan && readsPlan(policy, view)) throw new Error(`It decides otherwise under another plan in ${describe(view)}.`);
      }),
    },
    {
      name: `${policy.name}: leaves the view as it is`,
      run: each((view) => {
        const before = describe(view);
        policy.decide(view);
        if (describe(view) !== before) throw new Error(`It turns ${before} into ${describe(view)}.`);
      }),
    },
    { name: `${policy.name}: fills every block`, run: () => [1, 2, 7, 13].forEach((length) => [1, 3, 20].forEach((steps) => fillBlock(policy, length, steps))) },
  ];
}

function checkMembers(verb: string, positions: readonly number[], allowed: Int32Array): void {
  for (const position of positions) {
    if (!allowed.includes(position)) throw new Error(`It ${verb} ${position}; allowed are ${allowed.join(', ') || 'none'}.`);
  }
  if (new Set(positions).size < positions.length) throw new Error(`It ${verb} a position twice: ${positions.join(', ')}.`);
}

/** Whether it decides otherwise where as much as possible is planned for the step, where as little is, in the last step of a plan, or long before it. */
export function readsPlan(policy: UnmaskingPolicy, view: StepView): boolean {
  const { length } = view.open;
  const plans = [{ quota: length }, { quota: 1 }, { step: 0, steps: 1, quota: length }, { step: 0, steps: 1000, quota: 1 }];
  return plans.some((plan) => JSON.stringify(policy.decide({ ...view, ...plan })) !== JSON.stringify(policy.decide(view)));
}

/** Plays a block of made-up scores to its end. */
function fillBlock(policy: UnmaskingPolicy, length: number, steps: number): void {
  const block = { start: 5, end: 5 + length };
  let open = Array.from({ length }, (_, index) => block.start + index);
  const everOpen = open;
  for (let step = 0; open.length > 0; step++) {
    if (step >= steps + length) throw new Error(`After ${step} of ${steps} steps ${open.length} of ${length} positions are open.`);
    const quota = step < steps ? Math.floor(length / steps) + (step < length % steps ? 1 : 0) : open.length;
    const revealed = everOpen.filter((position) => !open.includes(position));
    const scores = syntheticScores(open, revealed, step);
    const { commit, revoke = [] } = policy.decide(syntheticView({ block, step, steps, quota, open, revealed, scores, seed: length }));
    open = everOpen.filter((position) => revoke.includes(position) || (open.includes(position) && !commit.includes(position)));
  }
}

const describe = ({ block, step, steps, quota, open, proposals, revealed }: StepView): string =>
  `block ${block.start} to ${block.end}, step ${step} of ${steps}, quota ${quota}, open ${open.join(' ')}, proposals ${proposals.join(' ')}, revealed ${revealed.join(' ')}`;
