import type { PlotPlan } from '../grammar/plot.js';
import { meetFriend, meetHero } from './beginnings.js';

export const toldSecret: PlotPlan = {
  name: 'told secret',
  steps: [
    meetHero,
    meetFriend,
    {
      name: 'have a secret',
      says: [
        'One {time}, {friend} whispered, "I have a secret."',
        '"Can you keep a secret?" asked {friend}.',
        'One {time}, {friend} had a secret to tell.',
        '{friend} looked around and said, "I have a secret."',
      ],
      sets: { secret: 'kept' },
    },
    {
      name: 'swear',
      says: [
        '"I will tell nobody," promised {hero}.',
        '{hero} promised to keep it safe.',
        '"You can trust me," said {hero}.',
        '"I promise," said {hero}.',
      ],
      needs: { secret: 'kept' },
      sets: { promise: 'open' },
    },
    {
      name: 'tell',
      says: [
        '"I found {secret}," said {friend}.',
        '{friend} told {hero} about {secret}.',
        '"There is {secret}," said {friend}.',
        '"I know of {secret}," whispered {friend}.',
      ],
      needs: { promise: 'open' },
      sets: { secret: 'told' },
    },
    {
      name: 'go',
      says: [
        'They went to see the {secret.short} that very day.',
        '"Show me the {secret.short}!" said {hero}.',
        'Quietly, they walked to the {secret.short}.',
        '{hero} and {friend} went there at dawn.',
      ],
      needs: { secret: 'told' },
      chance: 0.4,
    },
    {
      name: 'look',
      says: [
        'There {hero} saw {secret.sight}.',
        'Inside the {secret.short} they saw {secret.sight}.',
        '{hero} looked and saw {secret.sight}.',
        'They found {secret.sight} there.',
      ],
      needs: { secret: 'told' },
      sets: { 'hero.feels': 'glad' },
    },
    {
      name: 'wonder',
      says: [
        '"How lovely!" said {hero}.',
        '{hero} had never seen such a thing.',
        '{hero} was {glad} to know the secret.',
        '"It is like magic," whispered {hero}.',
      ],
      needs: { 'hero.feels': 'glad' },
      chance: 0.3,
    },
    {
      name: 'be asked',
      says: [
        'The next day, {hero~his} {elder} asked where they had been.',
        'At home, {hero~his} {elder} asked many questions.',
        '"Where have you been?" asked {hero~his} {elder} at home.',
      ],
      needs: { promise: 'open' },
    },
    {
      name: 'keep it',
      says: [
        '{hero} smiled and said nothing.',
        'But {hero} did not tell the secret.',
        '"I made a promise," said {hero}.',
        '{hero} kept the {secret.short} a secret.',
      ],
      needs: { promise: 'open' },
      sets: { promise: 'kept' },
    },
    {
      name: 'trust',
      says: [
        '{friend} heard it and was {glad}.',
        '"Thank you for keeping it," said {friend}.',
        'Now {friend} knew that {hero} could be trusted.',
        '{friend} gave {hero} a big smile.',
      ],
      needs: { promise: 'kept' },
      chance: 0.3,
    },
    {
      name: 'their own place',
      says: [
        'To this day, only {hero} and {friend} know the {secret.short}.',
        'The {secret.short} was their special place from then on.',
        'And {hero} and {friend} still go there together.',
        'A secret is safe with a friend like {hero}.',
      ],
      needs: { promise: 'kept', secret: 'told' },
    },
  ],
};
