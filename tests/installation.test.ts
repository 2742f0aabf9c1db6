import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readJson, root } from '../scripts/workspace.mjs';

const text = (path: string): string => readFileSync(join(root, path), 'utf8');

test('the lockfile names no registry host and no tarball, so that the configured registry is used', () => {
  expect(text('pnpm-lock.yaml')).not.toMatch(/https?:\/\/|tarball:/);
});

test('every dependency is pinned in the catalog or is one of ours', () => {
  const manifests = ['packages', 'apps'].flatMap((folder) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => join(root, folder, name, 'package.json')).filter(existsSync) : []);
  const ranges = [join(root, 'package.json'), ...manifests].flatMap((path) => {
    const { dependencies = {}, devDependencies = {} } = readJson(path);
    return Object.entries({ ...dependencies, ...devDependencies }).map(([name, range]) => `${name} ${range}`);
  });
  expect(ranges.filter((range) => !/ (catalog:|workspace:\*)$/.test(range))).toEqual([]);
  const catalog = text('pnpm-workspace.yaml').split('catalog:')[1]?.split('\n\n')[0] ?? '';
  expect(catalog.match(/: [~^>]/g)).toBeNull();
});

test("onnxruntime-node's install script did not run: there is its CPU library and no CUDA one", () => {
  const runtime = createRequire(join(root, 'packages/runtime/package.json'));
  const folder = join(dirname(runtime.resolve('onnxruntime-node/package.json')), 'bin');
  const files = readdirSync(folder, { recursive: true }).map(String);
  expect(files.some((file) => file.endsWith('onnxruntime_binding.node'))).toBe(true);
  expect(files.filter((file) => /cuda|tensorrt/i.test(file))).toEqual([]);
});
