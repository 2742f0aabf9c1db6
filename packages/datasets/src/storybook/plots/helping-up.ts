import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const helpingUp: PlotPlan = {
  name: 'helping up',
  steps: [
    meetHero,
    {
      name: 'hurry',
      says: [
        'One {time}, {hero~} was on the way to {place.place}.',
        'One {time}, {hero~} had to hurry to {place.place}.',
        '{hero~} was going to {place.place} to play {game}.',
      ],
      sets: { 'hero.at': 'road' },
    },
    {
      name: 'see a fall',
      says: [
        'On the road, {a friend.looks} named {friend} fell down.',
        '{hero~} saw {a friend.looks} named {friend} slip and fall.',
        'Just ahead, {a friend.looks} named {friend} tripped over a root.',
      ],
      needs: { 'hero.at': 'road' },
      sets: { 'friend.at': 'ground' },
    },
    {
      name: 'hurt',
      says: [
        '"Ouch, my {body} hurts!" cried {friend}.',
        '{friend~} held {friend.his} {body} and cried.',
        '{friend~} had hurt {friend.his} {body}.',
        '"I hit my {body}," said {friend}.',
      ],
      needs: { 'friend.at': 'ground' },
      sets: { 'friend.feels': 'hurt' },
    },
    {
      name: 'others pass',
      says: [
        'Others walked by, but {hero} stopped.',
        '{hero} ran to {friend} at once.',
        '{hero} was late, but {hero.he} stopped.',
        '{hero} forgot all about {place.place}.',
      ],
      needs: { 'friend.feels': 'hurt' },
      chance: 0.6,
    },
    {
      name: 'help',
      says: [
        '"Let me help you up," said {hero}.',
        '{hero} helped {friend} to stand.',
        '"Lean on me, {friend}," said {hero}.',
        '{hero} lifted {friend} from the ground.',
      ],
      needs: { 'friend.at': 'ground' },
      sets: { 'friend.at': 'hero' },
    },
    {
      name: 'care',
      says: [
        '{hero} washed the {body} with cool water.',
        '{hero} wrapped the {body} in {a color} cloth.',
        '{hero} put a soft leaf on the {body}.',
        '{hero} rubbed the {body} very gently.',
      ],
      needs: { 'friend.feels': 'hurt' },
      sets: { 'friend.feels': 'better' },
    },
    {
      name: 'feel better',
      says: [
        '"It feels better now," said {friend}.',
        'Soon the {body} did not hurt so much.',
        '{friend} wiped {friend.his} eyes and smiled.',
        '"You are very kind," said {friend}.',
      ],
      needs: { 'friend.feels': 'better' },
      chance: 0.4,
    },
    {
      name: 'walk home',
      says: [
        '{hero} walked with {friend} all the way home.',
        'Slowly, {hero} brought {friend} home.',
        'They walked home with small steps.',
        '{hero} carried {friend}\'s bag and brought {friend.him} home.',
      ],
      needs: { 'friend.at': 'hero' },
      sets: { 'friend.at': 'home' },
    },
    {
      name: 'reward',
      says: [
        '{friend~his} {elder} gave them {a food}.',
        'At home, they shared {a food}.',
        '"Please have {a food}," said {friend~his} {elder}.',
      ],
      needs: { 'friend.at': 'home' },
      chance: 0.3,
    },
    {
      name: 'friends',
      says: [
        'From that day on, {hero} and {friend} were friends.',
        'The next day, {hero} and {friend} went to {place.place} together.',
        '{hero} was late, but {glad} to have helped {friend}.',
        'When {friend} was well, {hero} showed {friend.him} {place.place}.',
      ],
      needs: { 'friend.at': 'home', 'friend.feels': 'better' },
    },
  ],
};
