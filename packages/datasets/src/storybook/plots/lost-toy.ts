import type { PlotPlan } from '../grammar/plot.js';
import { meetHero } from './beginnings.js';

export const lostToy: PlotPlan = {
  name: 'lost toy',
  steps: [
    meetHero,
    {
      name: 'own a toy',
      says: [
        '{hero~} had {a toy} and took it everywhere.',
        '{hero~} loved nothing more than {hero.his} {toy}.',
        '{hero~} had {a toy} that {hero.he} loved very much.',
        '{hero~his} favorite thing was {a toy}.',
      ],
      sets: { 'toy.owner': 'hero', 'toy.at': 'hero' },
    },
    {
      name: 'play outside',
      says: [
        'One {time}, {hero~} took it to {place.place}.',
        'One {time}, {hero~} played with it {place.at}.',
        '{hero~} carried it to {place.place} one {time}.',
      ],
      needs: { 'toy.at': 'hero' },
      chance: 0.5,
    },
    {
      name: 'leave the toy',
      says: [
        '{hero~} left the {toy.toy} {spot} and forgot it.',
        '{hero~} put the {toy.toy} down {spot} and ran to play.',
        '{hero~} stopped to rest and left the {toy.toy} {spot}.',
        '{hero~} dropped the {toy.toy} {spot} and did not see it.',
      ],
      needs: { 'toy.at': 'hero' },
      sets: { 'toy.at': 'spot' },
    },
    {
      name: 'miss the toy',
      says: [
        'At bedtime, {hero~} saw that the {toy.toy} was gone.',
        '"Where is my {toy.toy}?" cried {hero}.',
        'Later, {hero~} could not find the {toy.toy}.',
        '"Oh no, I lost my {toy.toy}!" said {hero}.',
      ],
      needs: { 'toy.at': 'spot' },
      sets: { 'hero.feels': 'sad' },
    },
    {
      name: 'feel sad',
      says: [
        '{hero~} felt {sad} and began to cry.',
        '{hero~} was very {sad}.',
        '{hero~} sat down and felt {sad}.',
        'Without it, {hero~} felt {sad}.',
      ],
      needs: { 'hero.feels': 'sad' },
      chance: 0.25,
    },
    {
      name: 'look in the wrong place',
      says: [
        '{hero~} looked {wrong}, but it was not there.',
        'First, {hero~} looked {wrong}, but found nothing.',
        '{hero~} searched {wrong}, but saw only dust.',
      ],
      needs: { 'toy.at': 'spot' },
      chance: 0.5,
    },
    {
      name: 'get help',
      says: [
        'Then {a friend.looks} named {friend} came to help.',
        '{a friend.looks} named {friend} heard and came to help.',
        'Just then, {a friend.looks} named {friend} came by.',
        '"I will help you," said {friend}, {a friend.looks}.',
      ],
      needs: { 'hero.feels': 'sad' },
    },
    {
      name: 'find the toy',
      says: [
        '{friend~} looked {spot} and found the {toy.toy}!',
        '{friend~} looked {spot}, and there was the {toy}!',
        '"Look, it is {spot}!" called {friend}.',
        '{friend~} saw something {toy.look} {spot}.',
      ],
      needs: { 'toy.at': 'spot' },
      sets: { 'toy.at': 'friend' },
    },
    {
      name: 'get the toy back',
      says: [
        '"Here is your {toy.toy}," said {friend}.',
        '{friend~} gave the {toy.toy} back to {hero}.',
        '{friend~} ran to {hero} with the {toy.toy}.',
        '{hero} held {hero.his} {toy} tight.',
      ],
      needs: { 'toy.at': 'friend', 'toy.owner': 'hero' },
      sets: { 'toy.at': 'hero', 'hero.feels': 'glad' },
    },
    {
      name: 'thank the friend',
      says: [
        '"Thank you, {friend}!" said {hero}.',
        '{hero} hugged {friend} and danced around.',
        '"You are a true friend," said {hero}.',
        '{hero} thanked {friend} again and again.',
      ],
      needs: { 'hero.feels': 'glad' },
      chance: 0.3,
    },
    {
      name: 'never lose it again',
      says: [
        '{hero} was {glad} and never left the {toy.toy} behind again.',
        'From that day on, {hero} took good care of the {toy.toy}.',
        'That night, {hero} fell asleep with the {toy.toy} close by.',
        '{hero} felt {glad}, and {friend} smiled too.',
        'Now {hero} and {friend} play with the {toy.toy} every day.',
      ],
      needs: { 'toy.at': 'hero', 'hero.feels': 'glad' },
    },
  ],
};
