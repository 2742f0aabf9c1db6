import { PalimpsestError } from '@palimpsest/backbone';

/**
 * Which written tokens are replaced by what the model now says of their places: "token to token", beside the "mask to token" of an unmasking
 * policy (LLaDA2.1, arXiv:2602.08676). A pure function of what it may see; it cannot call the model.
 */
export interface EditingPolicy {
  readonly name: string;
  /** Written positions whose proposal takes the place of their token, each once. */
  readonly edit: (view: EditView) => readonly number[];
}

/** What stands where something may be edited, and what the model would write there now. Positions count from the prompt's first token. */
export interface EditView {
  /** Positions that the generation wrote in earlier steps, ascending. */
  readonly written: Int32Array;
  readonly tokens: Int32Array; // as written
  readonly proposals: Int32Array; // as written
  /** Of the model for the proposal, without temperature or noise; index into `written`. */
  readonly probability: (index: number) => number;
  /** Of the token that stands there, when it was committed; index into `written`. */
  readonly committedProbability: (index: number) => number;
  /** A number in [0, 1) that belongs to this step and position alone. */
  readonly chance: (position: number) => number;
}

export interface Editing {
  readonly policy: EditingPolicy;
  /** Looks at a block once it is full, at most: it ends before where one changes nothing. 16 when absent, as in LLaDA2.1. */
  readonly looks?: number;
  /** So many blocks that were finished before may be edited too (multi-block editing); none when absent. */
  readonly finishedBlocks?: number;
}

/** @throws PalimpsestError when its policy or a number of it is none. */
export function parseEditing(where: string, { policy, looks = 16, finishedBlocks = 0 }: Editing): Required<Editing> {
  if (typeof policy?.edit !== 'function') throw new PalimpsestError({ where: `${where}: editing`, expected: 'a policy, such as editAbove(0.9)', got: policy === undefined ? 'nothing' : JSON.stringify(policy) ?? `a ${typeof policy}` });
  for (const [name, value] of Object.entries({ looks, finishedBlocks })) {
    if (!(Number.isInteger(value) && value >= 0)) throw new PalimpsestError({ where: `${where}: editing`, expected: `a whole number of ${name}`, got: String(value) });
  }
  return { policy, looks, finishedBlocks };
}

/**
 * Every token that the model would write otherwise now, with a probability above `threshold` (LLaDA2.1's `editing_threshold`).
 *
 * @throws PalimpsestError when `threshold` is not from 0 to 1.
 */
export function editAbove(threshold: number = 0.9): EditingPolicy {
  if (!(threshold >= 0 && threshold <= 1)) throw new PalimpsestError({ where: 'editAbove', expected: 'a threshold from 0 to 1', got: String(threshold), hint: 'LLaDA2.1 uses 0.9, or 0.5 to edit more.' });
  return {
    name: `edit-above(${threshold})`,
    edit: ({ written, tokens, proposals, probability }) =>
      Array.from(written).filter((_, index) => proposals[index] !== tokens[index] && probability(index) > threshold),
  };
}
