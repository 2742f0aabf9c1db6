import { expect, test } from 'vitest';
import { ask, diffusion, json, leftToRight, openPlayground } from './playground.js';

const settings = diffusion.settings;
const refused: readonly { readonly name: string; readonly body: unknown; readonly where: string; readonly says: string }[] = [
  { name: 'no object', body: 7, where: 'request', says: 'an object' },
  { name: 'no model', body: { ...diffusion, model: undefined }, where: 'request.model', says: 'the name of a model; got nothing' },
  { name: 'an unknown model', body: { ...diffusion, model: 'gpt' }, where: 'model', says: 'one of "toy-ar", "toy-mdlm", "toy-bd"; got "gpt"' },
  { name: 'a way that the model cannot go', body: { ...diffusion, way: 'autoregressive' }, where: 'way', says: 'one of "masked-diffusion"; got "autoregressive"' },
  { name: 'a prompt that is no text', body: { ...diffusion, prompt: 3 }, where: 'request.prompt', says: 'a text; got 3' },
  { name: 'a prompt too long for the server', body: { ...diffusion, prompt: 'x'.repeat(8001) }, where: 'request.prompt', says: 'at most 8000 characters; got a text of 8001 characters' },
  { name: 'a prompt too long for the model', body: { ...leftToRight, prompt: 'fox '.repeat(80) }, where: 'prompt', says: 'fewer than 64 tokens' },
  { name: 'a prompt and a canvas too long together', body: { ...diffusion, prompt: 'fox '.repeat(60) }, where: 'generateMaskedDiffusion', says: 'at most the 64 tokens' },
  { name: 'a negative seed', body: { ...diffusion, seed: -1 }, where: 'request.seed', says: 'a seed from 0; got -1' },
  { name: 'half a seed', body: { ...diffusion, seed: 0.5 }, where: 'request.seed', says: 'a whole number; got 0.5' },
  { name: 'an extra field', body: { ...diffusion, tempo: 1 }, where: 'request', says: 'model, way, prompt, seed and settings; got tempo' },
  { name: 'an unknown setting', body: { ...diffusion, settings: { heat: 1 } }, where: 'settings', says: '"temperature"' },
  { name: 'a setting out of range', body: { ...diffusion, settings: { ...settings, temperature: 9 } }, where: 'settings.temperature', says: 'a number from 0 to 2; got 9' },
  { name: 'half a step', body: { ...diffusion, settings: { ...settings, steps: 2.5 } }, where: 'settings.steps', says: 'a whole number from 1 to 63; got 2.5' },
  { name: 'a setting of another kind', body: { ...diffusion, settings: { ...settings, draft: 'yes' } }, where: 'settings.draft', says: 'true or false; got "yes"' },
  { name: 'an unknown policy', body: { ...diffusion, settings: { ...settings, policy: 'best' } }, where: 'settings.policy', says: '"low-confidence"' },
  { name: 'settings that are no object', body: { ...diffusion, settings: [] }, where: 'request.settings', says: 'an object of numbers' },
  { name: 'a setting that is an object', body: { ...diffusion, settings: { steps: {} } }, where: 'request.settings.steps', says: 'got {}' },
  { name: 'blocks that do not divide the canvas', body: { ...diffusion, settings: { ...settings, blockLength: 5 } }, where: 'generateMaskedDiffusion', says: 'divides the canvas of 13; got 5. Try blocks of 1 or 13' },
  {
    name: 'steps that do not divide over the blocks', body: { ...diffusion, settings: { canvasLength: 12, blockLength: 4, steps: 5 } },
    where: 'generateMaskedDiffusion', says: 'steps that divide evenly over the 3 blocks of 4; got 5. Try 3 or 6 steps',
  },
];

test.for(refused)('refuses $name', async ({ body, where, says }) => {
  const { app, source } = openPlayground();
  const answer = await ask(app, body);
  const failure = await answer.json();
  expect(answer.status).toBe(400);
  expect(failure).toMatchObject({ where, expected: expect.any(String), got: expect.any(String) });
  expect(`${failure.expected}; got ${failure.got}. ${failure.hint ?? ''}`).toContain(says);
  expect(source.opened.every(({ openContexts, passes }) => openContexts === 0 && passes.length === 0)).toBe(true);
});

test('takes a request that leaves all settings to their initial values', async () => {
  const { app } = openPlayground();
  const { settings: _, ...bare } = leftToRight;
  expect((await ask(app, bare)).status).toBe(200);
});

test('refuses what is not JSON, not declared as JSON, or too large', async () => {
  const { app } = openPlayground();
  const post = (body: string, type = 'application/json'): Response | Promise<Response> =>
    app.request('/api/generate', { method: 'POST', headers: { 'Content-Type': type }, body });
  const broken = await post('{"model":');
  expect([broken.status, (await broken.json()).expected]).toEqual([400, 'JSON']);
  const undeclared = await post(JSON.stringify(diffusion), 'text/plain'); // what a form of another site could send
  expect([undeclared.status, (await undeclared.json()).where]).toEqual([400, 'Content-Type']);
  const large = await post(JSON.stringify({ ...diffusion, prompt: 'x'.repeat(70_000) }));
  expect([large.status, (await large.json()).expected]).toEqual([413, 'at most 65536 bytes']);
});

test('answers only those who mean this server', async () => {
  const { app } = openPlayground({ host: 'Study.local' });
  const status = async (headers: Record<string, string>): Promise<number> => (await app.request('http://127.0.0.1:4173/api/models', { headers })).status;
  const ours = ['localhost', 'localhost:4173', '127.0.0.1:4173', '[::1]:4173', '192.168.0.7', 'study.local:4173'];
  expect(await Promise.all(ours.map((host) => status({ host })))).toEqual(ours.map(() => 200));
  const strange = ['evil.example', 'localhost.evil.example:4173', '127.0.0.1.nip.io', 'evil.example:4173@localhost', ''];
  expect(await Promise.all(strange.map((host) => status({ host })))).toEqual(strange.map(() => 403));
  const host = 'localhost:4173';
  expect(await status({ host, origin: 'http://localhost:4173' })).toBe(200);
  const others = ['http://localhost:5000', 'https://evil.example', 'null', 'http://127.0.0.1:4173'];
  expect(await Promise.all(others.map((origin) => status({ host, origin })))).toEqual(others.map(() => 403));
});

test('sends headers that keep the page to itself and allows no other origin', async () => {
  const { app } = openPlayground();
  const answers = [await app.request('/api/models'), await app.request('/nothing'), await ask(app, 7), await ask(app, diffusion), await app.request('/', { headers: { host: 'evil.example' } })];
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 400, 200, 403]);
  for (const { headers } of answers) {
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect([headers.get('x-content-type-options'), headers.get('x-frame-options'), headers.get('access-control-allow-origin')]).toEqual(['nosniff', 'DENY', null]);
  }
});

test('says what it serves when asked for something else', async () => {
  const { app } = openPlayground();
  for (const [method, path] of [['GET', '/api/nothing'], ['GET', '/api/generate'], ['DELETE', '/api/models'], ['GET', '/nothing']] as const) {
    const answer = await app.request(path, { method, headers: json });
    expect([answer.status, (await answer.json()).where]).toEqual([404, `${method} ${path}`]);
  }
  const unknown = await app.request('/api/models/gpt/open', { method: 'POST' });
  expect([unknown.status, await unknown.json()]).toEqual([404, { where: 'model', expected: 'one of toy-ar, toy-mdlm, toy-bd', got: 'gpt' }]);
});
