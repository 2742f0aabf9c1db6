export { storybook } from './storybook/generator/storybook.js';
export type { Story } from './storybook/generator/storybook.js';
export { checkStory } from './storybook/checker/check-story.js';
export type { PartReport, StoryProblem, StoryReport } from './storybook/checker/check-story.js';
