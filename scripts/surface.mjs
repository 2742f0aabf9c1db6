// npm run surface: writes docs/public-surface.md, the names that each public package exports. A test compares the page
// with the code, so that a change of the surface is seen in review.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { isMain, packagesOf, root, sourceCondition } from './workspace.mjs';

export const surfacePage = 'docs/public-surface.md';

export function renderSurface(base = root) {
  const sections = packagesOf(base)
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ folder, manifest }) =>
      Object.entries(manifest.exports)
        .filter(([, target]) => target[sourceCondition] !== undefined)
        .map(([path, target]) => section(manifest.name + path.slice(1), join(folder, target[sourceCondition]))));
  return ['# Public surface', '', 'Every name that a package exports. Written by `npm run surface`; do not edit.', '', ...sections].join('\n');
}

function section(title, file) {
  const { values, types } = exportedNames(readFileSync(file, 'utf8'), file);
  const line = (label, names) => (names.length === 0 ? [] : [`- ${label}: ${names.map((name) => `\`${name}\``).join(', ')}`]);
  return [`## ${title}`, ...line('values', values), ...line('types', types), ''].join('\n');
}

/**
 * The names that an index file exports. It must be a hand-written list of named re-exports: anything else is an error,
 * so that nothing becomes public by accident.
 */
export function exportedNames(text, file) {
  const values = [];
  const types = [];
  for (const statement of ts.createSourceFile(file, text, ts.ScriptTarget.Latest).statements) {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    if (clause === undefined || !ts.isNamedExports(clause)) {
      throw new Error(`${file}: an index is a list of \`export { names } from './file.js'\`; got ${JSON.stringify(text.slice(statement.pos, statement.end).trim().slice(0, 60))}.`);
    }
    for (const element of clause.elements) (statement.isTypeOnly || element.isTypeOnly ? types : values).push(element.name.text);
  }
  return { values: values.sort(), types: types.sort() };
}

if (isMain(import.meta)) writeFileSync(join(root, surfacePage), renderSurface());
