import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const plantedSeed: PlotPlan = {
  name: 'planted seed',
  steps: [
    meetHero,
    {
      name: 'get a seed',
      says: [
        'One {time}, {hero~} found {a plant} seed.',
        'One {time}, {hero~his} {elder} gave {hero.him} {a plant} seed.',
        '{hero~} bought {a plant} seed at the market.',
      ],
      sets: { seed: 'found', 'seed.owner': 'hero' },
    },
    {
      name: 'plant',
      says: [
        '{hero~} planted it in {a color} pot.',
        '{hero~} dug a small hole and planted the seed.',
        '{hero~} put the seed into the soft earth.',
        '{hero~} planted the {plant} seed in {a color} pot.',
      ],
      needs: { seed: 'found' },
      sets: { seed: 'planted' },
    },
    {
      name: 'nothing yet',
      says: [
        'Every day {hero~} looked, but nothing grew.',
        'A week went by, and nothing came up.',
        '{hero~} waited and waited, but saw only dirt.',
      ],
      needs: { seed: 'planted' },
      sets: { 'hero.feels': 'sad' },
    },
    {
      name: 'lose heart',
      says: [
        '{hero~} felt {sad} about the seed.',
        '"It will never grow," said {hero}.',
        '{hero~} was {sad} and wanted to dig it up.',
      ],
      needs: { 'hero.feels': 'sad' },
      chance: 0.3,
    },
    {
      name: 'advice',
      says: [
        '"You must be patient," said {friend}, {a friend.looks}.',
        '{a friend.looks} named {friend} said, "Give it time."',
        'Then {a friend.looks} named {friend} came to look at it.',
      ],
      needs: { seed: 'planted', 'hero.feels': 'sad' },
    },
    {
      name: 'what it needs',
      says: [
        '"It needs sun and water," said {friend}.',
        '{friend} showed {hero} how to water it.',
        '"Put it in the sun," said {friend}.',
        '{friend} brought a little can of water.',
      ],
      needs: { seed: 'planted' },
      chance: 0.6,
    },
    {
      name: 'care',
      says: [
        'So {hero} watered it each morning.',
        '{hero} sang to it and gave it water.',
        '{hero} kept it warm and pulled the weeds.',
        'Every day, {hero} gave it water and sun.',
      ],
      needs: { seed: 'planted' },
      sets: { seed: 'watered' },
    },
    {
      name: 'sprout',
      says: [
        'Then one day, a green leaf came up!',
        'At last, a tiny sprout came out.',
        '"It is growing!" shouted {hero}.',
        'After some rain, a small stem rose up.',
      ],
      needs: { seed: 'watered' },
      sets: { seed: 'sprouted', 'hero.feels': 'glad' },
    },
    {
      name: 'grow',
      says: [
        'In summer, the {plant} plant gave {plant.yield}.',
        'The {plant} plant grew tall and gave {plant.yield}.',
        'By fall, it gave {plant.yield}.',
        'Soon the {plant} plant had {plant.yield}.',
      ],
      needs: { seed: 'sprouted' },
      sets: { seed: 'grown' },
    },
    {
      name: 'share the harvest',
      says: [
        '{hero} was {glad} and shared with {friend}.',
        '"This is for you, {friend}," said {hero}.',
        '{hero} thanked {friend}, for good things take time.',
        'Now {hero} and {friend} plant a new seed every year.',
        '{hero} saved the seeds and gave {friend} one.',
      ],
      needs: { seed: 'grown', 'hero.feels': 'glad' },
    },
  ],
};
