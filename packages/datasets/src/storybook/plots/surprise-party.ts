import type { PlotPlan } from '../grammar/plot.js';
import { meetFriend, meetHero } from './beginnings.js';

export const surpriseParty: PlotPlan = {
  name: 'surprise party',
  steps: [
    meetHero,
    meetFriend,
    {
      name: 'plan',
      says: [
        '{hero} planned a surprise party for {friend}.',
        '"I will make a surprise for {friend}," thought {hero}.',
        'In secret, {hero} planned a party for {friend}.',
      ],
      sets: { surprise: 'planned' },
    },
    {
      name: 'decorate',
      says: [
        '{hero~} hung up {decoration} {place.at}.',
        '{hero~} put {decoration} all around {place.place}.',
        '{hero~} went to {place.place} and set out {decoration}.',
      ],
      needs: { surprise: 'planned' },
    },
    {
      name: 'be left out',
      says: [
        '"Can we play {game}?" asked {friend}.',
        '{friend} came and wanted to play {game}.',
        '"Come and play {game}!" called {friend}.',
      ],
      needs: { surprise: 'planned' },
    },
    {
      name: 'keep the secret',
      says: [
        '"Not today, I am busy," said {hero}.',
        '{hero} only smiled and said no.',
        '"I cannot tell you why," said {hero}, "but I am busy."',
        '{hero} shook {hero.his} head and ran off.',
      ],
      needs: { surprise: 'planned' },
      sets: { 'friend.feels': 'sad' },
    },
    {
      name: 'feel left out',
      says: [
        '{friend} felt {sad} and walked away.',
        '{friend} was {sad} and thought {hero} did not like {friend.him}.',
        '{friend} went home, alone and {sad}.',
      ],
      needs: { 'friend.feels': 'sad' },
      chance: 0.4,
    },
    {
      name: 'call',
      says: [
        'That evening, {hero} asked {friend} to come to {place.place}.',
        'Later, {friend} got a note to come to {place.place}.',
        'At sunset, {friend} walked past {place.place}.',
      ],
      needs: { surprise: 'planned', 'friend.feels': 'sad' },
      chance: 0.5,
    },
    {
      name: 'surprise',
      says: [
        '"Surprise!" shouted {hero}.',
        '{hero} jumped out and shouted, "Surprise!"',
        '"Surprise, {friend}!" everyone called.',
      ],
      needs: { surprise: 'planned' },
      sets: { surprise: 'told', 'friend.feels': 'glad' },
    },
    {
      name: 'see it',
      says: [
        '{friend} saw the {decoration} and laughed.',
        '{friend} looked at the {decoration} and gasped.',
        'There were {decoration} just for {friend}.',
        '"All these {decoration} are for me?" asked {friend}.',
      ],
      needs: { surprise: 'told' },
    },
    {
      name: 'happy after all',
      says: [
        '{friend} was {glad} and not {sad} any more.',
        'They ate cake and played {game} all night.',
        '"You are the best friend of all," said {friend}.',
        '{friend} hugged {hero} and felt {glad}.',
        'They played {game} under the {decoration} until bedtime.',
      ],
      needs: { surprise: 'told', 'friend.feels': 'glad' },
    },
  ],
};
