import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportedNames, renderSurface, surfacePage } from '../scripts/surface.mjs';
import { root } from '../scripts/workspace.mjs';

test('the exported names are those of docs/public-surface.md; after a wanted change run `npm run surface`', () => {
  expect(renderSurface()).toBe(readFileSync(join(root, surfacePage), 'utf8'));
});

test('names of an index file: renamed, type-only and mixed', () => {
  const text = `export { b, type C, long as a } from './x.js';\nexport type { D } from './y.js';`;
  expect(exportedNames(text, 'index.ts')).toEqual({ values: ['a', 'b'], types: ['C', 'D'] });
});

test.each([`export * from './x.js';`, 'export const a = 1;', `import './x.js';`])('an index that says %s is refused', (text) => {
  expect(() => exportedNames(text, 'index.ts')).toThrow(/index\.ts: an index is a list/);
});
