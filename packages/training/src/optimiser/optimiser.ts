import type { Value } from '@palimpsest/graph';
import type { ParameterDeclaration, ParameterRole } from '@palimpsest/layers';

/** An update rule as graph expressions: pure, its memory passed in and out. */
export interface Optimiser {
  /** Names of the tensors, shaped as the parameter and zero at first, that the rule remembers for it. */
  readonly slots: readonly string[];
  /** Numbers that change from step to step (the first step is 1), computed in float64. */
  readonly scalars: (step: number) => Readonly<Record<string, number>>;
  readonly update: (update: UpdateInputs) => UpdateOutputs;
}

export interface UpdateInputs {
  readonly declaration: ParameterDeclaration;
  readonly parameter: Value;
  /** The clipped gradient times a number known now: one pass over it, as clipping alone takes. */
  readonly gradient: (times: number) => Value;
  readonly slots: Readonly<Record<string, Value>>;
  readonly scalars: Readonly<Record<string, Value>>;
  /** The schedule's factor, 0 to 1, times the rule's own rate. */
  readonly factor: Value;
}

export interface UpdateOutputs {
  readonly parameter: Value;
  readonly slots: Readonly<Record<string, Value>>;
}

/** Which rule trains which parameters. */
export type OptimiserPlan = { readonly [role in ParameterRole]: Optimiser };
