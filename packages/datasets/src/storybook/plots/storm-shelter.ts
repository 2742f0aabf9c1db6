import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const stormShelter: PlotPlan = {
  name: 'storm shelter',
  steps: [
    meetHero,
    {
      name: 'set out',
      says: [
        'One day, {hero~} went for a walk {place.at}.',
        'One morning, {hero~} set out for {place.place}.',
        'One afternoon, {hero~} was alone {place.at}.',
        'One day, {hero~} packed {a food} and went to {place.place}.',
      ],
      sets: { 'hero.at': 'place' },
    },
    {
      name: 'storm begins',
      says: [
        'The sky grew dark, and {storm.began}.',
        'Suddenly, {storm.began}.',
        'Gray clouds came, and {storm.began}.',
        'All at once, {storm.began}.',
      ],
      needs: { 'hero.at': 'place' },
      sets: { sky: 'storm' },
    },
    {
      name: 'suffer the storm',
      says: [
        'The {storm.storm} made {hero~him} {storm.made}.',
        'Soon {hero~} was {storm.made} and far from home.',
        '{hero~} felt {storm.made} and {scared}.',
        '"I am so {storm.made}!" cried {hero}.',
      ],
      needs: { sky: 'storm' },
      sets: { 'hero.feels': 'scared' },
      chance: 0.3,
    },
    {
      name: 'find shelter',
      says: [
        '{hero~} saw {a shelter} and ran inside.',
        'At last, {hero~} found {a shelter}.',
        '{hero~} ran as fast as {hero.he} could to {a shelter}.',
        'Not far away stood {a shelter}, and {hero~} ran to it.',
      ],
      needs: { sky: 'storm' },
      sets: { 'hero.at': 'shelter' },
    },
    {
      name: 'find somebody inside',
      says: [
        'In the {shelter} sat {a friend.looks} named {friend}.',
        '{a friend.looks} named {friend} was hiding there too.',
        'Inside the {shelter} was {friend}, {a friend.looks}.',
      ],
      needs: { 'hero.at': 'shelter' },
      sets: { 'friend.at': 'shelter' },
    },
    {
      name: 'see the fear',
      says: [
        '"I am {scared}," said {friend}.',
        '{friend~} was afraid of the {storm.storm}.',
        '{friend~} shook and hid {friend.his} face.',
        '"Will the {storm.storm} ever stop?" asked {friend}.',
      ],
      needs: { 'friend.at': 'shelter' },
      sets: { 'friend.feels': 'scared' },
    },
    {
      name: 'comfort',
      says: [
        '"We are safe in the {shelter}," said {hero}.',
        '{hero} sat close to {friend} and sang a song.',
        '"Do not worry, I will stay with you," said {hero}.',
        '{hero} told {friend} a funny story.',
        '{hero} held {friend} and kept {friend.him} warm.',
      ],
      needs: { 'friend.feels': 'scared' },
      sets: { 'friend.feels': 'glad' },
    },
    {
      name: 'calm down',
      says: [
        'Soon {friend~} was not {scared} any more.',
        '{friend~} stopped shaking and smiled.',
        'Little by little, {friend~} grew calm.',
        'Before long, {friend~} laughed.',
      ],
      needs: { 'friend.feels': 'glad' },
      chance: 0.2,
    },
    {
      name: 'storm ends',
      says: [
        'At last, the {storm.storm} stopped.',
        'After an hour, the {storm.storm} was over.',
        'Then the {storm.storm} went away.',
        'Outside, the {storm.storm} came to an end.',
      ],
      needs: { sky: 'storm' },
      sets: { sky: 'clear' },
    },
    {
      name: 'see the sky',
      says: [
        'They looked out and saw {storm.after}.',
        'Outside the {shelter} they saw {storm.after}.',
        '"Look at that!" said {friend}, and there was {storm.after}.',
      ],
      needs: { sky: 'clear' },
      chance: 0.3,
    },
    {
      name: 'go home as friends',
      says: [
        '{hero} and {friend} walked home together.',
        'From that day on, {hero} and {friend} were friends.',
        '{hero} and {friend} said goodbye, {glad} to have met.',
        'After that, {friend} was never afraid of a storm again.',
        '{hero} was {glad} to have a new friend named {friend}.',
      ],
      needs: { sky: 'clear', 'friend.feels': 'glad' },
    },
  ],
};
