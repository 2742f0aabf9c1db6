// npm test [-- vitest arguments]: installs, builds, checks, runs every test, and ends with the totals.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, install, requireNode, root, run, withPnpm } from './toolchain.mjs';
import { skippedByFile, slowestFiles, testTotals, totalsLine } from './totals.mjs';

const reportPath = join(root, '.cache/vitest.json');
const totalsPath = join(root, '.cache/totals.txt');
const stages = [];

requireNode();
mkdirSync(join(root, '.cache'), { recursive: true });
rmSync(reportPath, { force: true });
rmSync(totalsPath, { force: true });

const built = stage('install', install) && stage('build', build);
if (built) {
  stage('types of tests', () => withPnpm('tsc --project tsconfig.tests.json'));
  stage('lint', () => withPnpm('oxlint'));
  stage('unused code', () => withPnpm('knip --no-config-hints'));
  for (const check of ['boundaries', 'packages', 'prose', 'size']) stage(check, () => run(process.execPath, [`scripts/check-${check}.mjs`]));
}
const vitest = built ? runTests() : { passed: 0, failed: 0, skipped: 0 };

// A stage that failed is a failure in the totals as well, so that the last line never reads better than the run was.
const failedStages = stages.filter((entry) => !entry.ok).length;
const totals = { ...vitest, failed: vitest.failed + failedStages };
console.log(`\n${stages.map(({ name, seconds, ok }) => `${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s  ${name}`).join('\n')}`);
if (failedStages > 0) console.log(`${failedStages} of the stages before the tests failed; each counts as one failure.`);
writeFileSync(totalsPath, `${totalsLine(totals)}\n`);
console.log(totalsLine(totals));
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);

function stage(name, action) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const ok = action() === 0;
  stages.push({ name, ok, seconds: (performance.now() - start) / 1000 });
  return ok;
}

function runTests() {
  console.log('\n== tests');
  const words = process.argv.slice(2).map((word) => JSON.stringify(word)).join(' ');
  const start = performance.now();
  const status = withPnpm(`vitest run --reporter=default --reporter=json --outputFile.json=.cache/vitest.json ${words}`);
  if (!existsSync(reportPath)) return { passed: 0, failed: 1, skipped: 0 }; // vitest died before it could report
  const report = JSON.parse(readFileSync(reportPath, 'utf8'));
  const counts = testTotals(report, status);
  console.log(`tests took ${((performance.now() - start) / 1000).toFixed(1)} s; the slowest files:`);
  for (const [file, seconds] of slowestFiles(report, 5)) console.log(`${seconds.toFixed(1).padStart(6)} s  ${relative(root, file)}`);
  for (const [file, count] of skippedByFile(report)) console.log(`skipped: ${count} in ${relative(root, file)}`);
  return counts;
}
