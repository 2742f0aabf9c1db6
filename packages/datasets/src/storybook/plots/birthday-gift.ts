import type { PlotPlan } from '../grammar/plot.js';
import { meetFriend, meetHero } from './beginnings.js';

export const birthdayGift: PlotPlan = {
  name: 'birthday gift',
  steps: [
    meetHero,
    meetFriend,
    {
      name: 'plan a gift',
      says: [
        'It was {friend}\'s birthday, and {hero} wanted to find a gift.',
        'Soon it would be {friend}\'s birthday.',
        '"Tomorrow is {friend}\'s birthday," thought {hero}.',
        '{hero} wanted to give {friend} something for {friend.his} birthday.',
      ],
      sets: { gift: 'planned' },
    },
    {
      name: 'doubt',
      says: [
        '{hero~} did not know what to choose.',
        '{hero~} had only a little money.',
        '{hero~} thought and thought.',
        '"What would make {friend} happy?" {hero} wondered.',
      ],
      needs: { gift: 'planned' },
      chance: 0.3,
    },
    {
      name: 'find the gift',
      says: [
        'One {time}, {hero~} found {a toy} {place.at}.',
        '{place.at}, {hero~} saw {a toy}.',
        '{hero~} went to {place.place} and bought {a toy}.',
        'One {time}, {hero~} made {a toy}.',
      ],
      needs: { gift: 'planned' },
      sets: { 'toy.owner': 'hero', 'toy.at': 'hero' },
    },
    {
      name: 'wrap the gift',
      says: [
        '{hero~} wrapped the {toy.toy} in {color} paper.',
        '{hero~} put the {toy.toy} in a box with {a color} bow.',
        '{hero~} tied {a color} ribbon around the {toy.toy}.',
        '{hero~} hid the {toy.toy} under {a color} cloth.',
      ],
      needs: { 'toy.owner': 'hero' },
      chance: 0.6,
    },
    {
      name: 'bring the gift',
      says: [
        'Then {hero~} ran to {friend}\'s house.',
        '{hero~} knocked on {friend}\'s door.',
        'At the party, {hero~} walked up to {friend}.',
        '{hero~} could not wait to see {friend}.',
      ],
      needs: { 'toy.at': 'hero' },
      chance: 0.4,
    },
    {
      name: 'give the gift',
      says: [
        '"Happy birthday, {friend}!" said {hero}.',
        '"This is for you," said {hero}.',
        '{hero~} gave the gift to {friend}.',
        '{hero~} held out the gift and smiled.',
      ],
      needs: { 'toy.owner': 'hero' },
      sets: { 'toy.owner': 'friend', 'toy.at': 'friend', gift: 'given' },
    },
    {
      name: 'open the gift',
      says: [
        '{friend} opened it and saw the {toy}.',
        '{friend} pulled off the {color} wrapping and found {a toy}.',
        '{friend} looked inside and gasped.',
        '"It is {a toy}!" cried {friend}.',
      ],
      needs: { 'toy.owner': 'friend' },
      sets: { 'friend.feels': 'glad' },
    },
    {
      name: 'love the gift',
      says: [
        '"I love this {toy.toy}," {friend} said.',
        '"It is just what I wanted!" said {friend}.',
        '{friend~} was {glad} and hugged {hero}.',
        '{friend~} had never been so {glad}.',
      ],
      needs: { 'friend.feels': 'glad', 'toy.owner': 'friend' },
      chance: 0.6,
    },
    {
      name: 'enjoy the gift',
      says: [
        'They shared some cake and played with the {toy.toy} all day.',
        'All day long, {friend} carried {friend.his} new {toy.toy} around.',
        'It was the best birthday that {friend} ever had.',
        '{hero} felt warm inside, for giving is a joy.',
        'From then on, {friend} kept the {toy.toy} by {friend.his} bed.',
      ],
      needs: { gift: 'given', 'toy.owner': 'friend' },
    },
  ],
};
