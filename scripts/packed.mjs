// Our packages as a stranger gets them: packed.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, withPnpm } from './toolchain.mjs';
import { packagesOf } from './workspace.mjs';

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** Packs every public package into a new folder. Returns each tarball's path by its package's name. */
export function packAll(folder) {
  mkdirSync(folder, { recursive: true });
  const status = withPnpm(`pnpm --recursive --filter "./packages/*" pack --pack-destination ${folder}`, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('a package could not be packed');
  return new Map(readdirSync(folder).map((file) => [file.replace(/^palimpsest-(.*)-[^-]*\.tgz$/, '@palimpsest/$1'), join(folder, file)]));
}

/** A copy of docs/examples/gated-delta, and its manifest. */
export function copyExample(project, tarballs) {
  cpSync(join(root, 'docs/examples/gated-delta'), project, { recursive: true, filter: (path) => !/node_modules|dist/.test(path.slice(root.length)) });
  const manifest = readManifest(project);
  const strangers = Object.keys(manifest.dependencies).filter((name) => !tarballs.has(name));
  if (strangers.length > 0) throw new Error(`the example depends on ${strangers.join(', ')}, which is not packed`);
  return manifest;
}

/**
 * Installs the tarballs in a project without a registry: each is unpacked where npm would put it, and what it depends on besides ours is linked from where it is installed
 * in this repository. A foreign dependency that a packed manifest does not name is not found there, and one of ours without a version of its own is refused.
 */
export function unpackInto(project, tarballs) {
  const sources = new Map(packagesOf(root).map(({ manifest, folder }) => [manifest.name, folder]));
  for (const [name, tarball] of tarballs) {
    const folder = join(project, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    if (spawnSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'], { stdio: 'inherit' }).status !== 0) throw new Error(`${tarball} could not be unpacked`);
    for (const [dependency, version] of Object.entries(readManifest(folder).dependencies ?? {})) {
      if (/^(workspace|catalog):/.test(version)) throw new Error(`${name}: ${dependency} is packed with the version ${version}, which only this repository knows`);
      if (!tarballs.has(dependency)) link(join(sources.get(name), 'node_modules', dependency), join(folder, 'node_modules', dependency));
    }
  }
}

/** For what a project compiles with. */
export function linkTools(project, names) {
  for (const name of names) link(join(root, 'node_modules', name), join(project, 'node_modules', name));
}

function link(from, to) {
  if (!existsSync(from)) throw new Error(`${from} is not installed`);
  mkdirSync(dirname(to), { recursive: true });
  symlinkSync(realpathSync(from), to, 'junction');
}
