import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const missingIngredient: PlotPlan = {
  name: 'missing ingredient',
  steps: [
    meetHero,
    {
      name: 'cook',
      says: [
        'One {time}, {hero~} wanted to make {dish}.',
        'One {time}, {hero~} was making {dish} for {hero.his} {elder}.',
        '"Today I will make {dish}," said {hero}.',
      ],
      sets: { dish: 'begun' },
    },
    {
      name: 'prepare',
      says: [
        '{hero~} got out a big pot and a spoon.',
        '{hero~} put on {a color} apron.',
        '{hero~} lit the stove and washed the bowl.',
        '{hero~} set the table with {a color} cloth.',
      ],
      needs: { dish: 'begun' },
      chance: 0.3,
    },
    {
      name: 'lack',
      says: [
        'But {hero~} had no {dish.need}.',
        '"Oh dear, we have no {dish.need}!" said {hero}.',
        'But there was one problem, the kitchen was out of {dish.need}.',
        'But when {hero~} looked for {dish.need}, the jar was empty.',
      ],
      needs: { dish: 'begun' },
      sets: { need: 'missing', 'hero.feels': 'sad' },
    },
    {
      name: 'disappointment',
      says: [
        '{hero~} felt {sad}.',
        '{hero~} sat down and felt {sad}.',
        '"Without {dish.need} I cannot make {dish}," {hero} said.',
      ],
      needs: { need: 'missing' },
      chance: 0.3,
    },
    {
      name: 'ask',
      says: [
        'So {hero~} went to see {friend}, {a friend.looks}.',
        'Next door lived {friend}, {a friend.looks}.',
        'Just then, {a friend.looks} named {friend} came to visit.',
      ],
      needs: { need: 'missing' },
    },
    {
      name: 'question',
      says: [
        '"Do you have any {dish.need}?" asked {hero}.',
        '"What is wrong, {hero}?" asked {friend}.',
        '"I need {dish.need}," {hero} said to {friend}.',
        '"I cannot find any {dish.need}," said {hero}.',
      ],
      needs: { need: 'missing' },
      chance: 0.7,
    },
    {
      name: 'bring',
      says: [
        '"I have lots of {dish.need}!" said {friend}.',
        '{friend} ran and came back with {dish.need}.',
        '{friend} gave {hero} some {dish.need}.',
        '"Take my {dish.need}," said {friend}.',
      ],
      needs: { need: 'missing' },
      sets: { need: 'there', 'hero.feels': 'glad' },
    },
    {
      name: 'cook together',
      says: [
        'Together they made {dish}.',
        '{hero} stirred, and {friend} added the {dish.need}.',
        'They mixed and stirred and tasted.',
        'Then {hero} and {friend} cooked side by side.',
      ],
      needs: { need: 'there' },
      sets: { dish: 'made' },
    },
    {
      name: 'smell',
      says: [
        'Soon the whole house smelled good.',
        'The smell made them both hungry.',
        '"It smells so good!" said {friend}.',
      ],
      needs: { dish: 'made' },
      chance: 0.2,
    },
    {
      name: 'eat',
      says: [
        'They sat down and ate until they were full.',
        '"Thank you, {friend}," said {hero}, and they ate it all.',
        '{hero} gave {friend} the biggest plate and felt {glad}.',
        'It was the best meal that {hero} had ever tasted.',
        '{hero} and {friend} ate together, {glad} and warm.',
      ],
      needs: { dish: 'made', 'hero.feels': 'glad' },
    },
  ],
};
