import type { Role, Table } from '../grammar/table.js';
import { creatures, games, jobs, noises, secrets, skills } from './doings.js';
import { bodies, elders, glad, homes, kinds, names, sad, scared, traits } from './people.js';
import { dayLooks, days, goals, places, shelters, sides, spots, storms } from './places.js';
import { builds, colors, decorations, dishes, foodLooks, foods, gear, gearLooks, lamps, messes, plants, toyLooks, toys } from './things.js';

const character: Role = { facets: [names, kinds, traits], forms: { '': ['name'], looks: ['trait', 'kind'] }, person: true };
const elder: Role = { facets: [elders], forms: { '': ['elder'] }, person: true };
const thing = (...facets: readonly Table[]): Role => ({ facets, forms: { '': facets.flatMap((facet) => facet.columns.slice(0, 1)) }, person: false });

/** Every slot that a sentence can have. Roles that share a table stand for different rows of it within one story. */
export const roles: Readonly<Record<string, Role>> = {
  hero: character,
  friend: character,
  elder,
  home: thing(homes),
  time: thing(dayLooks, days),
  toy: thing(toyLooks, toys),
  trinket: thing(toyLooks, toys),
  food: thing(foodLooks, foods),
  gear: thing(gearLooks, gear),
  build: thing(builds),
  decoration: thing(decorations),
  plant: thing(plants),
  dish: thing(dishes),
  mess: thing(messes),
  color: thing(colors),
  lamp: thing(lamps),
  place: thing(places),
  spot: thing(sides, spots),
  wrong: thing(sides, spots),
  shelter: thing(shelters),
  goal: thing(goals),
  storm: thing(storms),
  skill: thing(skills),
  job: thing(jobs),
  game: thing(games),
  secret: thing(secrets),
  noise: thing(noises),
  creature: thing(creatures),
  body: thing(bodies),
  glad: thing(glad),
  sad: thing(sad),
  scared: thing(scared),
};
