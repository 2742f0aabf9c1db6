import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const borrowedToy: PlotPlan = {
  name: 'borrowed toy',
  steps: [
    meetHero,
    {
      name: 'friend owns a toy',
      says: [
        '{hero~his} friend {friend}, {a friend.looks}, had {a toy}.',
        'Next door lived {friend}, {a friend.looks} with {a toy}.',
        '{a friend.looks} named {friend} had {a toy}.',
        '{hero~} had a friend named {friend}, who had {a toy}.',
      ],
      sets: { 'toy.owner': 'friend', 'toy.at': 'friend' },
    },
    {
      name: 'ask',
      says: [
        '"May I borrow your {toy.toy}?" asked {hero}.',
        'One {time}, {hero} asked to borrow the {toy.toy}.',
        '"Can I have the {toy.toy} for a day?" asked {hero}.',
      ],
      needs: { 'toy.at': 'friend' },
    },
    {
      name: 'lend',
      says: [
        '"Yes, but please be careful," said {friend}.',
        '{friend} lent {hero} the {toy.toy}.',
        '"Of course you can," said {friend}.',
        '{friend} let {hero} take the {toy.toy} home.',
      ],
      needs: { 'toy.owner': 'friend', 'toy.at': 'friend' },
      sets: { 'toy.at': 'hero' },
    },
    {
      name: 'misplace',
      says: [
        '{hero} laid the {toy.toy} {spot} and forgot about it.',
        'But {hero} left the {toy.toy} {spot}.',
        '{hero} played {place.at} and dropped the {toy.toy} {spot}.',
        'At home, {hero} set the {toy.toy} {spot}.',
      ],
      needs: { 'toy.at': 'hero' },
      sets: { 'toy.at': 'spot' },
    },
    {
      name: 'notice',
      says: [
        'The next day, {hero~} could not find the {toy.toy}.',
        'When {friend} asked for it, the {toy.toy} was gone.',
        'Soon {hero~} saw that the {toy.toy} was missing.',
      ],
      needs: { 'toy.at': 'spot' },
      sets: { 'hero.feels': 'sad' },
      chance: 0.5,
    },
    {
      name: 'feel bad',
      says: [
        '{hero~} felt {sad} and a little {scared}.',
        '{hero} wanted to hide from {friend}.',
        '{hero~} was {sad}, but {hero.he} told the truth.',
      ],
      needs: { 'toy.at': 'spot' },
      chance: 0.25,
    },
    {
      name: 'apologise',
      says: [
        '"I am sorry, I lost your {toy.toy}," said {hero}.',
        '"I was not careful, and I am sorry," said {hero}.',
        '{hero} went to {friend} and said sorry.',
        '{hero} told {friend} the truth and said sorry.',
      ],
      needs: { 'toy.at': 'spot', 'toy.owner': 'friend' },
      sets: { sorry: 'said' },
    },
    {
      name: 'forgive',
      says: [
        '"It is all right, let us look together," said {friend}.',
        '"Thank you for telling me," said {friend}.',
        '{friend} took a deep breath and forgave {hero}.',
        '"I am not angry," said {friend}.',
      ],
      needs: { sorry: 'said' },
      chance: 0.6,
    },
    {
      name: 'find together',
      says: [
        'They looked everywhere and found it {spot}.',
        'Together they looked {spot}, and there it was!',
        '{hero} and {friend} found the {toy} {spot}.',
        '"I see it {spot}!" cried {hero}.',
      ],
      needs: { 'toy.at': 'spot' },
      sets: { 'toy.at': 'hero' },
    },
    {
      name: 'give it back',
      says: [
        '{hero} gave the {toy.toy} back to {friend}.',
        '{hero} put the {toy.toy} into {friend}\'s bag.',
        '{hero} handed {friend} the {toy}.',
      ],
      needs: { 'toy.at': 'hero', 'toy.owner': 'friend' },
      sets: { 'toy.at': 'friend' },
    },
    {
      name: 'be friends again',
      says: [
        '{friend} was {glad}, and they were still friends.',
        'After that, {hero} was always careful with {friend}\'s things.',
        '{hero} and {friend} laughed and played with the {toy.toy}.',
        '{friend} was {glad} to have the {toy.toy} again.',
      ],
      needs: { 'toy.at': 'friend', sorry: 'said' },
      chance: 0.4,
    },
  ],
};
