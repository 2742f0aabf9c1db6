// The packages' dependencies are the drawing (scripts/drawing.mjs): declared, imported and referenced alike, downwards only.
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { drawing as ourDrawing, reserved } from './drawing.mjs';
import { filesBelow, isMain, isTest, packagesOf, readJson, report, root } from './workspace.mjs';

const scope = '@palimpsest/';
const importPattern = /(?:^|[\s;}])(?:import|export)\s*(?:type\s+)?(?:[\w*{][^'";]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function checkBoundaries(base = root, drawing = ourDrawing) {
  const packages = packagesOf(base);
  const rank = new Map(Object.keys(drawing).map((name, index) => [name, index]));
  const missing = Object.keys(drawing).filter((name) => !packages.some((entry) => entry.name === name));
  const tools = Object.keys(readJson(join(base, 'package.json')).devDependencies ?? {}).filter((name) => !name.startsWith(scope)); // ours are there for tests/ and docs/examples
  return {
    problems: [
      ...missing.map((name) => `scripts/drawing.mjs: names ${name}; there is no packages/${name}. Remove the line or add the package.`),
      ...packages.flatMap((entry) =>
        rank.has(entry.name)
          ? [...declared(entry, drawing, rank), ...referenced(entry), ...imported(entry, base, tools)]
          : [`packages/${entry.name}: is not in the drawing. Add a line to scripts/drawing.mjs, below what it depends on.`]),
      ...packagesOf(base, 'apps').flatMap((app) => imported(app, base, tools)),
    ],
  };
}

function declared({ name, manifest }, drawing, rank) {
  const expected = [...drawing[name].own.map((own) => scope + own), ...drawing[name].others];
  const actual = Object.keys(manifest.dependencies ?? {});
  const where = `packages/${name}/package.json`;
  const upward = [...actual, ...Object.keys(manifest.devDependencies ?? {})]
    .filter((dependency) => dependency.startsWith(scope) && !(rank.get(dependency.slice(scope.length)) < rank.get(name)));
  return [
    ...difference(actual, expected).map((extra) => `${where}: depends on ${extra}; the drawing does not. Remove it, or change scripts/drawing.mjs and say why in docs/decisions.`),
    ...difference(expected, actual).map((absent) => `${where}: lacks ${absent}, which the drawing has. Add it, or change scripts/drawing.mjs.`),
    ...upward.map((dependency) => `${where}: ${dependency} does not stand above ${name} in scripts/drawing.mjs. Arrows point down only, for tests too.`),
  ];
}

function referenced({ name, folder, manifest }) {
  const path = join(folder, 'tsconfig.json');
  if (!existsSync(path)) return [`packages/${name}: lacks tsconfig.json.`];
  const actual = (readJson(path).references ?? []).map((reference) => reference.path.replace(/^\.\.\//, scope));
  const expected = Object.keys(manifest.dependencies ?? {}).filter((dependency) => dependency.startsWith(scope));
  return [
    ...difference(expected, actual).map((absent) => `packages/${name}/tsconfig.json: references lack { "path": "../${absent.slice(scope.length)}" }.`),
    ...difference(actual, expected).map((extra) => `packages/${name}/tsconfig.json: references ${extra}, which package.json does not depend on.`),
  ];
}

function imported({ name, folder, manifest }, base, tools) {
  const dependencies = Object.keys(manifest.dependencies ?? {});
  const development = [...Object.keys(manifest.devDependencies ?? {}), ...tools, manifest.name];
  return filesBelow(folder, base)
    .filter((path) => /\.[mc]?tsx?$/.test(path))
    .flatMap((path) => {
      const allowed = isPublished(path) ? dependencies : [...dependencies, ...development];
      return importsOf(readFileSync(join(base, path), 'utf8')).flatMap((specifier) => importProblem({ path, name, specifier, allowed, manifest }));
    });
}

/** The module specifiers that a source text imports or re-exports; lines of comment are left out. */
export function importsOf(text) {
  const code = text.split('\n').filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)).join('\n');
  return [...code.matchAll(importPattern)].map((match) => match[1] ?? match[2]);
}

function importProblem({ path, name, specifier, allowed, manifest }) {
  if (specifier.startsWith('.')) return isPublished(path) && !/\.js(on)?$/.test(specifier) ? [`${path}: import of ${specifier} lacks its .js ending.`] : [];
  if (specifier.startsWith('node:')) return [];
  if (builtinModules.includes(specifier)) return [`${path}: write node:${specifier}.`];
  const target = packageOf(specifier);
  const owner = reserved[target];
  if (owner !== undefined && owner !== name && /\/src\//.test(path) && !isTest(path)) return [`${path}: only ${owner} may import ${target}.`];
  return allowed.includes(target) ? [] : [`${path}: imports ${target}, which the package.json of ${manifest.name} does not declare.`];
}

const isPublished = (path) => /^packages\/[^/]+\/(src|bin)\//.test(path) && !isTest(path);
const packageOf = (specifier) => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
const difference = (left, right) => left.filter((item) => !right.includes(item));

if (isMain(import.meta)) report('boundaries', checkBoundaries());
