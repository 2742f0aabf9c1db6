import { describe, expect, test } from 'vitest';
import { checkBoundaries, importsOf } from '../scripts/check-boundaries.mjs';
import { packageFiles, temporaryRepository } from './temporary-repository.js';

const drawing = { low: { own: [], others: ['zod'] }, runtime: { own: [], others: [] }, high: { own: ['low'], others: [] } };
const sound = {
  'package.json': JSON.stringify({ devDependencies: { vitest: '*' } }),
  ...packageFiles('low', ['zod'], `import { z } from 'zod';\nexport { a } from './a.js';`),
  ...packageFiles('runtime', [], ''),
  ...packageFiles('high', ['@palimpsest/low'], `export type { A } from '@palimpsest/low/testing';`),
  'packages/high/src/high.test.ts': `import { test } from 'vitest';\nimport fs from 'node:fs';`,
};

function problemsWith(change: Readonly<Record<string, string>>): readonly string[] {
  using repository = temporaryRepository({ ...sound, ...change });
  return checkBoundaries(repository.path, drawing).problems;
}

describe('boundaries', () => {
  test('a repository that matches the drawing has no problem', () => {
    expect(problemsWith({})).toEqual([]);
  });

  test.each([
    ['a dependency that the drawing lacks', packageFiles('runtime', ['@palimpsest/low'], ''), /runtime\/package\.json: depends on @palimpsest\/low/],
    ['a dependency that the drawing has and the package lacks', packageFiles('high', [], ''), /high\/package\.json: lacks @palimpsest\/low/],
    ['a third-party package that the drawing lacks', packageFiles('low', ['zod', 'lodash'], ''), /depends on lodash/],
    ['an import that is not declared', { 'packages/high/src/b.ts': `import { graph } from '@palimpsest/runtime';` }, /b\.ts: imports @palimpsest\/runtime/],
    ['a dynamic import that is not declared', { 'packages/high/src/b.ts': `const lazy = await import('hono');` }, /b\.ts: imports hono/],
    ['a test tool in shipped code', { 'packages/high/src/testing/index.ts': `import { test } from 'vitest';` }, /testing\/index\.ts: imports vitest/],
    ['ONNX Runtime in an application', { 'apps/page/package.json': '{"dependencies":{"onnxruntime-web":"*"}}', 'apps/page/src/a.tsx': `import 'onnxruntime-web';` }, /only runtime may import/],
    ['an undeclared import in an application', { 'apps/page/package.json': '{"name":"page"}', 'apps/page/src/a.ts': `import 'hono';\nimport './style.css';` }, /imports hono, which the package.json of page/],
    ['a relative import without its ending', { 'packages/low/src/b.ts': `import './a';` }, /\.\/a lacks its \.js ending/],
    ['a built-in module without node:', { 'packages/low/src/b.ts': `import { readFileSync } from 'fs';` }, /write node:fs/],
    ['a reference that is missing', { 'packages/high/tsconfig.json': '{}' }, /references lack \{ "path": "\.\.\/low" \}/],
    ['a package that is not drawn', packageFiles('stray', [], ''), /packages\/stray: is not in the drawing/],
  ])('%s is found', (_, change, message) => {
    const problems = problemsWith(change);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  test('an arrow upwards is found even when the drawing has it', () => {
    using repository = temporaryRepository({ ...sound, ...packageFiles('low', ['zod', '@palimpsest/high'], '') });
    const { problems } = checkBoundaries(repository.path, { ...drawing, low: { own: ['high'], others: ['zod'] } });
    expect(problems).toEqual([expect.stringMatching(/@palimpsest\/high does not stand above low/)]);
  });

  test('ONNX Runtime is imported by runtime alone, except in tests', () => {
    const withRuntime = { ...drawing, high: { own: ['low'], others: ['onnxruntime-node'] } };
    const files = { ...sound, ...packageFiles('high', ['@palimpsest/low', 'onnxruntime-node'], '') };
    const importing = `import * as ort from 'onnxruntime-node';`;
    using tested = temporaryRepository({ ...files, 'packages/high/test/a.test.ts': importing });
    expect(checkBoundaries(tested.path, withRuntime).problems).toEqual([]);
    using shipped = temporaryRepository({ ...files, 'packages/high/src/a.ts': importing });
    expect(checkBoundaries(shipped.path, withRuntime).problems).toEqual([expect.stringMatching(/a\.ts: only runtime may import onnxruntime-node/)]);
  });

  test('a drawn package that does not exist is found', () => {
    using repository = temporaryRepository(sound);
    const { problems } = checkBoundaries(repository.path, { ...drawing, absent: { own: [], others: [] } });
    expect(problems).toEqual([expect.stringMatching(/there is no packages\/absent/)]);
  });
});

test('imports are read from every form of import and export, and not from comments or words', () => {
  const text = `
import a from 'one';
import type { B } from "two";
import {
  c,
  d,
} from 'three';
import 'four';
export { e } from 'five';
export * as f from 'six';
const g = () => import('seven');
import h, { type I } from 'eight';
 * import { x } from 'comment';
// import { x } from 'comment';
const words = 'export nothing from';
export const quoted = 'not a module';
`;
  expect(importsOf(text)).toEqual(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']);
});
