// Every public package can be published as it stands: publint finds nothing in its build, it has a README and the same
// manifest fields as its siblings.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { isMain, packagesOf, report, root, sourceCondition } from './workspace.mjs';

const fields = { license: 'Apache-2.0', type: 'module', engines: { node: '>=20.19' }, publishConfig: { access: 'public' } };

/** What is missing around a package's code: README, manifest fields, an export entry that tests can read without a build. */
export function manifestProblems({ name, folder, manifest }) {
  const where = `packages/${name}`;
  const readme = join(folder, 'README.md');
  const entries = Object.entries(manifest.exports ?? {}).filter(([, target]) => typeof target !== 'string');
  return [
    ...(existsSync(readme) && readFileSync(readme, 'utf8').trim() !== '' ? [] : [`${where}: lacks README.md: one sentence, an example that a test runs, what is in it, its limits.`]),
    ...(manifest.name === `@palimpsest/${name}` ? [] : [`${where}/package.json: expected the name @palimpsest/${name}; got ${manifest.name}.`]),
    ...(manifest.description ? [] : [`${where}/package.json: lacks a description.`]),
    ...Object.entries(fields).flatMap(([field, expected]) =>
      JSON.stringify(manifest[field]) === JSON.stringify(expected) ? [] : [`${where}/package.json: expected ${field} ${JSON.stringify(expected)}; got ${JSON.stringify(manifest[field])}.`]),
    ...(entries.length > 0 ? [] : [`${where}/package.json: exports nothing.`]),
    ...entries.flatMap(([path, target]) =>
      Object.keys(target).join() === `${sourceCondition},types,default` ? [] : [`${where}/package.json: exports["${path}"] must be { ${sourceCondition}, types, default } in this order; got { ${Object.keys(target).join(', ')} }.`]),
  ];
}

async function publishProblems({ name, folder, manifest }) {
  const { messages } = await publint({ pkgDir: folder, strict: true, pack: false });
  return messages.map((message) => `packages/${name}: publint: ${formatMessage(message, manifest, { color: false })}`);
}

if (isMain(import.meta)) {
  const packages = packagesOf(root).filter((entry) => entry.manifest.private !== true);
  const problems = await Promise.all(packages.map(async (entry) => [...manifestProblems(entry), ...(await publishProblems(entry))]));
  report('packages', { notes: [`${packages.length} public packages`], problems: problems.flat() });
}
