import { checkStory, storybook } from '@palimpsest/datasets';

const story = storybook(535);
console.log(`${story.plot}: ${story.text}`);
console.log(checkStory(story.text).score);

const wrong = story.text.replace('Marta looked near the barrel', 'Marta looked near the stove');
const { score, parts } = checkStory(wrong);
console.log(score, parts.world.problems);
