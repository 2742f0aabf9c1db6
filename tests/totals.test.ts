import { expect, test } from 'vitest';
import { skippedByFile, testTotals, totalsLine } from '../scripts/totals.mjs';

const file = (status: string, tests: readonly string[]): object => ({ status, assertionResults: tests.map((one) => ({ status: one })) });
const report = (counts: readonly [passed: number, failed: number, skipped: number], files: readonly object[]): object => ({
  numPassedTests: counts[0], numFailedTests: counts[1], numPendingTests: counts[2], numTodoTests: 0, testResults: files,
});

test.each([
  ['all passed', report([7, 0, 0], [file('passed', ['passed'])]), 0, '7 passed, 0 failed'],
  ['skipped ones are named', report([7, 0, 3], [file('passed', ['passed', 'pending'])]), 0, '7 passed, 0 failed, 3 skipped'],
  ['a failed test counts once, not its file as well', report([5, 1, 0], [file('failed', ['passed', 'failed'])]), 1, '5 passed, 1 failed'],
  ['a file that could not be loaded counts', report([5, 0, 0], [file('passed', ['passed']), file('failed', [])]), 1, '5 passed, 1 failed'],
  ['a failing hook after passing tests counts', report([5, 1, 0], [file('failed', ['passed']), file('failed', ['failed'])]), 1, '5 passed, 2 failed'],
  ['an unhandled rejection counts', report([5, 0, 0], [file('passed', ['passed'])]), 1, '5 passed, 1 failed'],
])('totals: %s', (_, given, exitStatus, line) => {
  expect(totalsLine(testTotals(given, exitStatus))).toBe(line);
});

test('skipped tests are counted by file', () => {
  const testResults = [{ name: 'a', ...file('passed', ['skipped', 'passed', 'todo']) }, { name: 'b', ...file('passed', ['passed']) }, { name: 'c', ...file('passed', ['pending']) }];
  expect(skippedByFile({ testResults })).toEqual([['a', 2], ['c', 1]]);
});
