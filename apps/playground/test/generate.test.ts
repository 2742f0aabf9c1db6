import { generateAutoregressive } from '@palimpsest/autoregressive';
import { generateBlockDiffusion } from '@palimpsest/block-diffusion';
import { generateMaskedDiffusion } from '@palimpsest/diffusion';
import { expect, test } from 'vitest';
import type { RunEvent } from '../src/protocol/event.js';
import { count, plainText } from '../src/recording/counters.js';
import { latest, noRecording, record } from '../src/recording/recording.js';
import { begin, decodeCells, encode } from '../src/toy/story.js';
import { ask, diffusion, eventsOf, inBlocks, leftToRight, openPlayground } from './playground.js';

const clock = (): number => performance.now();

test('the page ends up with the text that the sampler gives when it is called directly', async () => {
  const { app, source } = openPlayground();
  for (const seed of [1, 2, 3, 4]) {
    for (const request of [{ ...diffusion, seed }, { ...leftToRight, seed }, { ...inBlocks, seed }]) {
      const shown = latest(record(noRecording, await eventsOf(await ask(app, request))));
      const model = await source.open(request.model);
      const prompt = Int32Array.of(begin, ...encode(request.prompt));
      const shared = { backbone: model.backbone, prompt, seed, clock };
      const generation = request.way === 'masked-diffusion'
        ? generateMaskedDiffusion({ ...shared, canvasLength: 13, steps: 5, temperature: 0.9 })
        : request.way === 'block-diffusion'
          ? generateBlockDiffusion({ ...shared, maximumTokens: 15, stepsPerBlock: 3, temperature: 0.9 })
          : generateAutoregressive({ ...shared, maximumTokens: 17, temperature: 1, topP: 0.8 });
      let step = await generation.next();
      while (!step.done) step = await generation.next();
      expect(plainText(shown)).toBe(decodeCells(Int32Array.of(...prompt, ...step.value.ids)).join(''));
      expect(shown.finish).toMatchObject({ reason: step.value.reason, usage: { generatedTokens: step.value.ids.length, forwardPasses: step.value.usage.forwardPasses } });
    }
  }
});

test('what was counted on the way is what the run reports in the end', async () => {
  const { app } = openPlayground();
  for (const request of [diffusion, leftToRight, inBlocks]) {
    const events = await eventsOf(await ask(app, request));
    const { recording, finish } = split(events);
    const before = count(latest(recording), finish.at);
    const { generatedTokens, forwardPasses, positionsComputed } = finish.usage;
    expect({ ...before, stateBytes: 0 }).toMatchObject({ tokens: generatedTokens, forwardPasses, positionsComputed });
    expect(before.millisecondsToFirstToken).toBeCloseTo(finish.usage.millisecondsToFirstToken, -1);
    const times = events.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs(finish.at - finish.usage.milliseconds)).toBeLessThan(5);
  }
});

function split(events: readonly RunEvent[]): { readonly recording: ReturnType<typeof record>; readonly finish: Extract<RunEvent, { type: 'finish' }> } {
  const finish = events.at(-1);
  if (finish?.type !== 'finish') throw new Error(`the last event is ${finish?.type}`);
  return { recording: record(noRecording, events.slice(0, -1)), finish };
}

test('blocks at once are begun before the one before them ends, and a policy that follows a plan is refused in words', async () => {
  const { app } = openPlayground();
  const request = { ...inBlocks, settings: { ...inBlocks.settings, policy: 'confidence-threshold', threshold: 0.2, inFlight: 2 } };
  let most = 0;
  for (const seed of [1, 2, 3, 4, 5]) {
    const { frames } = record(noRecording, await eventsOf(await ask(app, { ...request, seed })));
    most = Math.max(most, ...frames.map(({ blocks }) => blocks.size));
    expect(frames.at(-1)!.blocks.size).toBe(0);
  }
  expect(most).toBe(2);
  const refused = await ask(app, { ...request, settings: { ...request.settings, policy: 'sequential' } });
  expect(await refused.text()).toContain('a policy that ignores the plan beside inFlight');
});

test('the same seed writes the same tokens, another seed others', async () => {
  const { app } = openPlayground();
  const tell = async (seed: number): Promise<readonly object[]> =>
    (await eventsOf(await ask(app, { ...diffusion, seed }))).flatMap((event) => (event.type === 'tokens-commit' ? [{ ids: event.ids, positions: event.positions }] : []));
  const [first, again, other] = [await tell(8), await tell(8), await tell(9)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test('the stream opens with the request, the prompt by tokens and the canvas', async () => {
  const { app } = openPlayground();
  const [start] = await eventsOf(await ask(app, diffusion));
  expect(start).toMatchObject({
    type: 'start',
    at: 0,
    request: { ...diffusion, settings: { canvasLength: 13, steps: 5, temperature: 0.9, policy: 'low-confidence', topK: 0, draft: true } },
    prompt: ['', 'Once', ' upon', ' a', ' time'],
    canvas: { start: 5, end: 18 },
    closing: [1],
  });
  const [growing] = await eventsOf(await ask(app, { ...leftToRight, prompt: '' }));
  expect(growing).toMatchObject({ prompt: [''], canvas: { start: 1, end: 1 } });
});

test('drafts are sent where they are asked for, and only for open places', async () => {
  const { app } = openPlayground();
  const settings = { ...diffusion.settings, draft: true };
  const events = await eventsOf(await ask(app, { ...diffusion, settings }));
  const drafts = events.filter((event) => event.type === 'draft');
  expect(drafts).toHaveLength(4); // none after the last of five steps
  const recording = record(noRecording, events);
  for (const event of drafts) {
    const { cells } = recording.frames[events.indexOf(event) + 1] ?? latest(recording);
    expect(event.positions.map((position) => cells[position]?.state)).toEqual(event.positions.map(() => 'open'));
  }
  expect(drafts.flatMap(({ texts }) => texts).join('')).toMatch(/[a-z]{2}/);
  const without = await eventsOf(await ask(app, { ...diffusion, settings: { ...settings, draft: false } }));
  expect(without.filter((event) => event.type === 'draft')).toEqual([]);
});

test('a policy that scrapes tokens off again is shown doing so', async () => {
  const { app } = openPlayground();
  const settings = { canvasLength: 24, steps: 24, policy: 'remasking', most: 0.5, temperature: 1 };
  const recording = record(noRecording, await eventsOf(await ask(app, { ...diffusion, settings })));
  expect(recording.events.some(({ type }) => type === 'tokens-revoke')).toBe(true);
  const rewritten = latest(recording).cells.filter(({ scraped, closing }) => scraped.length > 0 && !closing);
  expect(rewritten.flatMap(({ scraped }) => scraped).join('')).toMatch(/[a-z]{2}/);
  for (const { text, state } of rewritten) expect(state).toBe(text === '' ? 'open' : 'written');
});
