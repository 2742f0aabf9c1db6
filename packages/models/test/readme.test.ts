import { readFileSync } from 'node:fs';
import { checkStory } from '@palimpsest/datasets';
import { listModels } from '@palimpsest/models';
import { expect, test, vi } from 'vitest';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test.each(['../README.md', '../../../README.md'])('%s shows the example', (page) => {
  expect(textOf(page)).toContain(`\`\`\`ts\n${textOf('../examples/write-a-story.ts')}\`\`\``);
});

test('which writes a story', async ({ skip }) => {
  const names = (await listModels()).map(({ name }) => name);
  skip(!names.includes('storybook-ar'), 'storybook-ar is not trained yet');
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('../examples/write-a-story.js');
  const printed = String(log.mock.calls[0]?.[0]);
  log.mockRestore();
  expect(checkStory(printed).score).toBeGreaterThan(0.5);
});
