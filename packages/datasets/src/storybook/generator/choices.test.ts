import { randomStream } from '@palimpsest/sampling';
import { expect, test } from 'vitest';
import { countedChoices } from './choices.js';

test('adds up minus the logarithm of the probability of what happened', () => {
  const choices = countedChoices(randomStream(3));
  choices.pick(['a', 'b', 'c', 'd', 'e']);
  expect(choices.nats()).toBeCloseTo(Math.log(5), 12);
  const happened = choices.happens(0.3);
  expect(choices.nats()).toBeCloseTo(Math.log(5) - Math.log(happened ? 0.3 : 0.7), 12);
  const before = choices.nats();
  const chosen = choices.pickWeighted(['x', 'y', 'z'], [1, 5, 2]);
  expect(choices.nats() - before).toBeCloseTo(-Math.log({ x: 1, y: 5, z: 2 }[chosen]! / 8), 12);
});

test('picks as often as it says', () => {
  const choices = countedChoices(randomStream(4));
  const draws = 6000;
  const counts: Record<string, number> = { x: 0, y: 0, z: 0, yes: 0 };
  for (let draw = 0; draw < draws; draw += 1) {
    counts[choices.pickWeighted(['x', 'y', 'z'], [1, 5, 2])]! += 1;
    if (choices.happens(0.3)) counts.yes! += 1;
  }
  // Four standard deviations of a share of 6000 draws are below 0.026.
  for (const [name, share] of Object.entries({ x: 1 / 8, y: 5 / 8, z: 2 / 8, yes: 0.3 })) expect(Math.abs(counts[name]! / draws - share)).toBeLessThan(0.026);
});
