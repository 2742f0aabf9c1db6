/**
 * Counts of a vitest JSON report. A file that failed before its first test, and a run that failed although no test did
 * (an unhandled rejection, a crash), count as one failure each: otherwise they would read as `0 failed`.
 */
export function testTotals(report, exitStatus) {
  const brokenFiles = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'));
  const failed = report.numFailedTests + brokenFiles.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitStatus !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export const totalsLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;

/** The files that took longest, as [path, seconds]. */
export function slowestFiles(report, count) {
  return report.testResults
    .map((file) => [file.name, (file.endTime - file.startTime) / 1000])
    .sort((left, right) => right[1] - left[1])
    .slice(0, count);
}

/** How many tests of each file were skipped, as [path, count]. */
export function skippedByFile(report) {
  const skipped = (file) => file.assertionResults.filter((test) => ['pending', 'skipped', 'todo'].includes(test.status)).length;
  return report.testResults.map((file) => [file.name, skipped(file)]).filter(([, count]) => count > 0);
}
