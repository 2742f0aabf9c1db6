import { spawnSync } from 'node:child_process';
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

test('a link of a page to a file that does not exist is found', () => {
  using repository = temporaryRepository({
    'docs/a.md': '[up](../README.md#setup), [beside](b.md), [web](https://example.org/x), [gone](c.md "title")',
    'docs/b.md': '',
    'README.md': '',
  });
  expect(checkProse(repository.path).problems).toEqual([expect.stringMatching(/docs\/a\.md: links to c\.md/)]);
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
  expect(problems).toEqual([expect.stringMatching(/lacks README/), expect.stringMatching(/lacks a description/), expect.stringMatching(/must be \{ @palimpsest\/source, types, default \}/)]);
});

describe('lint', () => {
  /** The rules that fire on each file, in one run of the linter with our configuration. */
  function rulesFiring(files: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> {
    using repository = temporaryRepository(files);
    copyFileSync(join(root, '.oxlintrc.json'), join(repository.path, '.oxlintrc.json'));
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format=json'], { cwd: repository.path, encoding: 'utf8' });
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly { readonly code: string; readonly filename: string }[] };
    const codes = (path: string): readonly string[] => diagnostics.filter(({ filename }) => filename === path).map(({ code }) => code);
    return Object.fromEntries(Object.keys(files).map((path) => [path, codes(path)]));
  }

  test('randomness, time and environment are errors in library code, and fine in tests, apps and the main file of cli', () => {
    const code = 'export const value = [Math.random(), Date.now(), process.env];\n';
    const property = 'eslint(no-restricted-properties)';
    const fine = ['packages/graph/src/a.test.ts', 'packages/cli/src/main.ts', 'apps/playground/src/a.ts'];
    const fired = rulesFiring(Object.fromEntries(['packages/graph/src/a.ts', ...fine].map((path) => [path, code])));
    expect(fired).toEqual({ 'packages/graph/src/a.ts': [property, property, property], ...Object.fromEntries(fine.map((path) => [path, []])) });
  });

  test('console, a default export, any, an import cycle and a focused test are errors', () => {
    expect(rulesFiring({
      'packages/layers/src/log.ts': `console.log('a');\n`,
      'packages/layers/src/default.ts': 'const a = 1;\nexport default a;\n',
      'packages/layers/src/any.ts': 'export const a: any = 1;\n',
      'packages/layers/src/one.ts': `import { two } from './two.js';\nexport const one = (): number => two();\n`,
      'packages/layers/src/two.ts': `import { one } from './one.js';\nexport const two = (): number => one();\n`,
      'packages/layers/src/a.test.ts': `import { expect, test } from 'vitest';\ntest.only('a', () => { expect(1).toBe(1); });\n`,
    })).toEqual({
      'packages/layers/src/log.ts': ['eslint(no-console)'],
      'packages/layers/src/default.ts': ['import(no-default-export)'],
      'packages/layers/src/any.ts': ['typescript(no-explicit-any)'],
      'packages/layers/src/one.ts': ['import(no-cycle)'],
      'packages/layers/src/two.ts': ['import(no-cycle)'],
      'packages/layers/src/a.test.ts': ['vitest(no-focused-tests)'],
    });
  });
});
