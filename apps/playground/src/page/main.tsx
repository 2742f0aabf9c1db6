import { signal } from '@preact/signals';
import { render } from 'preact';
import { sentence } from '../protocol/event.js';
import type { ModelListing } from '../protocol/model.js';
import { fetchModels, Refused } from './client.js';
import { download } from './download.js';
import { createLane, type Lane } from './lane.js';
import { createLearning } from './learning.js';
import { decodeScene, encodeScene, readDraft, readSeed } from './link.js';
import { App } from './parts/App.js';
import { runFile, showRunFile } from './run-file.js';
import { createStage } from './stage.js';
import './style/page.css';
import { createTheme } from './theme.js';
import { usualModel } from './usual-model.js';

const models = signal<readonly ModelListing[]>([]);
const notice = signal('');
const lanes = ['A', 'B'].map((letter) => createLane(letter, models));
const stage = createStage(lanes);
const learnings = lanes.map((lane) => createLearning(lane, stage.prompt));
stage.replays.value = !matchMedia('(prefers-reduced-motion: reduce)').matches;
const theme = createTheme(localStorage, document.documentElement);

/** The lanes as the address says; what it leaves open, or says wrongly, as a newcomer should see it. */
function setScene(hash: string): void {
  const { prompt, lanes: drafts } = decodeScene(hash);
  stage.prompt.value = prompt ?? 'Once upon a time';
  lanes.forEach((lane, index) => setLane(lane, drafts[index] ?? new Map<string, string>(), index));
}

function setLane(lane: Lane, draft: ReadonlyMap<string, string>, index: number): void {
  const named = models.value.find(({ name }) => name === draft.get('model'));
  const model = named ?? usualModel(models.value, index);
  if (model === undefined) return;
  lane.choose(model.name, draft.get('way'));
  lane.settings.value = readDraft(draft, lane.way.value?.controls ?? []);
  lane.seed.value = readSeed(draft.get('seed')) ?? 1;
}

async function copyLink(): Promise<boolean> {
  const scene = encodeScene({
    prompt: stage.prompt.value,
    lanes: lanes.map(({ model, way, seed, settings }) => ({
      model: model.value?.name ?? '',
      way: way.value?.name ?? '',
      seed: seed.value,
      settings: settings.value,
    })),
  });
  history.replaceState(null, '', `#${scene}`);
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false; // not allowed here; the address bar has it
  }
}

async function openRun(file: File): Promise<void> {
  try {
    showRunFile(await file.text(), stage);
    notice.value = '';
  } catch (error) {
    notice.value = inWords(error);
  }
}

const inWords = (error: unknown): string => (error instanceof Refused ? sentence(error.failure) : String(error));

function keepTime(): void {
  let before = performance.now();
  const frame = (now: number): void => {
    stage.tick(Math.max(now - before, 0), performance.now());
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no element #page');
const exportRun = (): void => download('palimpsest-run.json', runFile(stage));
render(<App stage={stage} learnings={learnings} theme={theme} notice={notice} copyLink={copyLink} exportRun={exportRun} openRun={openRun} />, root);
keepTime();
try {
  models.value = await fetchModels();
  if (models.value.length === 0) notice.value = 'There is no model yet. Train one, or start the server with --toy.';
  setScene(location.hash);
} catch (error) {
  notice.value = inWords(error);
}
window.addEventListener('hashchange', () => setScene(location.hash));
