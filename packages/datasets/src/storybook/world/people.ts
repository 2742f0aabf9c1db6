import { records, words, type Row, type Table } from '../grammar/table.js';

const she = 'Ada, Amy, Ana, Anya, Ava, Bea, Bella, Beth, Bonnie, Cara, Clara, Cora, Dana, Della, Dora, Edie, Ella, Elsa, Emma, Erin, Etta, Eva, ' +
  'Faye, Fiona, Flora, Freya, Gemma, Gina, Greta, Gwen, Hana, Hattie, Heidi, Helen, Ida, Inga, Isla, Jana, Jane, Jill, Joan, Judy, Julia, Kara, Kate, ' +
  'Kira, Lana, Lara, Lena, Lily, Lola, Lottie, Lucy, Luna, Mabel, Mara, Maria, Marta, Maya, Meg, Mia, Mila, Milly, Mina, Molly, Nadia, Nancy, Nell, ' +
  'Nina, Nora, Olga, Orla, Paula, Peggy, Petra, Pia, Polly, Rita, Rosa, Ruby, Ruth, Sadie, Sally, Sara, Selma, Sofia, Stella, Tara, Tess, Tilly, Tina, ' +
  'Vera, Wanda, Willa, Yara, Zara, Zoe';
const he = 'Abe, Adam, Alan, Alfie, Amos, Andy, Archie, Arlo, Axel, Barney, Ben, Bert, Billy, Bobby, Boris, Bruno, Caleb, Carl, Casper, Clem, Colin, ' +
  'Dan, David, Dexter, Eddie, Edgar, Eli, Emil, Eric, Ernie, Ezra, Felix, Finn, Fred, Gabe, George, Gus, Hank, Hans, Harry, Hector, Henry, Hugo, Igor, ' +
  'Ivan, Jack, Jake, Jasper, Jed, Jim, Joel, Jonas, Karl, Kenny, Kip, Lars, Leo, Leon, Lewis, Liam, Linus, Louis, Luca, Luke, Marco, Martin, Max, Miles, ' +
  'Milo, Monty, Morris, Ned, Nico, Nils, Noah, Oliver, Omar, Oscar, Otis, Otto, Owen, Pablo, Paul, Percy, Pete, Pip, Ralph, Rex, Rory, Rufus, Sam, Seth, ' +
  'Simon, Sven, Ted, Theo, Toby, Tom, Victor, Walter, Yuri, Zack, Zeke';

const female: Row = { he: 'she', him: 'her', his: 'her', himself: 'herself' };
const male: Row = { he: 'he', him: 'him', his: 'his', himself: 'himself' };

const named = (list: string, pronouns: Row): Row[] => list.split(', ').map((name) => ({ name, ...pronouns }));

export const names: Table = {
  name: 'names',
  columns: ['name', 'he', 'him', 'his', 'himself'],
  rows: [...named(she, female), ...named(he, male)],
};

const animals = 'fox, rabbit, bear, mouse, squirrel, hedgehog, badger, otter, beaver, deer, owl, duck, goose, frog, toad, turtle, cat, kitten, puppy, ' +
  'pony, goat, lamb, pig, mole, raccoon, wolf, lion, tiger, panda, koala, penguin, monkey, elephant, hippo, giraffe, zebra, camel, donkey, sparrow, ' +
  'robin, crow, seal, hamster, ferret, moose, weasel, chipmunk, porcupine, llama, kangaroo';

const animalRows: readonly Row[] = animals.split(', ').map((kind) => ({ kind }));

/** Four of ten are children, the others animals. */
export const kinds: Table = {
  name: 'kinds',
  columns: ['kind'],
  rows: [{ kind: 'girl', he: 'she' }, { kind: 'boy', he: 'he' }, ...animalRows],
  weights: [33, 33, ...animalRows.map(() => 1)],
};

export const traits: Table = words('trait',
  'small, brave, kind, shy, gentle, clever, quiet, cheerful, curious, merry, lively, sleepy, proud, honest, patient, little, young, ' +
  'tiny, friendly, careful, bold, bright, calm, busy, funny, jolly, playful, polite, quick, silly, sweet, thoughtful, tidy, wise, witty, ' +
  'dreamy, eager, helpful, hopeful, humble, loyal, nimble, plucky, clumsy, fluffy');

export const elders: Table = {
  name: 'elders',
  columns: ['elder', 'he', 'him', 'his', 'himself'],
  rows: [
    ...['grandmother', 'mother', 'aunt', 'big sister'].map((elder) => ({ elder, ...female })),
    ...['grandfather', 'father', 'uncle', 'big brother'].map((elder) => ({ elder, ...male })),
  ],
};

export const glad: Table = words('glad',
  'happy, glad, proud, merry, joyful, cheerful, pleased, delighted, thrilled, grateful, content, excited');
export const sad: Table = words('sad', 'sad, upset, unhappy, gloomy, lonely, miserable, tearful, glum, downcast, sorrowful');
export const scared: Table = words('scared', 'scared, afraid, frightened, nervous, worried, anxious, uneasy, alarmed');

export const bodies: Table = words('body', 'knee, elbow, foot, leg, nose, ankle, chin, arm, toe, heel, shoulder, ear');

export const homes: Table = records('homes', ['home'], [
  'by the sea', 'near the woods', 'on a green hill', 'in a small red house', 'at the edge of town', 'beside a stream', 'under a big oak',
  'in a stone cottage', 'near an old mill', 'by a quiet lake', 'in a little village', 'above the bakery', 'next to the school',
  'near the harbor', 'at the end of a lane', 'in a blue cabin', 'on a busy farm', 'beside the railway', 'in a tall tower',
  'by the old bridge', 'in a deep valley', 'near the lighthouse', 'on a windy island', 'across from the park', 'beyond the orchard',
  'in a snug hut', 'behind the church', 'on a sunny street', 'in a cozy tent', 'at the foot of a mountain',
]);
