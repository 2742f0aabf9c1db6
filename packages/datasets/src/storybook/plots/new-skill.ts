import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const newSkill: PlotPlan = {
  name: 'new skill',
  steps: [
    meetHero,
    {
      name: 'wish',
      says: [
        '{hero~} wanted to learn how to {skill}.',
        'More than anything, {hero~} wanted to {skill}.',
        '{hero~} could not {skill}, but {hero.he} wanted to.',
        '{hero~} dreamed of {skill.doing}.',
      ],
      sets: { skill: 'wished' },
    },
    {
      name: 'fail',
      says: [
        'One {time}, {hero~} tried, but it went wrong.',
        '{hero~} tried {skill.doing} {place.at}, but it did not work.',
        '{hero~} tried three times and failed three times.',
        'The first time, {hero~} made many mistakes.',
      ],
      needs: { skill: 'wished' },
      sets: { 'hero.feels': 'sad' },
    },
    {
      name: 'despair',
      says: [
        '"I will never learn it," said {hero}.',
        '{hero~} felt {sad} and sat down.',
        '{hero~} was {sad} and wanted to give up.',
        '"It is too hard!" cried {hero}.',
      ],
      needs: { 'hero.feels': 'sad' },
      chance: 0.6,
    },
    {
      name: 'meet a teacher',
      says: [
        '{a friend.looks} named {friend} saw this.',
        'Then {a friend.looks} named {friend} sat down next to {hero}.',
        '{friend}, {a friend.looks}, was good at {skill.doing}.',
        'Nearby was {friend}, {a friend.looks} who could {skill}.',
      ],
      needs: { 'hero.feels': 'sad' },
    },
    {
      name: 'offer',
      says: [
        '"I can teach you," said {friend}.',
        '"I could not {skill} at first," said {friend}.',
        '"Do not give up, {hero}," said {friend}.',
        '{friend~} wanted to help {hero} learn.',
      ],
      needs: { 'hero.feels': 'sad' },
      sets: { 'hero.feels': 'hopeful' },
      chance: 0.4,
    },
    {
      name: 'tip',
      says: [
        '"You must {skill.tip}," said {friend}.',
        '"The trick is to {skill.tip}," {friend} said.',
        '{friend~} showed {hero} how to {skill.tip}.',
        '"Just {skill.tip}," said {friend}.',
      ],
      needs: { skill: 'wished' },
      sets: { skill: 'taught' },
    },
    {
      name: 'practice',
      says: [
        '{hero} practiced every day for a week.',
        'Every morning, {hero} practiced {skill.doing}.',
        'Day after day, {hero} tried again.',
        '{hero} worked hard and did not stop.',
      ],
      needs: { skill: 'taught' },
      sets: { skill: 'practiced' },
    },
    {
      name: 'recall the tip',
      says: [
        '"{skill.tip}," {hero~} told {hero.himself}.',
        '{hero~} remembered to {skill.tip}.',
        'Each time, {hero~} tried to {skill.tip}.',
      ],
      needs: { skill: 'practiced' },
      chance: 0.3,
    },
    {
      name: 'succeed',
      says: [
        'Then one day, {hero~} could {skill}!',
        'At last, {hero~} was able to {skill}.',
        '"Look, I can {skill}!" shouted {hero}.',
        'And suddenly {hero~} knew how to {skill}.',
      ],
      needs: { skill: 'practiced' },
      sets: { skill: 'learned', 'hero.feels': 'glad' },
    },
    {
      name: 'cheer',
      says: [
        '{friend} clapped and cheered.',
        '"I knew you could do it," said {friend}.',
        '"Well done!" said {friend}.',
        '{hero} felt {glad} and thanked {friend}.',
      ],
      needs: { skill: 'learned' },
      chance: 0.4,
    },
    {
      name: 'skill for life',
      says: [
        'Now {hero} and {friend} love {skill.doing} together.',
        'After that, {hero} taught others how to {skill}.',
        'From then on, {hero} and {friend} spent every day {skill.doing}.',
        '{hero} was {glad}, and {friend} was proud too.',
      ],
      needs: { skill: 'learned', 'hero.feels': 'glad' },
    },
  ],
};
