// Small and flat: no source file over 400 lines, and every package within its budget of source lines (size-budget.json).
// Tests and generated files are not counted.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, isGenerated, isMain, isTest, packagesOf, readJson, report, root } from './workspace.mjs';

const longestFile = 400;

export function checkSize(base = root, budgets = readJson(join(base, 'scripts/size-budget.json'))) {
  const rows = packagesOf(base).map(({ name, folder }) => ({ name, files: measured(join(folder, 'src'), base), budget: budgets[name] }));
  const lines = (files) => files.reduce((sum, file) => sum + file.lines, 0);
  return {
    notes: [
      'package             lines  budget  files  median  longest',
      ...rows.map(({ name, files, budget }) => {
        const sizes = files.map((file) => file.lines).sort((left, right) => left - right);
        const columns = [lines(files), budget ?? '-', files.length, sizes[Math.floor(sizes.length / 2)] ?? 0, sizes.at(-1) ?? 0];
        return name.padEnd(16) + columns.map((value) => String(value).padStart(8)).join('').slice(-40);
      }),
    ],
    problems: rows.flatMap(({ name, files, budget }) => [
      ...files.filter((file) => file.lines > longestFile).map((file) => `${file.path}: ${file.lines} lines; a source file has at most ${longestFile}. Split it by idea.`),
      ...(budget === undefined ? [`scripts/size-budget.json: has no budget for ${name}, which has ${lines(files)} lines.`] : []),
      ...(lines(files) > budget ? [`packages/${name}: ${lines(files)} lines of source; the budget is ${budget}. Remove some, or raise scripts/size-budget.json and say why in docs/decisions.`] : []),
    ]),
  };
}

function measured(folder, base) {
  return filesBelow(folder, base)
    .filter((path) => /\.[mc]?[jt]sx?$/.test(path) && !isTest(path))
    .map((path) => ({ path, text: readFileSync(join(base, path), 'utf8') }))
    .filter(({ path, text }) => !isGenerated(path, text))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
}

if (isMain(import.meta)) report('size', checkSize());
