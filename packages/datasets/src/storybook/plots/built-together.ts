import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const builtTogether: PlotPlan = {
  name: 'built together',
  steps: [
    meetHero,
    {
      name: 'wish',
      says: [
        'One {time}, {hero~} wanted to build {a build}.',
        '{hero~} had a plan to build {a build}.',
        '"I will build {a build}!" said {hero}.',
      ],
      sets: { build: 'planned' },
    },
    {
      name: 'gather',
      says: [
        '{hero~} took {build.from} to {place.place}.',
        '{hero~} worked with {build.from} {place.at}.',
        '{hero~} got {build.from} and set to work.',
      ],
      needs: { build: 'planned' },
    },
    {
      name: 'offer',
      says: [
        '{a friend.looks} named {friend} asked to help.',
        '"May I help?" asked {friend}, {a friend.looks}.',
        'Then {a friend.looks} named {friend} came to watch.',
      ],
      needs: { build: 'planned' },
      sets: { offer: 'made' },
    },
    {
      name: 'refuse',
      says: [
        '"No, I can do it alone," said {hero}.',
        '{hero} said no and worked alone.',
        '"I do not need help," said {hero}.',
      ],
      needs: { offer: 'made' },
      sets: { offer: 'refused' },
    },
    {
      name: 'fail',
      says: [
        'But {build.trouble}.',
        'Soon {build.trouble}.',
        '{hero} worked all day, but {build.trouble}.',
        'Then, with a crash, {build.trouble}.',
      ],
      needs: { offer: 'refused' },
      sets: { build: 'failed', 'hero.feels': 'sad' },
    },
    {
      name: 'regret',
      says: [
        '{hero~} felt {sad} and looked at {friend}.',
        '{hero~} was {sad}, for it was too much for one.',
        '"I was wrong," said {hero}.',
        '{hero} sat down and felt {sad}.',
      ],
      needs: { 'hero.feels': 'sad' },
      chance: 0.4,
    },
    {
      name: 'ask',
      says: [
        '"{friend}, will you help me?" asked {hero}.',
        '{hero} said sorry and asked {friend} for help.',
        '"Please help me with the {build}," said {hero}.',
      ],
      needs: { build: 'failed' },
      sets: { offer: 'taken' },
    },
    {
      name: 'join',
      says: [
        '"Of course," said {friend}.',
        '{friend} was {glad} to help.',
        '"Two can do more than one," said {friend}.',
      ],
      needs: { offer: 'taken' },
      chance: 0.4,
    },
    {
      name: 'build',
      says: [
        'They worked side by side until it was done.',
        '{hero} held it, and {friend} made it strong.',
        'Piece by piece, they built the {build}.',
        'With {friend}\'s help, the {build} was soon done.',
      ],
      needs: { offer: 'taken' },
      sets: { build: 'done', 'hero.feels': 'glad' },
    },
    {
      name: 'enjoy',
      says: [
        'It was the finest {build} in the whole town.',
        '{hero} and {friend} were {glad} with their {build}.',
        '"We did it!" they cried, and they were {glad}.',
        'Now it was their {build}, and they loved it.',
      ],
      needs: { build: 'done', 'hero.feels': 'glad' },
    },
  ],
};
