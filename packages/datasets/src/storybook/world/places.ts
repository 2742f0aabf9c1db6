import { records, words, type Table } from '../grammar/table.js';

export const places: Table = records('places', ['at', 'place'], [
  'in the park / the park', 'in the garden / the garden', 'by the river / the river', 'at the beach / the beach',
  'in the meadow / the meadow', 'on the hill / the hill', 'in the forest / the forest', 'by the pond / the pond',
  'at the market / the market', 'in the orchard / the orchard', 'at the farm / the farm', 'in the yard / the yard',
  'by the lake / the lake', 'in the square / the square', 'on the playground / the playground', 'in the valley / the valley',
  'by the fountain / the fountain', 'at the fair / the fair', 'in the field / the field', 'by the windmill / the windmill',
  'at the station / the station', 'near the cave / the cave', 'in the vineyard / the vineyard', 'in the clearing / the clearing',
  'by the creek / the creek', 'on the dock / the dock', 'at the mill / the mill', 'in the courtyard / the courtyard',
  'on the lawn / the lawn', 'by the lighthouse / the lighthouse', 'at the castle / the castle', 'by the waterfall / the waterfall',
  'in the pasture / the pasture', 'on the shore / the shore', 'near the quarry / the quarry', 'at the zoo / the zoo',
  'in the canyon / the canyon', 'by the canal / the canal', 'on the cliff / the cliff', 'in the grove / the grove',
]);

export const sides: Table = words('side', 'under, behind, beside, near');
export const spots: Table = words('spot',
  'the bed, the bench, the chair, the sofa, the table, the shelf, the stove, the ladder, the hedge, the log, the rock, the bush, ' +
  'the oak, the pine, the willow, the barrel, the crate, the cart, the wheelbarrow, the piano, the bathtub, the sink, the porch, ' +
  'the haystack, the flowerpot, the swing, the slide, the desk, the stool, the tree, the maple, the stairs, the dresser, the hammock, ' +
  'the picnic table, the mailbox');

export const shelters: Table = words('shelter',
  'cave, barn, shed, tent, hollow tree, cabin, mill, boathouse, stable, greenhouse, tunnel, hut, tower, cottage, tree house, chapel, ' +
  'lighthouse, station, garage, windmill');

export const goals: Table = words('goal',
  'old oak, bridge, red gate, windmill, big rock, well, pond, tall pine, barn, fountain, stone wall, church, flagpole, last fence, ' +
  'mailbox, crossroads, river bend, lamp post, blue shed, statue, lighthouse, rope swing');

export const storms: Table = records('storms', ['storm', 'began', 'made', 'after'], [
  'rain / rain began to pour / wet / a rainbow',
  'snow / snow began to fall / cold / a white world',
  'hail / hail began to drop / sore / a pile of ice',
  'wind / wind began to howl / chilly / a calm sky',
  'thunder / thunder began to rumble / shaky / a pale moon',
  'sleet / sleet began to sting / numb / a frozen puddle',
  'fog / fog began to roll in / damp / a warm sun',
  'drizzle / drizzle began to drip / soggy / a patch of blue',
  'blizzard / a blizzard began to blow / icy / a field of snow',
  'downpour / a downpour began to drum / soaked / a clear sky',
  'gale / a gale began to roar / breathless / a quiet sky',
  'storm / a storm began to rage / drenched / a golden sun',
]);

export const dayLooks: Table = words('weather',
  'sunny, bright, warm, quiet, clear, mild, golden, fresh, lovely, calm, cool, breezy, fine, cloudy, chilly');
export const days: Table = words('day', 'morning, afternoon, day, evening');
