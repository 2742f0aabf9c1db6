import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const keptPromise: PlotPlan = {
  name: 'kept promise',
  steps: [
    meetHero,
    {
      name: 'be asked',
      says: [
        'One {time}, {hero~his} {elder} was very busy.',
        'One {time}, {hero~his} {elder} had to go away.',
        'One {time}, {hero~his} {elder} felt tired.',
      ],
      sets: { help: 'needed' },
    },
    {
      name: 'promise',
      says: [
        '"I will {job}," promised {hero}.',
        '"I promise to {job}," said {hero}.',
        '{hero} promised to {job} before dark.',
        '"You can trust me to {job}," said {hero}.',
      ],
      needs: { help: 'needed' },
      sets: { promise: 'open' },
    },
    {
      name: 'trust',
      says: [
        '"Thank you, {hero}," said the {elder}.',
        'The {elder} smiled and waved goodbye.',
        '"I know you will," said {hero~his} {elder}.',
      ],
      needs: { promise: 'open' },
      chance: 0.3,
    },
    {
      name: 'temptation',
      says: [
        'Then {a friend.looks} named {friend} came along.',
        'Soon {a friend.looks} named {friend} knocked on the door.',
        'On the way, {hero~} met {friend}, {a friend.looks}.',
      ],
      needs: { promise: 'open' },
    },
    {
      name: 'invitation',
      says: [
        '"Come and play {game} with me!" said {friend}.',
        '"We need one more for {game}," said {friend}.',
        '{friend~} wanted to play {game}.',
        '"Do you want to play {game}?" asked {friend}.',
      ],
      needs: { promise: 'open' },
      sets: { game: 'offered' },
    },
    {
      name: 'remember',
      says: [
        '{hero} loved {game}, but a promise is a promise.',
        '{hero} wanted to go, but {hero.he} remembered the promise.',
        '"Not yet, I made a promise," said {hero}.',
        '{hero} shook {hero.his} head, for there was work to do.',
      ],
      needs: { promise: 'open', game: 'offered' },
    },
    {
      name: 'help',
      says: [
        '"Then I will help you," said {friend}.',
        '"I can wait," said {friend}.',
        '{friend} was sad, but understood.',
        '"May I help?" asked {friend}.',
      ],
      needs: { promise: 'open' },
      chance: 0.3,
    },
    {
      name: 'do the job',
      says: [
        'So {hero} {job.done}.',
        '{hero} {job.done}, just as promised.',
        '{hero} went and {job.done} with care.',
        'First, {hero} {job.done}.',
      ],
      needs: { promise: 'open' },
      sets: { promise: 'kept' },
    },
    {
      name: 'praise',
      says: [
        '"You kept your promise!" said {hero~his} {elder}.',
        '{hero~his} {elder} came home and was {glad}.',
        '"Well done, {hero}," said the {elder}.',
        'The {elder} gave {hero~him} a big hug.',
      ],
      needs: { promise: 'kept' },
      sets: { 'hero.feels': 'glad' },
      chance: 0.4,
    },
    {
      name: 'play at last',
      says: [
        'Then {hero} and {friend} played {game} until dark.',
        'After that, {hero} played {game} with {friend} and felt {glad}.',
        'Now there was time, and {hero} and {friend} played {game}.',
        '{hero} ran out to play {game}, {glad} and free.',
      ],
      needs: { promise: 'kept', game: 'offered' },
    },
  ],
};
