import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const toldTruth: PlotPlan = {
  name: 'told truth',
  steps: [
    meetHero,
    {
      name: 'alone',
      says: [
        'One {time}, {hero~} was at home alone.',
        'One {time}, {hero~} ran through the house.',
        'One {time}, {hero~} played {game} indoors.',
      ],
      sets: { house: 'fine' },
    },
    {
      name: 'mess',
      says: [
        'By accident, {hero~} {mess.did}.',
        '{hero~} was not careful and {mess.did}.',
        'Then {hero~} {mess.did}.',
        'Oh no, {hero~} {mess.did}!',
      ],
      needs: { house: 'fine' },
      sets: { house: 'damaged', 'hero.feels': 'scared' },
    },
    {
      name: 'fear',
      says: [
        '{hero~} felt {scared}.',
        '"What will they say?" thought {hero}.',
        '{hero~} was {scared} and wanted to hide.',
        '{hero~his} heart beat fast.',
      ],
      needs: { house: 'damaged' },
      chance: 0.3,
    },
    {
      name: 'temptation',
      says: [
        '{a friend.looks} named {friend} looked in at the window.',
        'Then {a friend.looks} named {friend} came in.',
        '{hero~his} friend {friend}, {a friend.looks}, had seen it.',
      ],
      needs: { house: 'damaged' },
    },
    {
      name: 'advice',
      says: [
        '"You should tell the truth," said {friend}.',
        '"Be honest, and it will be all right," said {friend}.',
        '"I will come with you," said {friend}.',
        '{friend~} told {hero} to be brave.',
      ],
      needs: { house: 'damaged' },
    },
    {
      name: 'confess',
      says: [
        '"It was me, I {mess.did}," {hero} told {hero.his} {elder}.',
        '{hero} told {hero.his} {elder} the truth.',
        '"I am sorry, I {mess.did}," {hero} said to {hero.his} {elder}.',
        '{hero} went to {hero.his} {elder} and said sorry.',
      ],
      needs: { house: 'damaged', 'hero.feels': 'scared' },
      sets: { truth: 'told' },
    },
    {
      name: 'forgive',
      says: [
        '"Thank you for being honest," said the {elder}.',
        'The {elder} was not angry.',
        '"Anyone can make a mistake," said the {elder}.',
        'The {elder} gave {hero~him} a warm hug.',
      ],
      needs: { truth: 'told' },
      sets: { 'hero.feels': 'glad' },
    },
    {
      name: 'make good',
      says: [
        'Then {hero} {mess.amends}.',
        'To make up for it, {hero} {mess.amends}.',
        '{hero} and {friend} worked and {mess.amends}.',
        'That same day, {hero} {mess.amends}.',
      ],
      needs: { truth: 'told', house: 'damaged' },
      sets: { house: 'fine' },
    },
    {
      name: 'relief',
      says: [
        '"I feel so much better," said {hero}.',
        '"You were very brave," said {friend}.',
        '{friend} smiled at {hero}.',
        '{hero} felt as light as a feather.',
      ],
      needs: { 'hero.feels': 'glad' },
      chance: 0.3,
    },
    {
      name: 'lesson',
      says: [
        '{hero} was {glad} that {hero.he} had told the truth.',
        'From then on, {hero} always told the truth.',
        '{hero} slept well that night, {glad} and honest.',
        'And {hero} and {friend} were more careful after that.',
      ],
      needs: { truth: 'told', house: 'fine' },
    },
  ],
};
