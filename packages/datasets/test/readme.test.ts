import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test, vi } from 'vitest';
import { measureStorybook } from '@palimpsest/datasets';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test.each(['story', 'long-story', 'recall'])('the README shows the example %s and what it prints', async (name) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import(`../examples/${name}.ts`);
  const printed = log.mock.calls.map((line) => line.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ')).join('\n');
  log.mockRestore();
  expect(textOf('../README.md')).toContain(`\`\`\`ts\n${textOf(`../examples/${name}.ts`)}\`\`\`\n\n\`\`\`text\n${printed}\n\`\`\``);
});

test('the numbers in the README hold for a sample', () => {
  const numbers = new Map([...textOf('../README.md').matchAll(/^\| ([a-z][^|]*?) \| ([\d,.]+)/gm)].map(([, name, value]) => [name, Number(value?.replaceAll(',', ''))]));
  const sample = measureStorybook(400_000, 2500);
  // Four standard deviations of a sample's mean: sentences 0.07, words 0.8, nats 0.8.
  expect(Math.abs(sample.sentencesPerStory - numbers.get('sentences per story')!)).toBeLessThan(0.07);
  expect(Math.abs(sample.wordsPerStory - numbers.get('words per story')!)).toBeLessThan(0.8);
  expect(Math.abs(sample.entropyPerStory - numbers.get('entropy per story, nats')!)).toBeLessThan(0.8);
  expect(sample.distinctWords).toBeLessThanOrEqual(numbers.get('distinct words')!);
  expect(sample.distinctWords).toBeGreaterThan(0.97 * numbers.get('distinct words')!);
  expect(sample.plots.length).toBe(numbers.get('plots'));
});
