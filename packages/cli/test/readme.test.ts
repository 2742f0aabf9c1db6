import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storybook } from '@palimpsest/datasets';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { palimpsest } from './command.js';
import { removeFolder, temporaryFolder, writeTinyModels, writeTinyTtt } from './tiny-models.js';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = textOf('../README.md');
const [, shown = ''] = /```sh\n([^]*?)```/.exec(readme) ?? [];

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeTinyModels(folder);
  await writeTinyTtt(folder);
  await writeFile(join(folder, 'notes.txt'), Array.from({ length: 60 }, (_, index) => storybook(index).text).join('\n'));
  const recipe = JSON.parse(textOf('../../models/recipes/quick.json')) as Record<string, unknown> & { readonly model: object };
  const model = { ...recipe.model, width: 12, layers: 1, heads: 3, keyHeads: 1, headSize: 4, hidden: 14 };
  await writeFile(join(folder, 'quick.json'), JSON.stringify({ ...recipe, model, tokenizer: { vocabularySize: 300, documents: 20 }, steps: 2, warmupSteps: 0, decaySteps: 0, rows: 2 }));
});
afterAll(() => removeFolder(folder));

/** The words of a command line, with tiny models and a tiny recipe in place of those that come with an installation. */
function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!).slice(1);
  const stands: Readonly<Record<string, string>> = {
    'storybook-ar': 'tiny-ar', 'storybook-mdlm': 'tiny-mdlm', 'storybook-ttt-linear': 'tiny-ttt', 'notes.txt': 'notes.txt', 'story.txt': 'notes.txt', 'runs/notes': 'runs/notes',
  };
  const placed = words.map((word) => (Object.hasOwn(stands, word) ? join(folder, stands[word]!) : word));
  if (placed[0] === 'train') return ['train', join(folder, 'quick.json'), ...placed.slice(1)];
  if (placed[0] === 'models') return [...placed, folder];
  if (placed[0] === 'evaluate') return [...placed.filter((word) => word !== '128,16'), '20,4', '--length', '20', '--texts', '2'];
  if (placed[0] === 'inspect') return [...placed, '--length', '60'];
  return [...placed, '--tokens', '32'];
}

describe('README', () => {
  test.each(shown.trim().split('\n'))('%s', async (line) => {
    const { code, output, errors } = await palimpsest(wordsOf(line));
    expect([code, errors.includes('expected')]).toEqual([0, false]);
    expect(output.length).toBeGreaterThan(20);
  });

  test('shows the example and what it prints', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await import('../examples/run.js');
    const printed = log.mock.calls.map((line) => line.join(' ')).join('\n');
    log.mockRestore();
    expect(readme).toContain(`\`\`\`ts\n${textOf('../examples/run.ts')}\`\`\`\n\n\`\`\`text\n${printed}\n\`\`\``);
  });

  test('names every command, and every key of a recipe', async () => {
    const { output } = await palimpsest(['--help']);
    for (const [, command] of output.matchAll(/^ {2}(generate|compare|models|train|evaluate) /gm)) expect(readme).toContain(`| \`${command} `);
    for (const key of Object.keys(JSON.parse(textOf('../../models/recipes/storybook-mdlm.json')) as object)) expect(readme).toContain(`\`${key}\``);
  });
});
