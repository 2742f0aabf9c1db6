import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the README shows the example and what it prints', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('../examples/blocks.js');
  const printed = log.mock.calls.map((line) => line.join(' ')).join('\n');
  log.mockRestore();
  expect(textOf('../README.md')).toContain(`\`\`\`ts\n${textOf('../examples/blocks.ts')}\`\`\`\n\n\`\`\`text\n${printed}\n\`\`\``);
});
