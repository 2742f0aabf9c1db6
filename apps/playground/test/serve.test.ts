import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve, type RunningServer } from '../src/server/serve.js';
import { toySource, type ToySource } from '../src/toy/source.js';
import { atOnce, diffusion, json, until } from './playground.js';

let page = '';
beforeAll(async () => {
  page = await mkdtemp(join(tmpdir(), 'palimpsest-page-'));
  await writeFile(join(page, 'index.html'), '<!doctype html><title>page</title>');
});
afterAll(() => rm(page, { recursive: true }));

const long = JSON.stringify({ ...diffusion, settings: { canvasLength: 24, steps: 24 } });

async function start(pass: () => Promise<void> = atOnce, port = 0): Promise<{ readonly server: RunningServer; readonly source: ToySource }> {
  const source = toySource({ pass });
  return { source, server: await serve({ source, page, host: '127.0.0.1', port, clock: () => performance.now() }) };
}

const generate = (server: RunningServer, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.address}api/generate`, { method: 'POST', headers: json, body: long, ...init });

test('serves the page and the models at the address that it names', async () => {
  const { server } = await start();
  await using _ = server;
  expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const index = await fetch(server.address);
  expect([index.status, index.headers.get('content-type'), await index.text()]).toEqual([200, 'text/html; charset=utf-8', '<!doctype html><title>page</title>']);
  expect(await (await fetch(`${server.address}api/models`)).json()).toHaveLength(3);
  for (const path of ['..%2f..%2fpackage.json', '%2e%2e/package.json', 'assets/../../package.json']) expect((await fetch(server.address + path)).status).toBe(404);
});

test('a port that is taken is named, with what to try', async () => {
  const { server } = await start();
  await using _ = server;
  const port = Number(new URL(server.address).port);
  await expect(start(atOnce, port)).rejects.toMatchObject({
    where: `127.0.0.1:${port}`, expected: 'a free port', hint: `Try --port ${port + 1}, --port 0 for any free one, or stop the other program.`,
  });
  expect((await fetch(server.address)).status).toBe(200); // the first goes on
});

test('an address of another machine is named', async () => {
  const source = toySource({ pass: atOnce });
  await expect(serve({ source, page, host: '192.0.2.1', port: 0, clock: () => 0 })).rejects.toMatchObject({ expected: 'an address of this machine', got: '192.0.2.1' });
});

test('a connection that breaks ends its generation', async () => {
  const { server, source } = await start(() => setTimeout(5));
  await using _ = server;
  const leaving = new AbortController();
  const answer = await generate(server, { signal: leaving.signal });
  await answer.body?.getReader().read();
  expect(source.opened[0]?.openContexts).toBe(1);
  leaving.abort();
  await until(() => source.opened[0]?.openContexts === 0, 'the context to be closed');
  expect(source.opened[0]?.passes.length).toBeLessThan(25);
});

test('stopping ends what runs, closes the models and lets go of the port', async () => {
  const { server, source } = await start(() => setTimeout(5));
  const answer = await generate(server);
  const began = performance.now();
  await server[Symbol.asyncDispose]();
  expect(performance.now() - began).toBeLessThan(1_500); // no waiting for connections that idle
  expect(await answer.text()).toContain('"reason":"aborted"');
  expect(source.opened[0]?.openContexts).toBe(0);
  await expect(source.opened[0]?.open()).rejects.toThrow('disposed');
  const { server: next } = await start(atOnce, Number(new URL(server.address).port));
  await next[Symbol.asyncDispose]();
});
