import type { PlotPlan } from '../grammar/plot.js';
import { meetFriend, meetHero } from './beginnings.js';

export const fairTrade: PlotPlan = {
  name: 'fair trade',
  steps: [
    meetHero,
    meetFriend,
    {
      name: 'hero owns',
      says: ['{hero} had {a toy}.', '{hero} owned {a toy}.', '{hero} always carried {a toy}.'],
      sets: { 'toy.owner': 'hero' },
    },
    {
      name: 'friend owns',
      says: ['{friend} had {a trinket}.', '{friend} owned {a trinket}.', 'And {friend} had {a trinket}.'],
      sets: { 'trinket.owner': 'friend' },
    },
    {
      name: 'envy',
      says: [
        '{hero} liked the {trinket.toy} more than anything.',
        '{hero} looked at the {trinket} and sighed.',
        '"I wish I had {a trinket.toy}," said {hero}.',
        '{hero} dreamed of having {a trinket.toy}.',
      ],
      needs: { 'trinket.owner': 'friend' },
    },
    {
      name: 'envy back',
      says: [
        'And {friend} liked the {toy.toy} just as much.',
        '{friend} could not stop looking at the {toy.toy}.',
        '"And I wish I had {a toy.toy}," said {friend}.',
      ],
      needs: { 'toy.owner': 'hero' },
      chance: 0.4,
    },
    {
      name: 'offer',
      says: [
        '"Shall we trade?" asked {hero}.',
        'One {time}, {hero} had an idea and asked to trade.',
        '"I will give you my {toy.toy} for your {trinket.toy}," said {hero}.',
        'One {time}, {hero} met {friend} {place.at} to make a trade.',
      ],
      needs: { 'toy.owner': 'hero', 'trinket.owner': 'friend' },
      sets: { trade: 'offered' },
    },
    {
      name: 'agree',
      says: [
        '"That is fair," said {friend}.',
        '{friend} thought about it and said yes.',
        '"Yes, let us trade!" said {friend}.',
      ],
      needs: { trade: 'offered' },
      chance: 0.4,
    },
    {
      name: 'hero gives',
      says: [
        '{hero} gave the {toy.toy} to {friend}.',
        '{hero} handed {friend} the {toy}.',
        'So {friend} got the {toy} from {hero}.',
      ],
      needs: { trade: 'offered', 'toy.owner': 'hero' },
      sets: { 'toy.owner': 'friend' },
    },
    {
      name: 'friend gives',
      says: [
        '{friend} gave the {trinket.toy} to {hero}.',
        '{friend} handed {hero} the {trinket}.',
        'And {hero} got the {trinket} from {friend}.',
      ],
      needs: { trade: 'offered', 'trinket.owner': 'friend' },
      sets: { 'trinket.owner': 'hero' },
    },
    {
      name: 'joy',
      says: [
        'Both were {glad} after the trade.',
        '"This is the best trade ever!" said {friend}.',
        '{hero} was {glad}, and so was {friend}.',
      ],
      needs: { 'toy.owner': 'friend', 'trinket.owner': 'hero' },
      chance: 0.3,
    },
    {
      name: 'play with both',
      says: [
        'Now {hero} plays with the {trinket.toy}, and {friend} has the {toy.toy}.',
        'They played with the {toy.toy} and the {trinket.toy} all day.',
        '{hero} went home with the {trinket.toy} and a smile.',
        'That night, {friend} slept beside {friend.his} new {toy.toy}.',
      ],
      needs: { 'toy.owner': 'friend', 'trinket.owner': 'hero' },
    },
  ],
};
