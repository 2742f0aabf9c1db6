import { records, words, type Table } from '../grammar/table.js';

export const skills: Table = records('skills', ['do', 'doing', 'tip'], [
  'swim / swimming / kick your feet', 'whistle / whistling / blow very softly', 'skate / skating / bend your knees',
  'dance / dancing / listen to the beat', 'juggle / juggling / watch one ball', 'paint / painting / use a thin brush',
  'sing / singing / take a deep breath', 'knit / knitting / count every stitch', 'climb / climbing / test each branch',
  'read / reading / sound out each letter', 'write / writing / hold the pen lightly', 'bake / baking / measure the flour',
  'row / rowing / pull with both oars', 'ride a bike / riding a bike / look straight ahead',
  'fly a kite / flying a kite / run against the wind', 'tie a knot / tying a knot / cross the ends twice',
  'skip rope / skipping rope / jump on your toes', 'catch a ball / catching a ball / keep your eyes open',
  'fish / fishing / sit very still', 'sew / sewing / pull the thread slowly', 'dive / diving / tuck in your chin',
  'draw / drawing / begin with a circle', 'sail / sailing / turn with the breeze', 'float / floating / lie back and relax',
  'skip stones / skipping stones / throw low and flat', 'play chess / playing chess / guard your king',
  'tell jokes / telling jokes / wait before the end', 'play the drum / playing the drum / tap with your foot',
  'spell / spelling / say it in pieces', 'weave / weaving / go over and under', 'ski / skiing / lean to the side',
  'hula hoop / hula hooping / swing in circles', 'bowl / bowling / aim for the middle', 'garden / gardening / loosen the soil first',
]);

export const jobs: Table = records('jobs', ['job', 'done'], [
  'water the plants / watered the plants', 'feed the hens / fed the hens', 'sweep the porch / swept the porch',
  'fetch some water / fetched some water', 'pick the apples / picked the apples', 'wash the dishes / washed the dishes',
  'close the gate / closed the gate', 'mail the letter / mailed the letter', 'gather the eggs / gathered the eggs',
  'stack the wood / stacked the wood', 'rake the leaves / raked the leaves', 'fold the blankets / folded the blankets',
  'set the table / set the table', 'bring the milk / brought the milk', 'clean the barn / cleaned the barn',
  'shell the peas / shelled the peas', 'dust the shelves / dusted the shelves', 'ring the bell / rang the bell',
  'mend the net / mended the net', 'light the lamp / lit the lamp', 'brush the pony / brushed the pony',
  'pull the weeds / pulled the weeds', 'polish the boots / polished the boots', 'count the sheep / counted the sheep',
  'pack the basket / packed the basket', 'dry the cups / dried the cups', 'bake the bread / baked the bread',
  'shut the windows / shut the windows', 'hang the laundry / hung the laundry', 'chop the carrots / chopped the carrots',
]);

export const games: Table = words('game',
  'tag, hide and seek, catch, marbles, chess, leapfrog, checkers, hopscotch, dominoes, soccer, cards, pirates, knights, tennis, spies, ' +
  'explorers, badminton, charades');

export const secrets: Table = records('secrets', ['secret', 'short', 'sight'], [
  'a nest in the old oak / nest / three blue eggs', 'a cave behind the waterfall / cave / shiny crystals',
  'a door in the garden wall / door / a tiny garden', 'a trunk in the attic / trunk / maps and letters',
  'a den under the hill / den / five baby foxes', 'a pool in the woods / pool / silver fish',
  'a tunnel under the castle / tunnel / glowing mushrooms', 'a chest on the beach / chest / pearls and coins',
  'a hut beyond the swamp / hut / a warm stove', 'a well behind the church / well / a hundred wishes',
  'a hole in the fence / hole / a field of poppies', 'a room above the stable / room / painted horses',
  'a path through the thorns / path / wild strawberries', 'a drawer in the desk / drawer / a silver thimble',
  'a lake beyond the hills / lake / white swans', 'a crack in the cliff / crack / sleeping bats',
  'a stump in the meadow / stump / dancing fireflies', 'a shed by the canal / shed / a red canoe',
  'a tower in the forest / tower / a brass telescope', 'a burrow near the creek / burrow / four young rabbits',
]);

export const noises: Table = records('noises', ['noise', 'source'], [
  'a soft tapping / a branch on the window', 'a loud thump / a fallen boot', 'a strange squeak / a rusty hinge',
  'a low hum / a sleepy bee', 'a faint scratching / a hungry mouse', 'a slow creak / the old floor', 'a sharp rattle / a loose shutter',
  'a long moan / the wind in the chimney', 'a quick drip / a leaky tap', 'a deep snore / the neighbor', 'a tiny chirp / a lost cricket',
  'a sudden clang / a dropped pan', 'a gentle swish / the long curtain', 'a dull knock / an acorn on the roof',
  'a thin wail / a lonely owl', 'a funny croak / a fat frog', 'a light flutter / a gray moth', 'a steady tick / a hidden watch',
  'a wild hiss / the boiling kettle', 'a small bump / a rolling pear',
]);

export const creatures: Table = records('creatures', ['creature', 'trouble', 'rescue', 'thanks'], [
  'bird / had fallen from its nest / lifted it back into the nest / sang a short song',
  'bee / was stuck in a web / pulled the web away / buzzed around twice', 'beetle / lay on its back / turned it over / marched away',
  'snail / sat in the middle of the road / carried it to the grass / waved its horns',
  'butterfly / was trapped in a jar / opened the jar / danced in the air', 'crab / was caught in a net / cut the net / snapped its claws',
  'fish / lay in a drying puddle / set it free in the stream / flipped its tail',
  'worm / was lost on dry stones / laid it on soft soil / wiggled down',
  'moth / kept hitting the lamp / put out the lamp / flew to the moon',
  'spider / was sinking in the sink / held out a leaf / spun a fine thread',
  'lizard / had its tail under a rock / rolled the rock away / winked and ran',
  'ant / was drowning in a bucket / saved it with a twig / waved one leg',
  'dove / had string around its foot / untied the string / cooed and took off',
  'chick / could not find the coop / led it to the coop / peeped with joy',
  'gosling / was tangled in the reeds / parted the reeds / paddled in a circle',
  'bat / was lost in bright light / hung a dark cloth / folded its wings',
  'calf / was stuck in the mud / pulled it out with a rope / mooed with joy',
  'ladybug / had a wet wing / blew the wing dry / rested on a daisy',
]);
