import { describe, expect, test } from 'vitest';
import type { Facts, Step } from '../grammar/plot.js';
import { plots } from '../world/world.js';

/** Every telling of a plot: each subset of its optional steps. */
function tellings(steps: readonly Step[]): readonly (readonly Step[])[] {
  return steps.reduce<(readonly Step[])[]>(
    (all, step) => all.flatMap((told) => (step.chance < 1 ? [told, [...told, step]] : [[...told, step]])),
    [[]],
  );
}

describe.each(plots.map((plot) => [plot.name, plot] as const))('%s', (_, { steps }) => {
  test('whichever optional steps are told, what each step needs was brought about before', () => {
    for (const told of tellings(steps)) {
      let facts: Facts = {};
      for (const step of told) {
        expect({ step: step.name, ...facts }).toMatchObject(step.needs);
        facts = { ...facts, ...step.sets };
      }
    }
  });

  test('has 6 to 14 steps, at least 6 of them in every telling', () => {
    expect(steps.length).toBeLessThanOrEqual(14);
    expect(steps.filter(({ chance }) => chance === 1).length).toBeGreaterThanOrEqual(6);
    expect(steps.every(({ chance }) => chance > 0 && chance <= 1)).toBe(true);
  });

  test('each step can be told with everybody named, in at least 3 ways', () => {
    for (const { patterns } of steps) expect(patterns.filter(({ unnamed }) => unnamed.length === 0).length).toBeGreaterThanOrEqual(2);
    for (const { patterns } of steps) expect(patterns.length).toBeGreaterThanOrEqual(3);
  });

  test('no two steps share a name or a sentence', () => {
    expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
    const sentences = steps.flatMap(({ patterns }) => patterns.map(({ pieces }) => pieces.map((piece) => (typeof piece === 'string' ? piece : JSON.stringify(piece))).join('')));
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});

test('there are 20 plots', () => {
  expect(new Set(plots.map(({ name }) => name)).size).toBe(20);
});
