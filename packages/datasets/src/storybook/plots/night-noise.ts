import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const nightNoise: PlotPlan = {
  name: 'night noise',
  steps: [
    meetHero,
    {
      name: 'guest',
      says: [
        'One night, {a friend.looks} named {friend} came to stay.',
        'One night, {hero~} shared a room with {friend}, {a friend.looks}.',
        '{hero~his} friend {friend}, {a friend.looks}, slept over one night.',
      ],
      sets: { night: 'dark' },
    },
    {
      name: 'bedtime',
      says: [
        'They played {game} and went to bed.',
        'They ate {a food} and put out the light.',
        '{hero~his} {elder} put out the light.',
      ],
      needs: { night: 'dark' },
      chance: 0.4,
    },
    {
      name: 'hear',
      says: [
        'In the dark, they heard {noise}.',
        'Suddenly, there was {noise}.',
        'Late at night, {noise} woke {hero}.',
        '{hero} lay in bed and heard {noise}.',
      ],
      needs: { night: 'dark' },
      sets: { noise: 'unknown', 'hero.feels': 'scared' },
    },
    {
      name: 'fear',
      says: [
        '"What was that?" whispered {friend}.',
        '{friend} was {scared} and hid under the blanket.',
        '"Is it a ghost?" asked {friend}.',
        '{hero} and {friend} were both {scared}.',
      ],
      needs: { noise: 'unknown' },
    },
    {
      name: 'again',
      says: ['Then it came again, louder than before.', 'There it was again!', 'They listened, and it came again.'],
      needs: { noise: 'unknown' },
      chance: 0.3,
    },
    {
      name: 'courage',
      says: [
        '"Let us go and look," said {hero}.',
        '{hero} was {scared}, but {hero.he} got up.',
        '"We must be brave," said {hero}.',
        '{hero} took {a lamp} and stood up.',
      ],
      needs: { noise: 'unknown' },
      sets: { 'hero.feels': 'brave' },
    },
    {
      name: 'follow',
      says: [
        'They held on to each other and crept along.',
        'Step by step, they went through the dark house.',
        'Slowly, {hero} opened the door.',
        '{friend} followed {hero} on tiptoe.',
      ],
      needs: { 'hero.feels': 'brave' },
      chance: 0.5,
    },
    {
      name: 'discover',
      says: [
        'It was only {noise.source}!',
        'And what did they find but {noise.source}!',
        '"Look, it is only {noise.source}!" said {hero}.',
        'There was no ghost, just {noise.source}.',
      ],
      needs: { noise: 'unknown', 'hero.feels': 'brave' },
      sets: { noise: 'known' },
    },
    {
      name: 'laugh',
      says: [
        '{hero} and {friend} laughed and laughed.',
        '"How silly we were!" said {friend}.',
        '{friend} giggled, and {hero} did too.',
        '"I am not {scared} now," said {friend}.',
      ],
      needs: { noise: 'known' },
      chance: 0.5,
    },
    {
      name: 'sleep',
      says: [
        'Then they went back to bed and slept until morning.',
        'Soon {hero} and {friend} were fast asleep.',
        'After that, {hero} was never afraid of the dark again.',
        'They fell asleep, {glad} and warm.',
      ],
      needs: { noise: 'known' },
    },
  ],
};
