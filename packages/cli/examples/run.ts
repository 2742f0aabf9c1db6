import { runPalimpsest } from '@palimpsest/cli';

let errors = '';
const code = await runPalimpsest(['generate', 'storybok-ar'], {
  output: { write: (text) => console.log(text) },
  errors: { write: (text) => { errors += text; } },
  clock: () => performance.now(),
  signal: new AbortController().signal,
  drawSeed: () => 7,
  processors: 2,
});
console.log(code, errors.includes('got "storybok-ar"'));
