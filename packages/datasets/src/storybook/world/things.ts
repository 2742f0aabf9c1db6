import { records, words, type Table } from '../grammar/table.js';

/** Small enough to carry, lose, give and lend. */
export const toys: Table = words('toy',
  'kite, ball, doll, drum, whistle, marble, scarf, hat, cap, book, ring, bell, key, lantern, puppet, boat, train, truck, puzzle, box, ' +
  'basket, ribbon, button, coin, shell, stone, feather, flute, horn, teapot, cup, spoon, mug, blanket, pillow, robot, rocket, crown, ' +
  'mask, cape, belt, glove, mitten, bag, purse, pouch, locket, bracelet, necklace, brush, comb, pencil, crayon, notebook, map, compass, ' +
  'telescope, umbrella, fan, clock, watch, mirror, bottle, jar, bucket, shovel, rope, net, hoop, card, stamp, photo, picture, badge, ' +
  'medal, flag, magnet, bead, brooch, pebble, trumpet, fiddle, bonnet, sweater, slipper, wand, trophy');

export const toyLooks: Table = words('look',
  'red, blue, green, yellow, purple, orange, pink, white, black, brown, gray, golden, silver, old, new, tiny, little, big, small, shiny, ' +
  'pretty, striped, spotted, lucky, painted, fancy, plain, handmade, crimson, violet');

export const foods: Table = words('food',
  'cake, pie, bun, cookie, muffin, pancake, waffle, sandwich, apple, pear, peach, plum, banana, melon, pretzel, biscuit, tart, pudding, ' +
  'pizza, dumpling, carrot, turnip, roll, bagel, doughnut, brownie, scone, coconut, mango, pastry, cupcake, omelet, potato, ' +
  'loaf of bread, bowl of soup, jar of honey, bag of nuts, box of berries, basket of cherries, piece of cheese, bunch of grapes, ' +
  'bar of chocolate, plate of noodles');

export const foodLooks: Table = words('taste',
  'sweet, fresh, tasty, big, little, lovely, yummy, delicious, good, fine, huge, small, nice, special, wonderful');

export const gear: Table = records('gear', ['gear', 'part', 'tool', 'mended'], [
  'kite / tail / some strong thread / sewed on a new tail',
  'wagon / wheel / a hammer / put on a new wheel',
  'sailboat / sail / a needle / stitched up the sail',
  'chair / leg / some glue / glued the leg in place',
  'swing / seat / a plank / nailed on a new seat',
  'bike / chain / a can of oil / fixed the rusty chain',
  'sled / runner / a screwdriver / screwed on a new runner',
  'basket / handle / some reeds / wove a new handle',
  'fiddle / string / a spare string / tightened the new string',
  'ladder / rung / a saw / cut a new rung',
  'gate / hinge / a wrench / bolted on a new hinge',
  'birdhouse / roof / a box of nails / hammered the roof flat',
  'tent / pole / some tape / taped the pole together',
  'puppet / arm / a ball of yarn / tied the arm back on',
  'raft / mast / a long rope / lashed the mast upright',
  'backpack / strap / a leather patch / patched the strap',
  'teapot / spout / some putty / sealed the spout',
  'lantern / glass / a clean jar / swapped the glass',
  'bookcase / shelf / a level board / fitted a new shelf',
  'rake / teeth / some wire / bent the teeth straight',
  'clock / spring / a tiny pair of pliers / wound a new spring',
  'drum / rim / a wide band / wrapped the rim tight',
  'curtain / hem / a pin cushion / pinned and sewed the hem',
  'mailbox / lid / a metal clip / clipped the lid on',
]);

export const gearLooks: Table = words('make',
  'old, new, red, blue, green, wooden, favorite, big, little, rusty, painted, trusty, faded, handy, sturdy');

export const builds: Table = records('builds', ['build', 'from', 'trouble'], [
  'tree house / old boards / the floor was crooked',
  'raft / thick logs / the logs rolled apart',
  'fort / pillows / the roof sagged',
  'snowman / packed snow / the head rolled off',
  'sandcastle / wet sand / the walls crumbled',
  'scarecrow / straw / the hat slid down',
  'bridge / flat stones / the middle sank',
  'dam / sticks and mud / the water leaked out',
  'igloo / ice blocks / the door caved in',
  'tower / bricks / the top wobbled',
  'bench / planks / one side tipped over',
  'maze / hay bales / the path was blocked',
  'hut / branches / the wind blew it flat',
  'slide / smooth boards / the bottom split',
  'bird feeder / pine cones / the string snapped',
  'bonfire / dry twigs / the pile fell down',
  'playhouse / cardboard / the corners bent',
  'wall / clay / the edges cracked',
]);

export const decorations: Table = words('decoration',
  'paper stars, balloons, ribbons, lanterns, flowers, flags, bells, garlands, candles, streamers, leaves, daisies');

export const plants: Table = records('plants', ['plant', 'yield'], [
  'sunflower / one huge flower', 'bean / long green pods', 'pumpkin / a fat orange pumpkin', 'tomato / ten red tomatoes',
  'pea / sweet peas', 'poppy / bright red petals', 'tulip / a tall pink bloom', 'daisy / white and yellow petals', 'melon / a round melon',
  'pepper / hot little peppers', 'cabbage / a giant cabbage', 'radish / crisp radishes', 'strawberry / juicy strawberries',
  'marigold / orange blossoms', 'cucumber / six cucumbers', 'lavender / purple blossoms', 'corn / golden ears of corn',
  'squash / a yellow squash', 'beet / dark red beets', 'clover / a lucky leaf',
]);

export const dishes: Table = records('dishes', ['dish', 'need'], [
  'onion soup / onions', 'apple pie / apples', 'berry jam / berries', 'bean stew / beans', 'tomato salad / tomatoes',
  'oat porridge / oats', 'rice pudding / milk', 'cheese toast / cheese', 'honey cake / honey', 'lemon tea / lemons', 'pancakes / eggs',
  'bread / flour', 'waffles / syrup', 'carrot stew / carrots', 'mushroom pie / mushrooms', 'nut cookies / walnuts', 'plum tarts / plums',
  'garlic noodles / garlic', 'popcorn / butter', 'pumpkin soup / pumpkins', 'cocoa / sugar', 'cherry buns / cherries',
]);

export const messes: Table = records('messes', ['did', 'amends'], [
  'broke the blue vase / glued the vase together', 'spilled the milk / mopped the floor', 'tore the curtain / stitched the curtain',
  'dropped the eggs / gathered fresh eggs', 'knocked over the paint / scrubbed the wall', 'cracked the mirror / saved up for a mirror',
  'burned the toast / made fresh toast', 'let the hens out / caught all the hens', 'ate the last bun / baked new buns',
  'left the gate open / locked the gate', 'stepped on the tulips / planted new tulips', 'chipped the teapot / glued the teapot',
  'scratched the table / waxed the table', 'muddied the carpet / beat the carpet clean', 'tangled the yarn / wound the yarn neatly',
  'dented the kettle / hammered the kettle smooth', 'soaked the newspaper / dried the newspaper', 'snapped the broom / carved a new broom',
  'lost the spare key / made a spare key', 'tipped over the ink / wiped up the ink',
]);

export const colors: Table = words('color',
  'red, blue, green, yellow, purple, orange, pink, white, golden, silver, gray, brown, bright, pretty, plain, flowered');
export const lamps: Table = words('lamp', 'lamp, candle, torch, lantern, broom, big spoon, pillow, ladle');
