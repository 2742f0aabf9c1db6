import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manifestProblems } from '../scripts/check-packages.mjs';
import { checkProse, proseProblems } from '../scripts/check-prose.mjs';
import { checkSize } from '../scripts/check-size.mjs';
import { root } from '../scripts/workspace.mjs';
import { temporaryRepository } from './temporary-repository.js';

describe('prose', () => {
  test.each([
    ['README.md', 'Run it in /home/someone/checkout.', '/home/someone/checkout'],
    ['scripts/a.sh', 'cd /root/project', '/root/project'],
    ['.npmrc', 'registry=https://registry.example.org/npm/', 'https://registry.example.org'],
    ['pnpm-lock.yaml', "    resolution: {integrity: x, tarball: 'y'}", 'tarball:'],
    ['docs/a.md', 'Written by a sub-agent.', 'sub-agent'],
    ['src/a.ts', '// TODO: later', 'TODO'],
    ['docs/a.md', 'A seamless experience', 'seamless'],
  ])('%s: %s', (path, text, found) => {
    expect(proseProblems(path, `\n${text}\n`)).toEqual([expect.stringContaining(`${path}:2: "${found}"`)]);
  });

  test.each([
    ['README.md', 'See https://example.org/root/page and packages/work/src.'],
    ['src/session.ts', 'const session = await open(); // an ONNX Runtime session'],
    ['src/a.ts', "const praise = 'seamless';"],
  ])('%s: %s is fine', (path, text) => {
    expect(proseProblems(path, text)).toEqual([]);
  });

  test('folders that git ignores are not read', () => {
    using repository = temporaryRepository({ '.gitignore': 'runs/\n', 'runs/a.md': '/root/x', 'docs/a.md': '/root/x', '.github/b.md': '/root/y' });
    expect(checkProse(repository.path).problems).toHaveLength(2);
  });
});

describe('size', () => {
  const lines = (count: number): string => 'const a = 1;\n'.repeat(count);

  test('a file of 401 lines and a package over its budget are found; tests and generated files do not count', () => {
    using repository = temporaryRepository({
      'packages/one/package.json': '{}',
      'packages/one/src/at-limit.ts': lines(400),
      'packages/one/src/too-long.ts': lines(401),
      'packages/one/src/long.test.ts': lines(900),
      'packages/one/src/schema_pb.ts': lines(900),
      'packages/two/package.json': '{}',
      'packages/two/src/a.ts': lines(7),
    });
    expect(checkSize(repository.path, { one: 801, two: 6 }).problems).toEqual([
      expect.stringMatching(/^packages\/one\/src\/too-long\.ts: 401 lines/),
      expect.stringMatching(/^packages\/two: 7 lines of source; the budget is 6/),
    ]);
    expect(checkSize(repository.path, { two: 7 }).problems).toEqual([expect.stringMatching(/too-long/), expect.stringMatching(/no budget for one, which has 801 lines/)]);
  });
});

test('a package without README, description or export conditions is found', () => {
  using repository = temporaryRepository({ 'packages/one/README.md': ' \n' });
  const manifest = {
    name: '@palimpsest/one', license: 'Apache-2.0', type: 'module', engines: { node: '>=20.19' }, publishConfig: { access: 'public' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
  };
  const problems = manifestProblems({ name: 'one', folder: join(repository.path, 'packages/one'), manifest });
  expect(problems).toEqual([expect.stringMatching(/lacks README/), expect.stringMatching(/lacks a description/), expect.stringMatching(/must be \{ source, types, default \}/)]);
});

describe('lint', () => {
  /** The rules that fire on `code` at `path`. */
  function rulesFiring(path: string, code: string): readonly string[] {
    using repository = temporaryRepository({ [path]: code });
    copyFileSync(join(root, '.oxlintrc.json'), join(repository.path, '.oxlintrc.json'));
    const lint = `process.stdout.write(require('node:child_process').spawnSync(process.argv[1], ['--format=json'], { encoding: 'utf8' }).stdout)`;
    const output = execFileSync(process.execPath, ['-e', lint, join(root, 'node_modules/.bin/oxlint')], { cwd: repository.path, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(output) as { readonly diagnostics: readonly { readonly code: string }[] };
    return diagnostics.map((diagnostic) => diagnostic.code);
  }

  test.each([
    ['Math.random()', 'eslint(no-restricted-properties)'],
    ['Date.now()', 'eslint(no-restricted-properties)'],
    ['process.env', 'eslint(no-restricted-properties)'],
  ])('%s is an error in library code, and fine in tests, apps and the main file of cli', (expression, rule) => {
    const code = `export const value = ${expression};\n`;
    expect(rulesFiring('packages/graph/src/a.ts', code)).toEqual([rule]);
    for (const path of ['packages/graph/src/a.test.ts', 'packages/cli/src/main.ts', 'apps/playground/src/a.ts']) expect(rulesFiring(path, code)).toEqual([]);
  });

  test('a default export, any and a focused test are errors', () => {
    expect(rulesFiring('packages/graph/src/a.ts', 'const a = 1;\nexport default a;\n')).toEqual(['import(no-default-export)']);
    expect(rulesFiring('packages/graph/src/a.ts', 'export const a: any = 1;\n')).toEqual(['typescript(no-explicit-any)']);
    expect(rulesFiring('packages/graph/src/a.test.ts', `import { expect, test } from 'vitest';\ntest.only('a', () => { expect(1).toBe(1); });\n`)).toEqual(['vitest(no-focused-tests)']);
  });
});
