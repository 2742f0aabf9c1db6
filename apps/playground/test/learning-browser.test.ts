import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelsIn } from '../src/server/models.js';
import { serve, type RunningServer } from '../src/server/serve.js';
import { findChromium } from './chromium.js';
import { story, writeTinyTtt } from './tiny-ttt.js';

declare function contrast(selector: string): number; // contrast.js, in the page

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)(`what layers learn, in Chromium${executablePath === undefined ? ' (skipped: no browser; install chromium or set CHROMIUM)' : ''}`, { timeout: 120_000 }, () => {
  let folder = '';
  let server: RunningServer;
  let browser: Browser;
  let shown: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palimpsest-learning-'));
    await writeTinyTtt(join(folder, 'models'));
    await build({ root: fileURLToPath(new URL('..', import.meta.url)), build: { outDir: join(folder, 'page') }, logLevel: 'warn' });
    server = await serve({ source: modelsIn(join(folder, 'models')), page: join(folder, 'page'), host: '127.0.0.1', port: 0, clock: () => performance.now() });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--disable-gpu'] });
    shown = await open();
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
    page.setDefaultTimeout(60_000);
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.addInitScript({ path: fileURLToPath(new URL('contrast.js', import.meta.url)) });
    await page.goto(`${server.address}#${new URLSearchParams({ prompt: story.repeat(2), 'a.model': 'tiny-scans', 'b.model': 'tiny-ttt', 'b.maximumTokens': '12' })}`);
    await page.getByRole('button', { name: 'Run A' }).and(page.locator(':enabled')).waitFor();
    return page;
  }

  const section = (page: Page): Locator => page.getByRole('region', { name: 'Inner loss', exact: true });
  const read = async (page: Page): Promise<void> => {
    await section(page).getByRole('button', { name: /^Read the (prompt with|text of) B$/ }).click();
    await section(page).locator('.layer').nth(2).waitFor();
  };

  test('is there for the lane whose model learns, and plots each layer along the prompt', async () => {
    expect(await section(shown).getByRole('group').count()).toBe(1);
    await read(shown);
    expect(await section(shown).locator('.layer b').allInnerTexts()).toEqual(['layer 0', 'layer 1', 'layer 2']);
    expect(await section(shown).getByRole('status').innerText()).toMatch(/^\d+ tokens read by 3 layers in \d+ mini-batches\./);
    const levels = async (line: string): Promise<number[]> =>
      ((await section(shown).locator(`path.loss-${line}`).first().getAttribute('d')) ?? '').split(/[ML]/).slice(1).map((step) => Number(step.split(/[ H]/)[1]));
    const [before, after] = [await levels('before'), await levels('after')];
    expect(before.length).toBe(await section(shown).locator('.layer').first().locator('rect.distance-bar').count());
    expect(before.filter((level, i) => after[i]! > level).length).toBeGreaterThan(0.8 * before.length); // a lower loss lies further down
  });

  test('says by key which mini-batch is looked at, its text and its numbers, which are those of the table', async () => {
    const slider = section(shown).getByRole('slider', { name: 'Mini-batch of lane B' });
    await slider.focus();
    await shown.keyboard.press('ArrowRight');
    await shown.keyboard.press('ArrowRight');
    expect(await slider.getAttribute('aria-valuetext')).toMatch(/^mini-batch 3 of \d+, tokens 17 to 24$/);
    const text = await section(shown).locator('.inspector q').innerText();
    expect(story).toContain(text.trim());
    const told = await section(shown).locator('.layer figcaption').nth(1).innerText();
    await section(shown).getByText('All numbers as a table').click();
    const row = section(shown).getByRole('row').filter({ hasText: '1.seq_modeling_block' }).filter({ hasText: '17 to 24' });
    const cells = await row.getByRole('cell').allInnerTexts();
    expect(told.replace(/\s+/g, ' ')).toBe(`layer 1 ${cells[1]} → ${cells[2]} moved ${cells[3]}`);
    await section(shown).getByText('All numbers as a table').click();
  });

  test('reads what the lane has written, and begins anew with another model', async () => {
    await shown.getByRole('button', { name: 'Run B', exact: true }).click();
    await shown.locator('.lane[data-phase=finished]').waitFor();
    const status = section(shown).getByRole('status');
    const before = await status.innerText();
    await section(shown).getByRole('button', { name: 'Read the text of B' }).click();
    const tokens = (said: string): number => Number(said.split(' ')[0]);
    await expect.poll(async () => tokens(await status.innerText())).toBeGreaterThan(tokens(before));
    await shown.getByLabel('Model of lane B').selectOption('tiny-scans');
    expect(await section(shown).count()).toBe(0);
    await shown.getByLabel('Model of lane B').selectOption('tiny-ttt');
    await read(shown);
  });

  test('can be read: text stands out by 4.5 to 1, in light and in dark', async () => {
    await section(shown).getByText('All numbers as a table').click();
    const texts = ['.learning h2 small', '.learning .key', '.layer figcaption', '.layer figcaption b', '.axis span', '.numbers summary', '.scrolled thead th', '.scrolled td', '.scrolled td.text'];
    for (const theme of ['light', 'dark']) {
      await shown.evaluate((chosen) => (document.documentElement.dataset['theme'] = chosen), theme);
      const faint = await shown.evaluate((selectors) => selectors.map((selector) => `${selector} ${contrast(selector).toFixed(2)}`).filter((line) => Number(line.split(' ').at(-1)) < 4.5), texts);
      expect([theme, ...faint]).toEqual([theme]);
    }
    await shown.evaluate(() => delete document.documentElement.dataset['theme']);
  });

  test('fits a narrow screen', async () => {
    const page = await open({ viewport: { width: 360, height: 740 } });
    await read(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.close();
  });

  test('breaks no rule of its own content policy and logs no error', () => {
    expect(complaints).toEqual([]);
  });
});
