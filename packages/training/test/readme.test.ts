import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the README shows the example, which learns its line', async () => {
  expect(textOf('../README.md')).toContain(`\`\`\`ts\n${textOf('../examples/learn-a-line.ts')}\`\`\``);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('../examples/learn-a-line.js');
  const losses = log.mock.calls.map(([line]) => Number(/loss (.+)$/.exec(String(line))![1]));
  log.mockRestore();
  expect(losses).toHaveLength(2);
  expect(losses[0]).toBeGreaterThan(4); // about ln 256 of bytes at random
  expect(losses[1]).toBeLessThan(1.6); // single bytes of this line have an entropy of 2.6 nats
});
