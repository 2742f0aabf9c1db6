import type { GenerationEvent } from '@palimpsest/backbone';
import { confidenceThreshold, editAbove, generateMaskedDiffusion, linear, lowConfidence, random, remasking } from '@palimpsest/diffusion';
import type { Editing, EditView, MaskedDiffusionOptions } from '@palimpsest/diffusion';
import { describe, expect, test } from 'vitest';
import { generateNaive } from '../src/reverse-process/masked-diffusion.naive.js';
import { neighbourBackbone, randomTables } from './neighbour-backbone.js';

const [size, mask, places] = [11, 6, 48];
const prompt = [3, 6, 1, 9]; // the mask id among them: never edited
const suffix = [4, 0];
const fixed = [{ position: 6, id: 5 }];
const backboneOf = (model: number, prediction: 'same' | 'next') => neighbourBackbone({ tables: randomTables(model, size, places), vocabulary: { size, mask, end: 2 }, prediction });
const given = { prompt: Int32Array.from(prompt), suffix: Int32Array.from(suffix), canvasLength: 14, blockLength: 7, steps: 6, fixed, stopAtEnd: false, clock: () => 0 };

interface Told {
  readonly events: readonly GenerationEvent[];
  /** The text after each pass that changed it. */
  readonly texts: readonly (readonly number[])[];
}

/** Rebuilds the text from the events, which may neither write over a token nor erase what is not there. */
async function tell(options: Partial<MaskedDiffusionOptions> & Pick<MaskedDiffusionOptions, 'backbone' | 'seed'>): Promise<Told> {
  const text: number[] = [...prompt, ...new Array<number>(14).fill(mask), ...suffix];
  text[6] = 5;
  const open = new Set(Array.from({ length: 14 }, (_, cell) => 4 + cell).filter((position) => position !== 6));
  const [events, texts]: [GenerationEvent[], number[][]] = [[], []];
  for await (const event of generateMaskedDiffusion({ ...given, ...options })) {
    events.push(event);
    if (event.type === 'tokens-revoke') {
      for (const position of event.positions) {
        expect(position >= 4 && position < 18 && position !== 6 && !open.has(position)).toBe(true);
        open.add(position);
      }
    }
    if (event.type !== 'tokens-commit') continue;
    event.positions.forEach((position, index) => {
      expect(open.delete(position)).toBe(true);
      text[position] = event.ids[index]!;
    });
    texts.push([...text]);
  }
  return { events, texts };
}

describe('tokens that are written and written again', () => {
  test.each(['same', 'next'] as const)('the texts of the loop over all logits, look by look; row predicts the %s token', async (prediction) => {
    let edited = 0;
    let earlier = 0;
    for (let seed = 0; seed < 60; seed++) {
      const backbone = backboneOf(seed, prediction);
      const editing = { threshold: [0, 0.3, 0.6][seed % 3]!, looks: [0, 1, 4, 16][seed % 4]!, finishedBlocks: seed % 2 };
      const shared = { backbone, canvasLength: 14, blockLength: 7, steps: 6, fixed, temperature: [0, 0.7, 1.3][seed % 3]!, topP: [1, 0.9][seed % 2]!, banned: [8], seed };
      const [policy, order] = seed % 2 === 0 ? [lowConfidence, 'low confidence' as const] : [random, 'random' as const];
      const told = await tell({ ...shared, policy, editing: { policy: editAbove(editing.threshold), looks: editing.looks, finishedBlocks: editing.finishedBlocks } });
      const expected = await generateNaive({ ...shared, prompt, suffix, order, editing });
      expect(told.texts).toEqual(expected.map(({ text }) => text));
      const revoked = told.events.flatMap((event) => (event.type === 'tokens-revoke' ? [...event.positions] : []));
      const secondBlock = told.events.findIndex((event) => event.type === 'block-start' && event.block === 1);
      edited += revoked.length;
      earlier += told.events.slice(secondBlock).flatMap((event) => (event.type === 'tokens-revoke' ? [...event.positions] : [])).filter((position) => position < 11).length;
    }
    expect(edited).toBeGreaterThan(100);
    expect(earlier).toBeGreaterThan(10); // blocks that were finished before
  });

  test('a pass is counted for each look, and one that changes nothing is the last', async () => {
    const certain: Editing = { policy: { name: 'never', edit: () => [] }, looks: 5 };
    const plain = await tell({ backbone: backboneOf(1, 'same'), seed: 1 });
    const looked = await tell({ backbone: backboneOf(1, 'same'), seed: 1, editing: certain });
    const usageOf = ({ events }: Told) => events.flatMap((event) => (event.type === 'finish' ? [event.usage] : []))[0]!;
    expect(looked.texts).toEqual(plain.texts);
    expect([usageOf(plain).forwardPasses, usageOf(looked).forwardPasses]).toEqual([6, 8]);
    expect(usageOf(looked).positionsComputed - usageOf(plain).positionsComputed).toBe(2 * 20);
    const restless: Editing = { policy: { name: 'always', edit: ({ written }) => [...written] }, looks: 5 };
    expect(usageOf(await tell({ backbone: backboneOf(1, 'same'), seed: 1, editing: restless })).forwardPasses).toBe(6 + 2 * 5);
  });

  test('what a policy is shown, and that revoked cells are not among it', async () => {
    const views: EditView[] = [];
    const editing: Editing = { policy: { name: 'watching', edit: (view) => (views.push(view), []) }, looks: 1, finishedBlocks: 1 };
    await tell({ backbone: backboneOf(4, 'same'), seed: 2, policy: remasking(linear, 0.5), temperature: 1, editing });
    for (const { written, tokens, proposals, probability, committedProbability } of views) {
      expect([tokens.length, proposals.length]).toEqual([written.length, written.length]);
      written.forEach((position, index) => {
        expect(position >= 4 && position < 18 && position !== 6).toBe(true);
        expect(tokens[index]).not.toBe(mask);
        expect(probability(index) > 0 && probability(index) <= 1 && committedProbability(index) > 0).toBe(true);
      });
    }
    expect(views.at(-1)!.written).toHaveLength(13);
  });

  test('an end token that is edited away opens the text behind it again', async () => {
    // token 7 everywhere, but an end at position 6 until something stands before it
    const place = Float32Array.from({ length: places * size }, (_, index) => (index % size === 7 ? 10 : index === 6 * size + 2 ? 20 : 0));
    const left = Float32Array.from({ length: size * size }, (_, index) => (index === 7 * size + 7 ? 20 : 0));
    const backbone = neighbourBackbone({ tables: { left, right: new Float32Array(size * size), place }, vocabulary: { size, mask, end: 2 } });
    const decide = ({ open, step }: { readonly open: Int32Array; readonly step: number }) => ({ commit: step === 0 ? [6] : [open[0]!] });
    const generation = generateMaskedDiffusion({
      backbone, prompt: Int32Array.of(1, 1, 1), canvasLength: 6, policy: { name: 'end first', decide }, editing: { policy: editAbove(0.9), looks: 3 }, seed: 1, clock: () => 0,
    });
    const changes: string[] = [];
    for await (const event of generation) {
      if (event.type === 'tokens-revoke') changes.push(`-${event.positions.join()}`);
      if (event.type === 'tokens-commit') changes.push(`+${event.positions.join()}:${event.ids.join()}`);
      if (event.type === 'finish') expect(event).toMatchObject({ reason: 'length', usage: { generatedTokens: 6 } });
    }
    // 3 to 5 are full and the end stands: that would have been all
    expect(changes).toEqual(['+6:2', '+3:7', '+4:7', '+5:7', '-6', '+6:7', '+7:7', '+8:7']);
  });

  test('numbers that are none and edits of what was not shown are refused', async () => {
    const start = (editing: Editing) => () => generateMaskedDiffusion({ ...given, backbone: backboneOf(1, 'same'), seed: 1, editing });
    const never = { name: 'never', edit: () => [] };
    expect(start({ policy: never, looks: -1 })).toThrow('generateMaskedDiffusion: editing: expected a whole number of looks; got -1');
    expect(start({ policy: never, finishedBlocks: 0.5 })).toThrow('expected a whole number of finishedBlocks; got 0.5');
    const untyped: object = {};
    expect(start(untyped as Editing)).toThrow('generateMaskedDiffusion: editing: expected a policy, such as editAbove(0.9); got nothing');
    expect(() => editAbove(1.5)).toThrow('editAbove: expected a threshold from 0 to 1; got 1.5');
    const at = (edit: (view: EditView) => readonly number[]) => tell({ backbone: backboneOf(1, 'same'), seed: 1, editing: { policy: { name: 'wild', edit } } });
    await expect(at(() => [0])).rejects.toThrow('editing policy wild: expected written positions that it was shown, each once; got 0');
    await expect(at(({ written }) => [...written, ...written])).rejects.toThrow('each once');
  });

  test('with a threshold policy: fewer passes where cells are written early and mended', async () => {
    const early = confidenceThreshold(0);
    const { events, texts } = await tell({ backbone: backboneOf(7, 'same'), seed: 1, policy: early, editing: { policy: editAbove(0.5), finishedBlocks: 1 } });
    expect(events.some(({ type }) => type === 'tokens-revoke')).toBe(true);
    expect(texts.length).toBeLessThan(14);
  });
});
