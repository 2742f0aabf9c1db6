// npm run example [-- steps]: packs every public package, installs the tarballs with npm beside a copy of docs/examples/gated-delta, compiles it
// and runs it, as a stranger would who has none of our code. Run `npm test` or `npm run build` before it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, withPnpm } from './toolchain.mjs';

/** The tarball of each of our packages, by the package's name. */
function packAll(folder) {
  mkdirSync(folder);
  const status = withPnpm(`pnpm --recursive --filter "./packages/*" pack --pack-destination ${folder}`, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('a package could not be packed');
  return new Map(readdirSync(folder).map((file) => [file.replace(/^palimpsest-(.*)-[^-]*\.tgz$/, '@palimpsest/$1'), `file:${join(folder, file)}`]));
}

function runExample(temporary, steps) {
  const tarballs = packAll(join(temporary, 'tarballs'));
  const project = join(temporary, 'gated-delta');
  cpSync(join(root, 'docs/examples/gated-delta'), project, { recursive: true, filter: (path) => !/node_modules|dist/.test(path.slice(root.length)) });
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const strangers = Object.keys(manifest.dependencies).filter((name) => !tarballs.has(name));
  if (strangers.length > 0) throw new Error(`the example depends on ${strangers.join(', ')}, which is not packed`);
  // what it does not name its dependencies need
  writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, dependencies: Object.fromEntries(tarballs) }));
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
