import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, type RunningServer } from '../src/server/serve.js';
import { toySource } from '../src/toy/source.js';
import { findChromium } from './chromium.js';
import { gate } from './playground.js';

declare function contrast(selector: string): number; // contrast.js, in the page

const executablePath = findChromium();
const scene = 'prompt=Once+upon+a+time&a.model=toy-ar&a.maximumTokens=16&a.seed=4&b.model=toy-mdlm&b.canvasLength=16&b.steps=8&b.temperature=1&b.seed=6';

describe.skipIf(executablePath === undefined)(`the page in Chromium${executablePath === undefined ? ' (skipped: no browser; install chromium or set CHROMIUM)' : ''}`, { timeout: 120_000 }, () => {
  let folder = '';
  let server: RunningServer;
  let browser: Browser;
  let shown: Page; // with both lanes finished, for the tests that only look
  const complaints: string[] = [];
  const [gateA, gateB] = [gate(), gate()];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palimpsest-page-'));
    await build({ root: fileURLToPath(new URL('..', import.meta.url)), build: { outDir: folder }, logLevel: 'warn' });
    server = await serve({ source: toySource({ pass: (model) => (model === 'toy-ar' ? gateA : gateB).pass() }), page: folder, host: '127.0.0.1', port: 0, clock: () => performance.now() });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--disable-gpu'] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options: Parameters<Browser['newPage']>[0] = {}, hash: string = scene): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
    page.setDefaultTimeout(60_000);
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.addInitScript({ path: fileURLToPath(new URL('contrast.js', import.meta.url)) });
    await page.goto(`${server.address}#${hash}`);
    await page.getByRole('button', { name: 'Run A' }).and(page.locator(':enabled')).waitFor();
    return page;
  }

  const lane = (page: Page, letter: string): Locator => page.getByRole('region', { name: `Lane ${letter}` });
  const written = (page: Page, letter: string): Locator => lane(page, letter).locator('.cell.written');
  const finished = (page: Page): Promise<void> => page.locator('.lane[data-phase=finished]').nth(1).waitFor();
  const textOf = (page: Page, letter: string): Promise<string> => lane(page, letter).locator('.canvas').innerText();

  test('runs both lanes and shows tokens, costs, the race and the comparison', async () => {
    const page = (shown = await open());
    gateA.hold(4);
    gateB.hold(3);
    await page.getByRole('button', { name: 'Run both' }).click();
    await expect.poll(() => written(page, 'A').count(), { timeout: 60_000 }).toBe(4);
    await expect.poll(() => written(page, 'B').count(), { timeout: 60_000 }).toBe(6);
    expect(await lane(page, 'B').locator('.cell.open').count()).toBe(10);
    expect(await lane(page, 'B').getByText('passes').locator('xpath=following-sibling::dd').innerText()).toBe('3');
    gateA.open();
    gateB.open();
    await finished(page);
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    expect(await textOf(page, 'A')).toMatch(/^Once upon a time/);
    expect(await lane(page, 'B').locator('.cell:not(.prompt)').count()).toBe(16);
    const counters = await lane(page, 'A').locator('dd').allInnerTexts();
    expect(counters).toHaveLength(6);
    for (const counter of counters) expect(counter).toMatch(/^[\d.,]+( ms| s| B| KiB)?$/);
    const rows = page.getByRole('region', { name: 'Comparison' }).getByRole('row');
    expect(await rows.filter({ hasText: 'forward passes' }).innerText()).toMatch(/^forward passes\s+\d+\s+\d+\s+[\d.]+×$/);
    const dots = await page.locator('.strip').nth(1).locator('path').evaluateAll((paths) => paths.map((path) => path.getAttribute('d') ?? '').join('').split('M').length - 1);
    expect(dots).toBe(await written(page, 'B').count());
  });

  test('scrubs through the recording by slider and by key', async () => {
    const page = shown;
    const all = await written(page, 'B').count();
    const slider = page.getByRole('slider', { name: 'Moment of the recording' });
    await page.keyboard.press('Home');
    expect([await written(page, 'A').count(), await written(page, 'B').count()]).toEqual([0, 0]);
    await page.keyboard.press('ArrowRight');
    expect(await written(page, 'A').count() + await written(page, 'B').count()).toBeGreaterThan(0);
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    expect(await slider.inputValue()).toBe('0');
    const steps = lane(page, 'B').getByRole('slider', { name: 'Step of lane B' });
    await steps.fill('3');
    expect(await lane(page, 'B').locator('.steps b').innerText()).toBe('3');
    expect(await written(page, 'B').count()).toBe(6); // two positions in each of eight steps
    expect(await written(page, 'B').and(page.locator('.newest')).count()).toBe(2);
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await expect.poll(() => written(page, 'B').count(), { timeout: 60_000 }).toBe(all);
  });

  test('tells how sure the model was of the token that is pointed at, by mouse and by key', async () => {
    const page = shown;
    await page.keyboard.press('End');
    const inspector = lane(page, 'A').locator('.inspector');
    await written(page, 'A').nth(1).hover();
    expect(await inspector.innerText()).toMatch(/position 6 · probability [\d.]+ % · pass 2 · [\d.]+ m?s$/);
    await page.mouse.move(0, 0);
    await lane(page, 'A').locator('.canvas').focus();
    for (let press = 0; press < 6; press++) await page.keyboard.press('ArrowRight');
    expect(await inspector.innerText()).toMatch(/position 5 · probability [\d.]+ % · pass 1 · /);
  });

  test('exports the runs as they came', async () => {
    const page = shown;
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export run' }).click()]);
    const file = JSON.parse(await readFile(await download.path(), 'utf8'));
    expect(file).toMatchObject({ format: 'palimpsest-run', version: 1, order: 'together', lanes: [{ lane: 'A' }, { lane: 'B' }] });
    for (const { events } of file.lanes) expect([events[0].type, events.at(-1).type]).toEqual(['start', 'finish']);
  });

  test('stops one lane, then all', async () => {
    const page = await open();
    gateA.hold(2);
    gateB.hold(2);
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => written(page, 'B').count(), { timeout: 60_000 }).toBe(4);
    await page.getByRole('button', { name: 'Stop B' }).click();
    await page.locator('.lane[data-phase=stopped]').waitFor();
    await lane(page, 'B').getByRole('status').getByText('Lane B: stopped.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Run both' }).waitFor();
    expect(await lane(page, 'B').locator('.cell.open').count()).toBe(12);
    gateA.open();
    gateB.open();
    await page.close();
  });

  test('is light or dark as the device is, or as the reader chooses', async () => {
    const page = await open({ colorScheme: 'dark' });
    const brightness = (): Promise<number> =>
      page.evaluate(() => (getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g) ?? []).slice(0, 3).reduce((sum, value) => sum + Number(value), 0) / 765);
    expect(await brightness()).toBeLessThan(0.2);
    await page.keyboard.press('t');
    expect(await brightness()).toBeGreaterThan(0.8);
    await page.reload();
    expect(await brightness()).toBeGreaterThan(0.8);
    await page.getByRole('button', { name: /Theme: light/ }).click();
    expect(await brightness()).toBeLessThan(0.2);
    await page.close();
  });

  test('can be read: text stands out by 4.5 to 1, in light and in dark', async () => {
    const texts = ['.tagline', '.facts', '.sampler-digest', '.example', '.counters dt', '.inspector', '.steps', '.legend .sure-0 .word', '.legend .sure-1 .word',
      '.legend .sure-2 .word', '.legend .sure-3 .word', '.legend .drafted .word', '.transport small', '.ticks span', '.comparison .ratio', '.cell.prompt', 'button.primary'];
    for (const theme of ['light', 'dark']) {
      await shown.evaluate((chosen) => (document.documentElement.dataset['theme'] = chosen), theme);
      const faint = await shown.evaluate((selectors) => selectors.map((selector) => `${selector} ${contrast(selector).toFixed(2)}`).filter((line) => Number(line.split(' ').at(-1)) < 4.5), texts);
      expect([theme, ...faint]).toEqual([theme]);
    }
    await shown.evaluate(() => delete document.documentElement.dataset['theme']);
  });

  test('can be used by key alone, and shows where the focus is', async () => {
    const page = await open();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByLabel('Both lanes go on from this text').focus();
    await page.keyboard.type(' g?t '); // no shortcut while one writes
    expect(await page.getByLabel('Both lanes go on from this text').inputValue()).toContain(' g?t ');
    expect(await page.locator('.canvas.grid').count()).toBe(0);
    const outlines: string[] = [];
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press('Tab');
      outlines.push(await page.evaluate(() => {
        const focused = document.activeElement;
        if (focused === null || focused === document.body) return 'none';
        const shown = focused.matches('.choice input') ? (focused.nextElementSibling ?? focused) : focused;
        return getComputedStyle(shown).outlineStyle;
      }));
    }
    expect(outlines).toEqual(outlines.map(() => 'solid'));
    await page.close();
  });

  test('a link brings back the prompt, the settings and so the same tokens', async () => {
    const page = await open();
    await lane(page, 'B').getByText('Sampler').click();
    await lane(page, 'B').getByLabel('Policy').selectOption('random');
    await lane(page, 'B').getByLabel('Seed').fill('31');
    await page.getByRole('button', { name: 'Copy link' }).click();
    const hash = await page.evaluate(() => location.hash.slice(1));
    expect(hash).toContain('b.policy=random');
    await page.getByRole('button', { name: 'Run both' }).click();
    await finished(page);
    await page.keyboard.press('End');
    const told = [await textOf(page, 'A'), await textOf(page, 'B')];
    await page.close();
    const again = await open({}, hash);
    await again.keyboard.press('Control+Enter');
    await finished(again);
    await again.keyboard.press('End');
    expect([await textOf(again, 'A'), await textOf(again, 'B')]).toEqual(told);
    await again.close();
  });

  test('shows a short run once more, slowly', async () => {
    const page = await open({ reducedMotion: 'no-preference' });
    await page.keyboard.press('Control+Enter');
    await finished(page);
    const speed = page.getByRole('combobox', { name: 'Speed of playing' });
    await expect.poll(() => speed.inputValue(), { timeout: 60_000 }).not.toBe('1');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.close();
  });

  test('says in its lane what is wrong with a setting', async () => {
    const page = await open({}, `${scene}&b.blockLength=5`);
    await page.getByRole('button', { name: 'Run both' }).click();
    expect(await lane(page, 'B').getByRole('alert').innerText()).toContain('blockLength that divides the canvas of 16; got 5. Try blocks of 4 or 8.');
    await page.locator('.lane[data-phase=finished]').waitFor();
    complaints.splice(0); // the browser notes an answer of status 400
    await page.close();
  });

  test('fits a narrow screen', async () => {
    const page = await open({ viewport: { width: 360, height: 740 } });
    await page.getByRole('button', { name: 'Run both' }).click();
    await finished(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.close();
  });

  test('breaks no rule of its own content policy and logs no error', () => {
    expect(complaints).toEqual([]);
  });
});
