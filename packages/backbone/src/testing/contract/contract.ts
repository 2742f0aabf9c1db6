import { companyLaws } from './company-laws.js';
import { drawLaws } from './draw-laws.js';
import { lifecycleLaws } from './lifecycle-laws.js';
import { prefixLaws } from './prefix-laws.js';
import { rescoreLaws } from './rescore-laws.js';
import { scoreLaws } from './score-laws.js';
import { subjectOf } from './subject.js';
import type { ContractOptions, Law } from './subject.js';
import { visibilityLaws } from './visibility-laws.js';

export interface ContractCase {
  readonly name: string;
  /** Rejects with a PalimpsestError that says what was expected and what came. */
  readonly run: () => Promise<ContractOutcome>;
}

/** How many comparisons held, or why the case says nothing about this backbone. */
export type ContractOutcome = { readonly checks: number } | { readonly skipped: string };

const laws: readonly Law[] = [...scoreLaws, ...drawLaws, ...prefixLaws, ...rescoreLaws, ...visibilityLaws, ...companyLaws, ...lifecycleLaws];

/**
 * What `Backbone` promises, as test cases for any runner:
 * `for (const { name, run } of backboneContract({ ... })) test(name, async () => { await run(); })`.
 * A case that is about a capability which the backbone lacks is skipped and says so.
 */
export function backboneContract(options: ContractOptions): readonly ContractCase[] {
  return laws.map((law) => ({ name: `${options.name}: ${law.name}`, run: () => holdLaw(options, law) }));
}

async function holdLaw(options: ContractOptions, law: Law): Promise<ContractOutcome> {
  const subject = await subjectOf(options, `${options.name}: ${law.name}`);
  await using _ = subject.backbone;
  const absent = (law.needs ?? []).filter((name) => !subject.capabilities.has(name));
  if (absent.length > 0) return { skipped: `contexts have no ${absent.join(' and no ')}` };
  await law.hold(subject);
  return subject.checks > 0 ? { checks: subject.checks } : { skipped: `nothing to compare under ${subject.backbone.visibility.name} visibility` };
}
