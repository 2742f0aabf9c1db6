import { causal } from '@palimpsest/backbone';
import type { ModelDefinition } from '@palimpsest/layers';
import { expect, test } from 'vitest';
import { randomTokens, randomWeights, tinyModel } from '../test/tiny-model.js';
import { openEngine } from './engine.js';
import type { PassRequest } from './engine.js';
import type { GraphName } from './graph-name.js';
import { writeGraph } from './graphs.js';
import { checkWeights } from './weights.js';

/** An answer and the graphs that it took. */
async function answered(definition: ModelDefinition, wholeGraphs: boolean, passes: readonly PassRequest[]): Promise<{ readonly answers: readonly unknown[]; readonly graphs: readonly GraphName[] }> {
  const { storage } = await checkWeights(definition, randomWeights(definition, 7));
  const graphs: GraphName[] = [];
  await using engine = openEngine({ ...definition, session: {}, wholeGraphs }, async (name) => {
    graphs.push(name);
    return writeGraph(definition, storage, name);
  });
  const answers: unknown[] = [];
  for (const pass of passes) answers.push(await engine.run(pass));
  return { answers, graphs };
}

test('a look, trunk and head in one graph, answers bit for bit as both of them apart; passes that append or want two things are no looks', async () => {
  const size = 23;
  const definition = tinyModel(causal, { vocabularySize: size, tiedHead: true });
  const prefix = { contexts: [4, 6], lengths: [0, 0], starts: [0, 0], shifts: [0, 0], tokens: randomTokens(10, size, 1), append: [0, 1], heads: [] };
  const wanted = [0, 4, 5].map((row) => (row * 7) % 6);
  const pass = (reduction: 'logits' | 'top 2' | 'targets' | 'draw' | 'nucleus'): PassRequest => ({
    contexts: [6, 4], lengths: [5, 5], starts: [5, 5], shifts: [0, 0], tokens: randomTokens(6, size, 2), append: [],
    heads: [{
      reduction, rows: Int32Array.from(wanted), ...(reduction === 'targets' && { targets: Int32Array.of(3, 22, 0) }),
      ...((reduction === 'draw' || reduction === 'nucleus') && { draws: { temperatures: [1, 0.5, 2], topPs: [0.9, 0.4, 1], uniforms: [0.1, 0.5, 0.9], banned: [5] } }),
    }],
  });
  const looks = (['logits', 'top 2', 'targets', 'draw', 'nucleus'] as const).map(pass);
  const [two] = [{ ...looks[0]!, heads: [looks[0]!.heads[0]!, looks[1]!.heads[0]!] }];
  const beginning = { ...looks[1]!, lengths: [0, 0], starts: [0, 0] };
  const passes = [prefix, ...looks, two, beginning, { ...looks[2]!, append: [1] }];
  const [whole, apart] = [await answered(definition, true, passes), await answered(definition, false, passes)];
  expect(whole.answers).toEqual(apart.answers);
  expect(apart.graphs).toEqual(['first', 'continued', 'rows logits', 'rows top 2', 'rows targets', 'rows draw', 'rows nucleus']);
  expect(whole.graphs).toEqual([
    'first', 'continued look logits', 'continued look top 2', 'continued look targets', 'continued look draw', 'continued look nucleus',
    'continued', 'rows logits', 'rows top 2', 'first look top 2', 'rows targets',
  ]);
});
