// npm run smoke: packs every public package, installs the tarballs with npm in an empty project, and imports and type-checks
// every entry point there. Run `npm test` or `npm run build` before it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, withPnpm } from './toolchain.mjs';
import { packagesOf } from './workspace.mjs';

function smoke(tarballs, project) {
  const packages = packagesOf(root).filter(({ manifest }) => manifest.private !== true);
  for (const folder of [tarballs, project]) mkdirSync(folder);
  const packed = withPnpm(`pnpm --recursive --filter "./packages/*" pack --pack-destination ${tarballs}`, { stdio: ['ignore', 'ignore', 'inherit'] });
  const files = readdirSync(tarballs);
  expect(packed === 0 && files.length === packages.length, `expected ${packages.length} tarballs; got ${files.length}`);

  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  inProject(project, 'npm', ['install', '--no-audit', '--no-fund', ...files.map((file) => join(tarballs, file))]);
  const missing = packages.flatMap(({ manifest }) => exportedFiles(manifest).map((file) => join('node_modules', manifest.name, file)))
    .filter((file) => !existsSync(join(project, file)));
  expect(missing.length === 0, `exported but not packed: ${missing.join(', ')}`);

  const entries = packages.flatMap(({ manifest }) =>
    Object.entries(manifest.exports).filter(([, target]) => typeof target !== 'string').map(([path]) => manifest.name + path.slice(1)));
  writeFileSync(join(project, 'run.mjs'), entries.map((entry) => `console.log('${entry}', Object.keys(await import('${entry}')).length, 'values');`).join('\n'));
  inProject(project, process.execPath, ['run.mjs']);

  writeFileSync(join(project, 'types.mts'), entries.map((entry, index) => `export * as entry${index} from '${entry}';`).join('\n'));
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable'];
  const nodeTypes = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  inProject(project, process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...nodeTypes, 'types.mts']);
  console.log(`${files.length} packages packed and installed; ${entries.length} entry points imported and type-checked`);
}

const exportedFiles = (manifest) => Object.values(manifest.exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));

function inProject(project, command, args) {
  // onnxruntime-node's install script would download CUDA libraries.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const { status } = spawnSync(command, args, { cwd: project, stdio: 'inherit', shell: process.platform === 'win32', env });
  expect(status === 0, `${command} ${args[0]} failed in the project that installed the tarballs`);
}

function expect(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

const temporary = mkdtempSync(join(tmpdir(), 'palimpsest-smoke-'));
try {
  smoke(join(temporary, 'tarballs'), join(temporary, 'project'));
} catch (error) {
  console.error(`smoke: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
