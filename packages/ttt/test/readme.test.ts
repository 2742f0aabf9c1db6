import { readFileSync } from 'node:fs';
import { causal } from '@palimpsest/backbone';
import { openBackbone } from '@palimpsest/runtime';
import { expect, test, vi } from 'vitest';
import { initialWeights, tokens } from './tiny-models.js';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the README shows the example and what it prints', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import('../examples/mixed.js');
  const printed = log.mock.calls.map((line) => line.join(' ')).join('\n');
  log.mockRestore();
  expect(textOf('../README.md')).toContain(`\`\`\`ts\n${textOf('../examples/mixed.ts')}\`\`\`\n\n\`\`\`text\n${printed}\n\`\`\``);
});

test('docs/layers/ttt.md shows the same example', () => {
  expect(textOf('../../../docs/layers/ttt.md')).toContain(`\`\`\`ts\n${textOf('../examples/mixed.ts')}\`\`\``);
});

test('the example runs: at once as one by one', async () => {
  const { mixed } = await import('../examples/mixed.js');
  const model = mixed(causal);
  await using backbone = await openBackbone({ definition: model, vocabulary: { size: 99 }, weights: initialWeights(model, 3), threads: 1, thread: 'own' });
  const text = tokens(35, 6);
  await using whole = await backbone.open();
  await using single = await backbone.open();
  const { logits } = await whole.score(text, { give: 'logits' });
  for (const [t, token] of text.entries()) {
    const { logits: row } = await single.append!(Int32Array.of(token), { give: 'logits' });
    expect(row.reduce((largest, value, i) => Math.max(largest, Math.abs(value - logits[99 * t + i]!)), 0)).toBeLessThan(1e-5);
  }
});
