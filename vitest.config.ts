import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

/** Tests read the sources: every package exports its `src` under this condition, so that no build comes first. */
const condition = '@palimpsest/source';

const project = (name: string, include: readonly string[]): TestProjectConfiguration => ({ extends: true, test: { name, include: [...include] } });

export default defineConfig({
  resolve: { conditions: [condition] },
  ssr: { resolve: { conditions: [condition, 'node'], externalConditions: ['node'] } },
  test: {
    projects: [
      project('packages', ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts']),
      project('apps', ['apps/*/src/**/*.test.{ts,tsx}', 'apps/*/test/**/*.test.ts']),
      project('repository', ['tests/**/*.test.ts']),
    ],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks', // as fast as threads here, and a crash in native code takes one file with it, not the run
    maxWorkers: 2,
  },
});
