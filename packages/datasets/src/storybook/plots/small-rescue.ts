import type { PlotPlan } from '../grammar/plot.js';
import { meetFriend, meetHero } from './beginnings.js';

export const smallRescue: PlotPlan = {
  name: 'small rescue',
  steps: [
    meetHero,
    meetFriend,
    {
      name: 'walk',
      says: [
        'One {time}, they went for a walk {place.at}.',
        'One {time}, {hero} and {friend} were {place.at}.',
        'One {time}, they played {game} {place.at}.',
      ],
      sets: { 'hero.at': 'place' },
    },
    {
      name: 'notice',
      says: [
        'There {hero} saw a little {creature}.',
        '"Look at that {creature}!" said {friend}.',
        'On the ground was a tiny {creature}.',
        '{friend} spotted a small {creature}.',
      ],
      needs: { 'hero.at': 'place' },
      sets: { creature: 'seen' },
    },
    {
      name: 'trouble',
      says: ['It {creature.trouble}.', 'The {creature} {creature.trouble}.', 'The poor thing {creature.trouble}.'],
      needs: { creature: 'seen' },
      sets: { creature: 'trapped' },
    },
    {
      name: 'pity',
      says: [
        '"We must help it," said {hero}.',
        '{hero} felt sorry for the {creature}.',
        '"The poor {creature}!" said {hero}.',
        '{friend} felt {sad} for the {creature}.',
      ],
      needs: { creature: 'trapped' },
      chance: 0.5,
    },
    {
      name: 'plan',
      says: [
        '"What can we do?" asked {friend}.',
        '"I have an idea," said {friend}.',
        '"Be very gentle," said {friend}.',
        '"Do not be {scared}, little {creature}," said {friend}.',
      ],
      needs: { creature: 'trapped' },
      chance: 0.3,
    },
    {
      name: 'rescue',
      says: [
        'Very gently, {hero} {creature.rescue}.',
        '{hero} {creature.rescue}.',
        'With great care, {hero} {creature.rescue}.',
        'So {hero} {creature.rescue}.',
      ],
      needs: { creature: 'trapped' },
      sets: { creature: 'free' },
    },
    {
      name: 'free',
      says: [
        'The {creature} was free again!',
        'Now the {creature} was safe.',
        '"You are safe now," {hero} told the {creature}.',
        '"You did it!" said {friend}.',
      ],
      needs: { creature: 'free' },
      chance: 0.4,
    },
    {
      name: 'thanks',
      says: [
        'The {creature} {creature.thanks}.',
        'To say thank you, it {creature.thanks}.',
        'Then the {creature} {creature.thanks}.',
        'It {creature.thanks} and was gone.',
      ],
      needs: { creature: 'free' },
      chance: 0.7,
    },
    {
      name: 'joy',
      says: [
        '{hero} and {friend} were {glad} all day.',
        'They walked home and felt {glad}.',
        '"It said thank you!" laughed {friend}.',
        '{hero} waved, and {friend} was {glad}.',
      ],
      needs: { creature: 'free' },
      chance: 0.3,
    },
    {
      name: 'remember',
      says: [
        'The next day, the {creature} came back to say hello.',
        'They never forgot the little {creature}.',
        'From then on, {hero} and {friend} looked out for every {creature}.',
        'Even a small {creature} needs a friend.',
      ],
      needs: { creature: 'free' },
    },
  ],
};
