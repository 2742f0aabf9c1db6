import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const sharedMeal: PlotPlan = {
  name: 'shared meal',
  steps: [
    meetHero,
    {
      name: 'have food',
      says: [
        'One {time}, {hero~} had {a food} for lunch.',
        '{hero~his} {elder} gave {hero.him} {a food}.',
        'One {time}, {hero~} bought {a food} at the shop.',
        'One {time}, {hero~} packed {a food} in a bag.',
      ],
      sets: { 'food.owner': 'hero' },
    },
    {
      name: 'go to eat',
      says: [
        '{hero~} sat down {place.at} to eat it.',
        '{hero~} took it to {place.place}.',
        '{hero~} carried the {food.food} to {place.place}.',
        '{hero~} found a nice spot {place.at}.',
      ],
      needs: { 'food.owner': 'hero' },
      chance: 0.6,
    },
    {
      name: 'meet the hungry one',
      says: [
        'There {hero~} saw {friend}, {a friend.looks}.',
        '{a friend.looks} named {friend} was sitting there.',
        'Then {a friend.looks} named {friend} walked by.',
        'Not far away sat {a friend.looks} named {friend}.',
      ],
      needs: { 'food.owner': 'hero' },
    },
    {
      name: 'hunger',
      says: [
        '{friend~} looked {sad} and hungry.',
        '"I lost my lunch," said {friend}.',
        '{friend~} had nothing to eat.',
        '"I have not eaten all day," said {friend}.',
        '{friend~his} stomach made a loud noise.',
      ],
      sets: { 'friend.feels': 'hungry' },
    },
    {
      name: 'think',
      says: [
        '{hero} was hungry too, but {hero.he} had an idea.',
        '{hero} looked at the {food.food}.',
        '{hero} thought for a moment.',
        '{hero} knew what to do.',
      ],
      needs: { 'friend.feels': 'hungry' },
      chance: 0.3,
    },
    {
      name: 'share',
      says: [
        '"You can have half of my {food.food}," said {hero}.',
        '{hero} gave half of the {food.food} to {friend}.',
        '"Let us share this {food}," said {hero}.',
        '{hero} cut the {food.food} in two and gave {friend} a part.',
      ],
      needs: { 'food.owner': 'hero', 'friend.feels': 'hungry' },
      sets: { 'food.owner': 'both', 'friend.feels': 'glad' },
    },
    {
      name: 'eat',
      says: [
        'They ate every bit of it.',
        '{friend} took a bite and smiled.',
        '"This is so good!" said {friend}.',
        'They ate and talked for an hour.',
      ],
      needs: { 'food.owner': 'both' },
      chance: 0.6,
    },
    {
      name: 'thanks',
      says: [
        '"Thank you, {hero}," said {friend}.',
        '{friend} thanked {hero} with a hug.',
        '"You are so kind," said {friend}.',
        '{friend} was full and {glad}.',
      ],
      needs: { 'friend.feels': 'glad' },
      chance: 0.3,
    },
    {
      name: 'return the kindness',
      says: [
        'The next day, {friend} brought {hero} a pot of jam.',
        'A week later, {friend} shared {friend.his} lunch with {hero}.',
        'The next day, {friend} gave {hero} a bunch of flowers.',
        'Later, {friend} shared some berries with {hero}.',
      ],
      needs: { 'food.owner': 'both' },
      chance: 0.3,
    },
    {
      name: 'eat together always',
      says: [
        'After that, they always ate lunch together.',
        'And so {hero} and {friend} became good friends.',
        '{hero} learned that shared food tastes best.',
        '{hero} went home {glad}, with a new friend.',
        'From then on, {hero} never ate alone {place.at}.',
      ],
      needs: { 'food.owner': 'both', 'friend.feels': 'glad' },
    },
  ],
};
