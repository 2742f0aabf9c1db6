// npm run example [-- steps]: packs every public package, installs the tarballs with npm beside a copy of docs/examples/gated-delta, compiles it
// and runs it, as a stranger would who has none of our code. Run `npm test` or `npm run build` before it. A test does it without a registry.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyExample, packAll } from './packed.mjs';

function runExample(temporary, steps) {
  const tarballs = packAll(join(temporary, 'tarballs'));
  const project = join(temporary, 'gated-delta');
  const manifest = copyExample(project, tarballs);
  // what it does not name its dependencies need
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, dependencies: Object.fromEntries([...tarballs].map(([name, path]) => [name, `file:${path}`])) }));
  run(project, 'npm', ['install', '--no-audit', '--no-fund']);
  run(project, 'npx', ['tsc']);
  run(project, process.execPath, ['dist/main.js', steps]);
}

function run(project, command, args) {
  // onnxruntime-node's install script would download CUDA libraries.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const { status } = spawnSync(command, args, { cwd: project, stdio: 'inherit', shell: process.platform === 'win32', env });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed in the example`);
}

const temporary = mkdtempSync(join(tmpdir(), 'palimpsest-example-'));
try {
  runExample(temporary, process.argv[2] ?? '60');
} catch (error) {
  console.error(`example: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
