import type { PlotPlan } from '../grammar/plot.js';
import { birthdayGift } from './birthday-gift.js';
import { borrowedToy } from './borrowed-toy.js';
import { brokenGear } from './broken-gear.js';
import { builtTogether } from './built-together.js';
import { fairRace } from './fair-race.js';
import { fairTrade } from './fair-trade.js';
import { helpingUp } from './helping-up.js';
import { keptPromise } from './kept-promise.js';
import { lostToy } from './lost-toy.js';
import { missingIngredient } from './missing-ingredient.js';
import { newNeighbor } from './new-neighbor.js';
import { newSkill } from './new-skill.js';
import { nightNoise } from './night-noise.js';
import { plantedSeed } from './planted-seed.js';
import { sharedMeal } from './shared-meal.js';
import { smallRescue } from './small-rescue.js';
import { stormShelter } from './storm-shelter.js';
import { surpriseParty } from './surprise-party.js';
import { toldSecret } from './told-secret.js';
import { toldTruth } from './told-truth.js';

/** A new plot is one file and one line here. Seeds pick by position, so a new plot changes every story. */
export const plotPlans: readonly PlotPlan[] = [
  lostToy, birthdayGift, stormShelter, keptPromise, borrowedToy, fairRace, newSkill, sharedMeal, helpingUp, surpriseParty,
  brokenGear, toldSecret, nightNoise, plantedSeed, smallRescue, missingIngredient, toldTruth, fairTrade, newNeighbor, builtTogether,
];
