import { readJson } from '@palimpsest/checkpoints';
import type { Tokenizer } from '@palimpsest/tokenizer';
import { describe, expect, test } from 'vitest';
import { findRecipe, recipeNames } from './find-recipe.js';
import { assembleModel, objectiveOf, stagesOf } from './model.js';
import { parseRecipe } from './recipe.js';
import type { Recipe } from './recipe.js';
import type { RecipeTransformer } from './stacks/transformer.js';
import { courseOf } from './run-folder.js';

const recipe: Recipe = {
  title: 'Small', description: 'For a test.', data: 'storybook', tokenizer: { vocabularySize: 300, documents: 20 },
  model: {
    width: 12, layers: 2, heads: 3, keyHeads: 1, headSize: 4, hidden: 14, maximumLength: 40, rotaryTheta: 10_000, normEpsilon: 1e-6, tiedHead: true, queryKeyNorm: true,
    visibility: 'causal', prediction: 'next',
  },
  objective: 'next-token', rows: 6, length: 33, microbatches: 2, steps: 9, warmupSteps: 2, decaySteps: 3,
  optimiser: { matrix: { muon: { learningRate: 0.02 } }, embedding: { adamW: { learningRate: 0.003, beta2: 0.95 } }, vector: { adamW: { learningRate: 0.003 } } },
  clipNorm: 1, averageDecay: 0.99, seed: 1, saveEvery: 5,
};

/** The recipe with the value at a dotted path replaced, or left out where it is undefined. */
function changed(path: string, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(recipe)) as Record<string, unknown>;
  const keys = path.split('.');
  const inner = keys.slice(0, -1).reduce((part, key) => part[key] as Record<string, unknown>, copy);
  if (value === undefined) delete inner[keys.at(-1)!];
  else inner[keys.at(-1)!] = value;
  return copy;
}

describe('recipe', () => {
  test('a whole one is read as it stands', () => {
    expect(parseRecipe('small.json', JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
  });

  test.each(['long-storybook', { longStorybook: { chapters: 40 } }, { text: 'notes.txt', separator: '--' }])('data may be %j', (data) => {
    expect(parseRecipe('small.json', changed('data', data)).data).toEqual(data);
  });

  test.each([
    ['decaySteps', undefined, 'small.json: decaySteps: expected number; got nothing.'],
    ['decayStep', 3, /^small\.json: decayStep: expected a key that is known here: .*; got an unknown one\. Nearest: decaySteps, /],
    ['model.with', 3, /^small\.json: model\.with: .* Nearest: width, /],
    ['optimiser.matrix.muon.learningrate', 3, /^small\.json: optimiser\.matrix\.muon\.learningrate: .* Nearest: learningRate, /],
    ['optimiser.vector', {}, 'small.json: optimiser.vector: expected either adamW or muon, with their settings; got {}.'],
    ['optimiser.vector', { adamW: { learningRate: 1 }, muon: { learningRate: 1 } }, /either adamW or muon/],
    ['steps', 2.5, 'small.json: steps: expected a whole number; got 2.5.'],
    ['steps', 0, 'small.json: steps: expected a number above 0; got 0.'],
    ['warmupSteps', -1, 'small.json: warmupSteps: expected a number of at least 0; got -1.'],
    ['averageDecay', 1, 'small.json: averageDecay: expected a number below 1; got 1.'],
    ['title', '', 'small.json: title: expected a text that is not empty; got "".'],
    ['blockSizeWarmup', [], 'small.json: blockSizeWarmup: expected a list that is not empty; got [].'],
    ['blockSizeWarmup', [{ until: 3, blockSize: 1, upTo: 2 }], 'small.json: blockSizeWarmup.0.upTo: expected a key that is known here: until, blockSize; got an unknown one. Nearest: until, blockSize.'],
    ['model.visibility', { blockCausal: 16, x: 1 }, 'small.json: model.visibility.x: expected a key that is known here: blockCausal; got an unknown one.'],
    ['model.visibility', { blockCausal: 0 }, 'small.json: model.visibility.blockCausal: expected a number above 0; got 0.'],
    ['model.visibility', { blockCausal: 2.5 }, 'small.json: model.visibility: expected "causal", "bidirectional" or { "blockCausal": tokens to a block }; got {"blockCausal":2.5}.'],
    ['data', { text: 'notes.txt', seperator: '--' }, 'small.json: data.seperator: expected a key that is known here: longStorybook, text, separator; got an unknown one. Nearest: separator, '],
    ['tokenizer', { vocabularySize: 300, documents: 20, x: 1 }, 'small.json: tokenizer.x: expected a key that is known here: vocabularySize, documents; got an unknown one.'],
    ['model.visibility', 'sideways', 'small.json: model.visibility: expected "causal", "bidirectional" or { "blockCausal": tokens to a block }; got "sideways".'],
    ['data', { file: 'x' }, /^small\.json: data: expected "storybook", "long-storybook", .* or \{ "text": a file \}/],
    ['data', { longStorybook: { chapter: 3 } }, /^small\.json: data: expected /],
    ['objective', 'diffusion', /^small\.json: objective: expected "next-token", "masked-diffusion" or "block-diffusion"; got "diffusion"/],
    ['microbatches', 4, 'small.json: microbatches: expected a divisor of the 6 rows; got 4.'],
    ['length', 41, "small.json: length: expected 2 to the model's maximumLength, 40; got 41."],
    ['warmupSteps', 7, 'small.json: decaySteps: expected at most the 9 steps together with warmupSteps; got 7 + 3.'],
    ['model.visibility', 'bidirectional', 'small.json: model.visibility: expected "causal", as next-token training needs; got "bidirectional".'],
    ['model.prediction', 'same', 'small.json: model.prediction: expected "next", as next-token training needs; got "same".'],
    ['objective', 'masked-diffusion', 'small.json: model.visibility: expected "bidirectional", as masked diffusion needs; got "causal".'],
    ['objective', 'block-diffusion', 'small.json: model.visibility: expected { "blockCausal": tokens to a block }, as block diffusion needs; got "causal".'],
    ['noise', { least: 0.3, most: 0.8 }, 'small.json: noise: expected nothing, with next-token; got {"least":0.3,"most":0.8}.'],
    ['blockSizeWarmup', [{ until: 3, blockSize: 1 }], 'small.json: blockSizeWarmup: expected nothing, with next-token; got [{"until":3,"blockSize":1}].'],
    ['activeBlock', { blockSize: 8, share: 0.5 }, 'small.json: activeBlock: expected nothing, with next-token; got {"blockSize":8,"share":0.5}.'],
    ['sampling', { temperature: -1 }, 'small.json: sampling: expected an object of temperature, topP, topK, blockLength, policy, secondLook, as in { "temperature": 1, "policy": "confidence-threshold=0.9" }; got {"temperature":-1}.'],
    ['sampling', { blockLength: 40 }, 'small.json: sampling.blockLength: expected less than the 33 tokens of a row, of which the first is given; got 40.'],
    ['activeBlock', { blockSize: 8, share: 2 }, 'small.json: activeBlock.share: expected a number of at most 1; got 2.'],
  ])('%s %j', (path, value, sentence) => {
    expect(() => parseRecipe('small.json', changed(path, value))).toThrow(sentence);
  });

  test('masked diffusion in active blocks is read as it stands, and becomes an objective of them', () => {
    const active: Recipe = { ...recipe, objective: 'masked-diffusion', activeBlock: { blockSize: 2, share: 1 }, model: { ...recipe.model, visibility: 'bidirectional' } };
    expect(parseRecipe('small.json', JSON.parse(JSON.stringify(active)))).toEqual(active);
    const rows = { rows: 1, length: 9, tokens: Int32Array.from({ length: 9 }, (_, i) => i + 5), lengths: Int32Array.of(3) };
    const { tokens } = objectiveOf(active, { special: { begin: 0, end: 1, mask: 2 } } as Tokenizer).batch(rows, 0);
    expect([...tokens.subarray(3)]).toEqual(Array<number>(6).fill(2));
    expect(tokens[0]).toBe(5);
  });

  describe('block diffusion', () => {
    const blocks: Recipe = { ...recipe, objective: 'block-diffusion', model: { ...recipe.model, visibility: { blockCausal: 11 } } };
    const special = { begin: 0, end: 1, mask: 2 };

    test('is read as it stands, and becomes a model of blocks and an objective with its noise', () => {
      const noisy: Recipe = { ...blocks, noise: { least: 0.3, most: 0.8, complementary: true } };
      expect(parseRecipe('small.json', JSON.parse(JSON.stringify(noisy)))).toEqual(noisy);
      expect(assembleModel('small.json', noisy, { vocabularySize: 300, special } as Tokenizer)).toMatchObject({ config: { visibility_block_size: 11, mask_token_id: 2 } });
      const batch = objectiveOf(noisy, { special } as Tokenizer).batch({ rows: 6, length: 33, tokens: new Int32Array(6 * 33).fill(9), lengths: new Int32Array(6).fill(33) }, 1);
      const masks = Array.from({ length: 6 }, (_, row) => batch.tokens.subarray(66 * row, 66 * row + 33).filter((id) => id === 2).length);
      for (const row of [0, 2, 4]) expect(masks[row]! + masks[row + 1]!).toBe(32);
      expect(() => objectiveOf(blocks, { special: { begin: 0 } } as Tokenizer)).toThrow('tokenizer: expected one with a mask token, for diffusion; got none');
    });

    test('ends masked go into the objective, a block-size warm-up into stages of the same parameters', () => {
      const warmed: Recipe = { ...blocks, noise: { least: 0.3, most: 0.8, endsMasked: 1 }, blockSizeWarmup: [{ until: 2, blockSize: 1 }, { until: 5, blockSize: 3 }] };
      expect(parseRecipe('small.json', JSON.parse(JSON.stringify(warmed)))).toEqual(warmed);
      const tokenizer = { vocabularySize: 300, special } as Tokenizer;
      const { definition } = assembleModel('small.json', warmed, tokenizer);
      const stages = stagesOf('small.json', warmed, tokenizer);
      expect(stages.map(({ until, model }) => [until, model.visibility.blockSize])).toEqual([[2, 1], [5, 3]]);
      const shapes = (of: typeof definition): unknown => of.parameters.map(({ name, shape }) => [name, shape]);
      for (const { model } of stages) expect(shapes(model)).toEqual(shapes(definition));
      const rows = { rows: 6, length: 33, tokens: new Int32Array(6 * 33).fill(9), lengths: new Int32Array(6).fill(33) };
      expect(stages.map(({ objective }) => objective.name)).toEqual(['next-token', 'block-diffusion']);
      const same = stagesOf('small.json', { ...warmed, model: { ...warmed.model, prediction: 'same' } }, tokenizer);
      expect(same.map(({ objective }) => objective.name)).toEqual(['block-diffusion', 'block-diffusion']);
      for (const [objective, size] of [[stages[1]!.objective, 3], [objectiveOf(warmed, tokenizer), 11]] as const) {
        const masks = [...objective.batch(rows, 1).tokens.subarray(0, 33)].map((id) => Number(id === 2)).join('');
        expect(masks).toMatch(new RegExp(`^0(0*1*){${33 / size}}$`));
        expect(masks.match(/10/g)!.length).toBeLessThan(33 / size); // masks end where a block does
        for (const found of masks.matchAll(/10/g)) expect((found.index + 1) % size).toBe(0);
      }
    });

    test.each<[object, string]>([
      [{ blockSizeWarmup: [{ until: 9, blockSize: 3 }] }, 'small.json: blockSizeWarmup.0.until: expected a step after 0 and before the last, 9; got 9.'],
      [{ blockSizeWarmup: [{ until: 4, blockSize: 1 }, { until: 4, blockSize: 3 }] }, 'small.json: blockSizeWarmup.1.until: expected a step after 4 and before the last, 9; got 4.'],
      [{ blockSizeWarmup: [{ until: 4, blockSize: 11 }] }, 'small.json: blockSizeWarmup.0.blockSize: expected less than 11, in whole blocks to a row of 33; got 11.'],
      [{ blockSizeWarmup: [{ until: 4, blockSize: 2 }] }, 'in whole blocks to a row of 33; got 2.'],
      [{ length: 30 }, 'small.json: length: expected whole blocks of 11; got 30.'],
      [{ rows: 3, microbatches: 1, noise: { least: 0.3, most: 0.8, complementary: true } }, 'small.json: rows: expected an even number, for complementary masks; got 3.'],
    ])('%j is refused', (change, sentence) => {
      expect(() => parseRecipe('small.json', { ...blocks, ...change })).toThrow(sentence);
    });
  });

  describe('with scans in place of attention', () => {
    const { heads: _, keyHeads: _keys, hidden: _hidden, rotaryTheta: _theta, queryKeyNorm: _norm, headSize: _size, ...stack } = recipe.model as RecipeTransformer;
    const scans = { heads: 3, headSize: 8, stateSize: 5, groups: 1, normGroups: 1, kernel: 4 };
    const ofScans: Recipe = { ...recipe, model: { ...stack, mamba2: scans } };
    const special = { begin: 0, end: 1 };

    test('is read as it stands, and becomes a model with two fixed states to a layer', () => {
      expect(parseRecipe('small.json', JSON.parse(JSON.stringify(ofScans)))).toEqual(ofScans);
      const { definition, config, vocabulary } = assembleModel('small.json', ofScans, { vocabularySize: 300, special } as Tokenizer);
      expect(config).toMatchObject({ model_type: 'palimpsest_mamba2', hidden_size: 12, mamba2: { num_heads: 3, head_dim: 8, state_size: 5, norm_groups: 1 } });
      expect(vocabulary).toEqual({ size: 300, ...special });
      expect(definition.states.filter(({ growth }) => growth === 'fixed').map(({ shape, growth }) => [...shape, growth])).toEqual([[34, 3, 'fixed'], [3, 5, 8, 'fixed'], [34, 3, 'fixed'], [3, 5, 8, 'fixed']]);
    });

    test.each<[object, string | RegExp]>([
      [{ ...ofScans, model: { ...stack, mamba2: { ...scans, stateSise: 3 } } }, /^small\.json: model\.mamba2\.stateSise: .* Nearest: stateSize, /],
      [{ ...ofScans, model: { ...stack, heads: 3, mamba2: scans } }, /^small\.json: model\.heads: .*; got an unknown one/],
      [{ ...ofScans, model: { ...stack, mamba2: { ...scans, backward: 'both' } } }, 'small.json: model.mamba2.backward: expected "shared" or "separate"; got "both".'],
      [{ ...ofScans, objective: 'masked-diffusion', model: { ...stack, visibility: 'bidirectional', mamba2: scans } }, 'small.json: model.mamba2.backward: expected "shared" or "separate", as visibility that is not causal needs; got nothing.'],
    ])('%# is refused', (value, sentence) => {
      expect(() => parseRecipe('small.json', value)).toThrow(sentence);
    });
  });

  describe('with layers that learn while they read', () => {
    const { heads: _, keyHeads: _keys, rotaryTheta: _theta, queryKeyNorm: _norm, headSize: _size, ...stack } = recipe.model as RecipeTransformer;
    const learning = { inner: 'linear', heads: 3, headSize: 4, miniBatch: 8, baseRate: 1, rotaryTheta: 100, gate: true, sharedProjection: 4, preConvolution: 3 } as const;
    const ofLearning: Recipe = { ...recipe, model: { ...stack, ttt: learning } };

    test.each([['linear', [[3, 5, 4], [3, 5, 4]]], ['mlp', [[3, 5, 16], [3, 5, 16], [3, 17, 4], [3, 17, 4]]]] as const)('is read as it stands, and becomes a model that carries what a %s inner model learnt', (inner, learnt) => {
      const own = { ...ofLearning, model: { ...stack, ttt: { ...learning, inner } } };
      expect(parseRecipe('small.json', JSON.parse(JSON.stringify(own)))).toEqual(own);
      const { definition, config } = assembleModel('small.json', own, { vocabularySize: 300, special: { begin: 0, end: 1 } } as Tokenizer);
      expect(config).toMatchObject({ model_type: 'palimpsest_ttt', hidden_size: 12, intermediate_size: 14, ttt: { inner_model: inner, num_heads: 3, mini_batch_size: 8, pre_convolution_kernel: 3 } });
      expect(definition.states.filter(({ growth }) => growth === 'fixed').map(({ shape }) => shape)).toEqual([[12, 2], ...learnt, [12, 3], [12, 2], ...learnt, [12, 3]]);
    });

    test.each([['masked-diffusion', 'bidirectional', Infinity], ['block-diffusion', { blockCausal: 11 }, 11]] as const)('with a learner that goes backwards it trains by %s', (objective, visibility, blockSize) => {
      const own: Recipe = { ...ofLearning, objective, model: { ...stack, visibility, prediction: 'same', ttt: { ...learning, backward: 'separate' } }, length: 22 };
      expect(parseRecipe('small.json', JSON.parse(JSON.stringify(own)))).toEqual(own);
      const { definition, config } = assembleModel('small.json', own, { vocabularySize: 300, special: { mask: 2 } } as Tokenizer);
      expect(config).toMatchObject({ mask_token_id: 2, ttt: { backward: 'separate' } });
      expect(definition.visibility.blockSize).toBe(blockSize);
      expect(definition.parameters.map(({ name }) => name)).toContain('model.layers.1.seq_modeling_block.backward.W1');
    });

    test.each<[object, string | RegExp]>([
      [{ ...ofLearning, model: { ...stack, ttt: { ...learning, miniBach: 3 } } }, /^small\.json: model\.ttt\.miniBach: .* Nearest: miniBatch, /],
      [{ ...ofLearning, model: { ...stack, ttt: { ...learning, inner: 'quadratic' } } }, 'small.json: model.ttt.inner: expected "linear" or "mlp"; got "quadratic".'],
      [{ ...ofLearning, model: { ...stack, ttt: { ...learning, headSize: 5 } } }, /^small\.json: model\.ttt\.headSize: /],
      [{ ...ofLearning, objective: 'masked-diffusion', model: { ...stack, visibility: 'bidirectional', ttt: learning } }, 'small.json: model.ttt.backward: expected "shared" or "separate", as visibility that is not causal needs; got nothing.'],
      [{ ...ofLearning, model: { ...stack, ttt: { ...learning, backward: 'both' } } }, 'small.json: model.ttt.backward: expected "shared" or "separate"; got "both".'],
    ])('%# is refused', (value, sentence) => {
      expect(() => parseRecipe('small.json', value)).toThrow(sentence);
    });
  });

  describe('with a list of layers', () => {
    const { heads, keyHeads, hidden, rotaryTheta, queryKeyNorm, headSize, ...stack } = recipe.model as RecipeTransformer;
    const list = {
      layers: ['mamba2', 'mlp', 'attention', 'mamba2'], attention: { heads, keyHeads, headSize, rotaryTheta, queryKeyNorm }, mlp: { hidden },
      mamba2: { heads: 3, headSize: 8, stateSize: 5, groups: 1, normGroups: 1, kernel: 4 },
    } as const;
    const ofKinds: Recipe = { ...recipe, model: { ...stack, ...list } };
    const special = { begin: 0, end: 1 };

    test('is read as it stands, and becomes a model with each kind where it is listed', () => {
      expect(parseRecipe('small.json', JSON.parse(JSON.stringify(ofKinds)))).toEqual(ofKinds);
      const { definition, config } = assembleModel('small.json', ofKinds, { vocabularySize: 300, special } as Tokenizer);
      expect(config).toMatchObject({ model_type: 'palimpsest_layers', num_hidden_layers: 4, layer_types: list.layers, layer_settings: { mlp: { hidden: 14 } } });
      expect(definition.states.filter(({ growth }) => growth !== 'recent').map(({ name, shape }) => [name.slice('model.layers.'.length), ...shape])).toEqual([
        ['0.mixer.tail', 34, 3], ['0.mixer.state', 3, 5, 8], ['2.mixer.keys', 1, 4], ['2.mixer.values', 1, 4], ['3.mixer.tail', 34, 3], ['3.mixer.state', 3, 5, 8],
      ]);
    });

    test.each<[object, string | RegExp]>([
      [{ ...stack, ...list, layers: ['mlp', 'rwkv'] }, 'small.json: model.layers.1: expected kinds of layers: attention, mamba2, ttt, mlp; got "rwkv".'],
      [{ ...stack, ...list, layers: [...list.layers, 'ttt'] }, 'small.json: model.ttt: expected settings, since layer 4 is of this kind; got nothing.'],
      [{ ...stack, ...list, layers: ['mlp', 'attention'] }, /^small\.json: model\.mamba2: expected nothing, since no layer is of this kind; got \{"heads":3/],
      [{ ...stack, ...list, mlp: { hiden: 14 } }, /^small\.json: model\.mlp\.hid/],
      [{ ...stack, ...list, heads: 3 }, /^small\.json: model\.heads: .*; got an unknown one/],
      [{ ...stack, ...list, visibility: { blockCausal: 11 } }, 'small.json: model.mamba2.backward: expected "shared" or "separate", as visibility that is not causal needs; got nothing.'],
    ])('%# is refused', (model, sentence) => {
      const objective = 'visibility' in model && model.visibility !== 'causal' ? 'block-diffusion' : 'next-token';
      expect(() => parseRecipe('small.json', { ...ofKinds, objective, model })).toThrow(sentence);
    });
  });

  test.each([['[]'], ['3'], ['null']])('%s is no recipe', (text) => {
    expect(() => parseRecipe('small.json', JSON.parse(text))).toThrow(/^small\.json: expected object; got /);
  });

  test('those that come with the installation are sound, and found by name', async () => {
    const names = await recipeNames();
    expect(names).toEqual(['quick', 'storybook-ar', 'storybook-bd-16', 'storybook-bd-4', 'storybook-hybrid-bd-16', 'storybook-mamba2', 'storybook-mamba2-longer', 'storybook-mamba2-mdlm', 'storybook-mdlm', 'storybook-mdlm-blocks', 'storybook-mdlm-longer', 'storybook-ttt-linear', 'storybook-ttt-linear-longer']);
    for (const name of names) expect((await findRecipe(name)).name).toBe(name);
    await expect(findRecipe('storybok-ar')).rejects.toThrow('RECIPE: expected one of quick, storybook-ar, storybook-bd-16, storybook-bd-4, storybook-hybrid-bd-16, storybook-mamba2, storybook-mamba2-longer, storybook-mamba2-mdlm, storybook-mdlm, storybook-mdlm-blocks, storybook-mdlm-longer, storybook-ttt-linear, storybook-ttt-linear-longer, or a JSON file; got "storybok-ar". Did you mean storybook-ar?');
    expect(await readJson(new URL('../../../models/recipes/storybook-mdlm.json', import.meta.url).pathname)).toMatchObject({ objective: 'masked-diffusion', tokenizer: 'storybook-ar' });
    // what goes on from another run starts where that run leaves its model
    for (const name of names.filter((each) => each.endsWith('-longer'))) expect(await readJson(new URL(`../../../models/recipes/${name}.json`, import.meta.url).pathname)).toMatchObject({ start: `runs/${name.replace('-longer', '')}/model` });
  });

  test('the course of a run is told by all keys but words and reports', () => {
    const course = courseOf(recipe);
    expect(courseOf({ ...recipe, title: 'Other', description: 'Other.', notes: ['x'], saveEvery: 1, sample: { every: 1 }, evaluation: { every: 1, batches: 1 } })).toBe(course);
    for (const [path, value] of [['seed', 2], ['steps', 10], ['optimiser.matrix.muon.learningRate', 0.03], ['model.width', 16], ['data', { text: 'x' }], ['start', 'x']] as const) {
      expect(courseOf(changed(path, value) as Recipe)).not.toBe(course);
    }
  });
});
