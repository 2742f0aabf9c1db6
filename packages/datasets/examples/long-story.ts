import { checkLongStory, longStorybook } from '@palimpsest/datasets';

const { text, recalled } = longStorybook(175, { chapters: 3 });
console.log(text);
for (const { start, end, fact, toldLast } of recalled) console.log(`${fact} -> ${text.slice(start, end)}, told ${start - toldLast} characters before`);

const home = recalled.find(({ fact }) => fact.endsWith('home'))!;
const { score, memory } = checkLongStory(`${text.slice(0, home.start)}by the sea${text.slice(home.end)}`);
console.log(checkLongStory(text).score, score, memory.problems[0]?.problem);
