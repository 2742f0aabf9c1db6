import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The export condition under which a package is its TypeScript sources. */
export const sourceCondition = '@palimpsest/source';

/** The packages under `packages/` or `apps/`: folder name, folder path, parsed package.json. */
export function packagesOf(base, parent = 'packages') {
  if (!existsSync(join(base, parent))) return [];
  return readdirSync(join(base, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(base, parent, entry.name, 'package.json')))
    .map((entry) => {
      const folder = join(base, parent, entry.name);
      return { name: entry.name, folder, manifest: readJson(join(folder, 'package.json')) };
    })
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Every file below `folder` as paths relative to `base`, without version control and the folders that .gitignore names. */
export function filesBelow(folder, base = root) {
  const ignored = ignoredFolders(base);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (ignored.has(entry.name)) return []; // .git is a file in a linked work tree
    if (entry.isDirectory()) return filesBelow(path, base);
    return entry.isFile() ? [relative(base, path)] : [];
  });
}

function ignoredFolders(base) {
  const path = join(base, '.gitignore');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return new Set(['.git', 'node_modules', ...lines.filter((line) => line.endsWith('/')).map((line) => line.replaceAll('/', ''))]);
}

export const isTest = (path) => /\.test\.tsx?$/.test(path) || /(^|\/)tests?\//.test(path);

/** True for a file that a generator wrote: its first lines say `@generated`, or it ends in `_pb.ts`. */
export const isGenerated = (path, text) => path.endsWith('_pb.ts') || /@generated/.test(text.slice(0, 400));

/** True for the module that node was asked to run; `meta` is its import.meta. */
export const isMain = (meta) => process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(meta.filename);

/** Prints what a check found and sets the exit status. */
export function report(name, { problems, notes = [] }) {
  for (const note of notes) console.log(note);
  for (const problem of problems) console.error(problem);
  console.log(`${name}: ${problems.length === 0 ? 'no problem' : `${problems.length} problem${problems.length === 1 ? '' : 's'}`}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
