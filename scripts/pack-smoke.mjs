// npm run smoke: packs every public package, installs the tarballs with npm in an empty project, and imports every
// entry point there. Run `npm test` or `npm run build` before it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, withPnpm } from './toolchain.mjs';
import { packagesOf } from './workspace.mjs';

const temporary = mkdtempSync(join(tmpdir(), 'palimpsest-smoke-'));
try {
  process.exitCode = smoke(join(temporary, 'tarballs'), join(temporary, 'project'));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function smoke(tarballs, project) {
  const packages = packagesOf(root).filter(({ manifest }) => manifest.private !== true);
  for (const folder of [tarballs, project]) mkdirSync(folder);
  if (withPnpm(`pnpm --recursive --filter "./packages/*" pack --pack-destination ${tarballs}`) !== 0) return fail('pnpm could not pack the packages');
  const files = readdirSync(tarballs);
  if (files.length !== packages.length) return fail(`expected ${packages.length} tarballs; got ${files.length}`);

  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  // onnxruntime-node's install script would download CUDA libraries.
  const install = npmIn(project, ['install', '--no-audit', '--no-fund', ...files.map((file) => join(tarballs, file))], { ONNXRUNTIME_NODE_INSTALL: 'skip' });
  if (install !== 0) return fail('npm could not install the tarballs');

  const entries = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports).filter((path) => path !== './package.json').map((path) => manifest.name + path.slice(1)));
  writeFileSync(join(project, 'import.mjs'), entries.map(importLine).join('\n'));
  if (spawnSync(process.execPath, ['import.mjs'], { cwd: project, stdio: 'inherit' }).status !== 0) return fail('an installed package could not be imported');
  console.log(`${files.length} packages packed and installed, ${entries.length} entry points imported`);
  return 0;
}

const importLine = (entry) => `console.log(${JSON.stringify(entry)}, Object.keys(await import(${JSON.stringify(entry)})).length, 'values');`;

const npmIn = (cwd, args, env) =>
  spawnSync('npm', args, { cwd, stdio: 'inherit', shell: process.platform === 'win32', env: { ...process.env, ...env } }).status;

function fail(sentence) {
  console.error(`smoke: ${sentence}.`);
  return 1;
}
