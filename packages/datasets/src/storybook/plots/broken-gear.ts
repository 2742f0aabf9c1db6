import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const brokenGear: PlotPlan = {
  name: 'broken gear',
  steps: [
    meetHero,
    {
      name: 'own gear',
      says: [
        '{hero~} had {a gear}.',
        '{hero~} was proud of {hero.his} {gear}.',
        '{hero~his} {elder} gave {hero.him} {a gear}.',
        '{hero~} used {hero.his} {gear} every day.',
      ],
      sets: { 'gear.owner': 'hero', 'gear.works': 'yes' },
    },
    {
      name: 'break',
      says: [
        'One {time}, the {gear.part} broke.',
        'But one {time}, the {gear.part} came off.',
        'One {time}, {hero~} heard a crack, and the {gear.part} broke.',
        'Then the {gear.part} of the {gear.gear} broke.',
      ],
      needs: { 'gear.works': 'yes' },
      sets: { 'gear.works': 'no', 'hero.feels': 'sad' },
    },
    {
      name: 'grieve',
      says: [
        '"My poor {gear.gear}!" cried {hero}.',
        '{hero~} was {sad}, for the {gear.gear} was no use now.',
        '{hero~} felt {sad} and did not know what to do.',
        '"Now it does not work," said {hero}.',
      ],
      needs: { 'gear.works': 'no', 'hero.feels': 'sad' },
      chance: 0.5,
    },
    {
      name: 'try alone',
      says: [
        '{hero~} tried to mend it alone, but could not.',
        '{hero~} pushed and pulled, but nothing helped.',
        'All day, {hero~} tried to fix the {gear.part}.',
      ],
      needs: { 'gear.works': 'no' },
      chance: 0.3,
    },
    {
      name: 'mender comes',
      says: [
        'Then {a friend.looks} named {friend} came by.',
        '{friend}, {a friend.looks}, lived next door.',
        '{hero~} went to see {friend}, {a friend.looks}.',
        'Luckily, {a friend.looks} named {friend} was near.',
      ],
      needs: { 'gear.works': 'no' },
    },
    {
      name: 'look',
      says: [
        '"I think I can fix it," said {friend}.',
        '{friend~} looked at the broken {gear.part}.',
        '"The {gear.part} is broken," said {friend}.',
        '"Can you help me?" asked {hero}.',
      ],
      needs: { 'gear.works': 'no' },
      chance: 0.3,
    },
    {
      name: 'tool',
      says: [
        '{friend~} went home and got {gear.tool}.',
        '"We need {gear.tool}," said {friend}.',
        '{friend~} had {gear.tool} in a box.',
        '{hero} ran and found {gear.tool}.',
      ],
      needs: { 'gear.works': 'no' },
      sets: { tool: 'ready' },
    },
    {
      name: 'mend',
      says: [
        'With care, {friend} {gear.mended}.',
        'Then {friend~} {gear.mended}.',
        '{hero} held it still, and {friend} {gear.mended}.',
        'In no time, {friend~} {gear.mended}.',
      ],
      needs: { tool: 'ready', 'gear.works': 'no' },
      sets: { 'gear.works': 'yes', 'hero.feels': 'glad' },
    },
    {
      name: 'works again',
      says: [
        'Now the {gear.gear} was as good as new.',
        '"It works again!" cried {hero}.',
        'The {gear} worked again.',
        '{hero} tried the {gear.gear}, and it was fine.',
      ],
      needs: { 'gear.works': 'yes' },
      chance: 0.6,
    },
    {
      name: 'thanks',
      says: [
        '"Thank you, {friend}!" said {hero}.',
        '{hero} was {glad} and hugged {friend}.',
        '"You are so clever," {hero} said to {friend}.',
        '{hero} gave {friend} {a food} to say thanks.',
      ],
      needs: { 'hero.feels': 'glad' },
      chance: 0.4,
    },
    {
      name: 'use it together',
      says: [
        'After that, they shared the {gear.gear}.',
        'From then on, {hero} and {friend} used the {gear.gear} together.',
        'And {friend} taught {hero} how to mend things.',
        'Since then, {hero} has taken good care of the {gear.gear}.',
      ],
      needs: { 'gear.works': 'yes', 'gear.owner': 'hero' },
    },
  ],
};
