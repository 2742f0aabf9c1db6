import type { PlotPlan } from '../grammar/plot.js';
import { meetFriend, meetHero } from './beginnings.js';

export const fairRace: PlotPlan = {
  name: 'fair race',
  steps: [
    meetHero,
    meetFriend,
    {
      name: 'challenge',
      says: [
        '"Let us race to the {goal}!" said {friend}.',
        'One {time}, they had a race to the {goal}.',
        '"I can beat you to the {goal}," said {friend}.',
        'One {time}, {friend} wanted to race to the {goal}.',
      ],
      sets: { race: 'on' },
    },
    {
      name: 'prize',
      says: ['The winner would get {a food}.', 'The prize was {a food}.', '"The winner gets {a food}," said {hero}.'],
      needs: { race: 'on' },
      sets: { 'food.owner': 'winner' },
    },
    {
      name: 'start',
      says: [
        '"Ready, set, go!" shouted {hero}.',
        '"One, two, three, go!" they called.',
        'They ran as fast as the wind.',
        'Off they went, side by side.',
      ],
      needs: { race: 'on' },
      chance: 0.4,
    },
    {
      name: 'lead',
      says: [
        '{friend} was soon far ahead.',
        'At first, {friend} was in front.',
        '{friend} ran faster and took the lead.',
        '{friend} was quick and left {hero} behind.',
      ],
      needs: { race: 'on' },
      chance: 0.3,
    },
    {
      name: 'fall',
      says: [
        'But {friend~} tripped and hurt {friend.his} {body}.',
        'Then {friend~} slipped and bumped {friend.his} {body}.',
        'But {friend~} fell down hard and cried, "Ow, my {body}!"',
        'Near the {goal}, {friend~} fell on {friend.his} {body}.',
      ],
      needs: { race: 'on' },
      sets: { 'friend.feels': 'hurt' },
    },
    {
      name: 'choose',
      says: [
        '{hero} could have won, but {hero.he} stopped.',
        '{hero} saw it and stopped at once.',
        '{hero} forgot the race and ran to {friend}.',
        '{hero} turned around and went back.',
      ],
      needs: { 'friend.feels': 'hurt' },
      chance: 0.5,
    },
    {
      name: 'help up',
      says: [
        '"Lean on me," said {hero}.',
        '{hero} helped {friend} get up.',
        '"Are you all right, {friend}?" asked {hero}.',
        '{hero} rubbed the sore {body} until it was better.',
      ],
      needs: { 'friend.feels': 'hurt' },
      sets: { 'friend.feels': 'glad' },
    },
    {
      name: 'finish',
      says: [
        'They walked to the {goal} together.',
        'Together they reached the {goal}.',
        'They touched the {goal} at the same time.',
        'Slowly, {hero} and {friend} came to the {goal}.',
      ],
      needs: { race: 'on', 'friend.feels': 'glad' },
      sets: { race: 'done' },
    },
    {
      name: 'who won',
      says: [
        '"We both won," said {hero}.',
        '"You are the real winner," said {friend}.',
        '"It is a tie!" laughed {friend}.',
      ],
      needs: { race: 'done' },
      chance: 0.3,
    },
    {
      name: 'share the prize',
      says: [
        'They shared the {food.food} and were {glad}.',
        'They cut the {food.food} in two and ate it all.',
        '{hero} and {friend} sat down and shared the {food.food}.',
        'The {food.food} tasted even better for two.',
      ],
      needs: { race: 'done', 'food.owner': 'winner' },
    },
  ],
};
