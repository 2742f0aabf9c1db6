import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder with the given files (path to content), removed when disposed. */
export function temporaryRepository(files: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'palimpsest-repository-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The files of a package that depends on `dependencies`, with matching tsconfig references. */
export function packageFiles(name: string, dependencies: readonly string[], index: string): Readonly<Record<string, string>> {
  const references = dependencies.filter((one) => one.startsWith('@palimpsest/')).map((one) => ({ path: one.replace('@palimpsest', '..') }));
  return {
    [`packages/${name}/package.json`]: JSON.stringify({
      name: `@palimpsest/${name}`,
      dependencies: Object.fromEntries(dependencies.map((one) => [one, '*'])),
    }),
    [`packages/${name}/tsconfig.json`]: JSON.stringify({ references }),
    [`packages/${name}/src/index.ts`]: index,
  };
}
