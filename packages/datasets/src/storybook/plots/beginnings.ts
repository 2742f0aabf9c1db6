import type { StepPlan } from '../grammar/plot.js';

export const meetHero: StepPlan = {
  name: 'meet the hero',
  says: [
    'Once there was {a hero.looks} named {hero}.',
    '{hero} was {a hero.looks} who lived {home}.',
    'Once upon a time, {a hero.looks} named {hero} lived {home}.',
    'There was once {a hero.looks} called {hero}.',
    '{a hero.looks} named {hero} lived {home}.',
  ],
};

export const meetFriend: StepPlan = {
  name: 'meet the friend',
  says: [
    '{hero~his} best friend was {a friend.looks} named {friend}.',
    '{hero~} had a friend, {a friend.looks} named {friend}.',
    '{hero~} often played with {a friend.looks} named {friend}.',
    'Next door lived {friend}, {a friend.looks}.',
  ],
};
