import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const newNeighbor: PlotPlan = {
  name: 'new neighbor',
  steps: [
    meetHero,
    {
      name: 'arrival',
      says: [
        'One {time}, {a friend.looks} named {friend} moved in next door.',
        'One {time}, a new family came, with {a friend.looks} named {friend}.',
        '{a friend.looks} named {friend} was new in town.',
      ],
      sets: { 'friend.feels': 'lonely' },
    },
    {
      name: 'alone',
      says: [
        '{friend~} knew nobody and felt {sad}.',
        '{friend~} sat alone {place.at}.',
        '{friend~} had no friends yet and was {sad}.',
        'Every day, {friend~} played alone {place.at}.',
      ],
      needs: { 'friend.feels': 'lonely' },
      chance: 0.7,
    },
    {
      name: 'see',
      says: [
        '{hero} saw {friend} through the window.',
        '{hero} watched {friend} from afar.',
        '{hero} wanted to say hello to {friend}.',
      ],
      needs: { 'friend.feels': 'lonely' },
      chance: 0.4,
    },
    {
      name: 'shy',
      says: [
        '{hero~} was too shy to say hello.',
        'At first, {hero~} did not dare to speak.',
        '{hero~} did not know what to say.',
      ],
      needs: { 'friend.feels': 'lonely' },
      chance: 0.3,
    },
    {
      name: 'welcome gift',
      says: [
        'Then {hero~} took {a food} and knocked on the door.',
        '{hero~} chose {a food} to welcome {friend}.',
        '"I will bring {friend} {a food}," thought {hero}.',
      ],
      needs: { 'friend.feels': 'lonely' },
      sets: { 'food.owner': 'hero' },
    },
    {
      name: 'hello',
      says: [
        '"Hello, my name is {hero}," {hero.he} said.',
        '"Hello, I am {hero}!" said the {hero.kind}.',
        '"Welcome, {friend}!" said {hero}.',
        '"I am {hero}, and I live next door," said the {hero.kind}.',
      ],
      needs: { 'food.owner': 'hero' },
      sets: { met: 'yes' },
    },
    {
      name: 'give',
      says: [
        '"This {food.food} is for you," {hero} said.',
        '{hero} gave {friend} the {food}.',
        '{friend} took the {food.food} and smiled.',
      ],
      needs: { 'food.owner': 'hero', met: 'yes' },
      sets: { 'food.owner': 'friend', 'friend.feels': 'glad' },
    },
    {
      name: 'invite',
      says: [
        '"Do you like {game}?" asked {hero}.',
        '"Would you like to play {game}?" asked {hero}.',
        '{hero} asked {friend} to play {game}.',
      ],
      needs: { met: 'yes' },
      sets: { game: 'offered' },
    },
    {
      name: 'yes',
      says: [
        '"I love {game}!" said {friend}.',
        '{friend} nodded and jumped up.',
        '"Oh yes, please!" said {friend}.',
        '"I have never played {game}, but I can learn," said {friend}.',
      ],
      needs: { game: 'offered' },
      chance: 0.5,
    },
    {
      name: 'not alone',
      says: [
        'They played {game} until the stars came out.',
        'From that day on, {friend} was not lonely any more.',
        '{friend} was {glad} to have a friend like {hero}.',
        '{hero} and {friend} played {game} every day after that.',
      ],
      needs: { game: 'offered', 'friend.feels': 'glad' },
    },
  ],
};
