// No text in the repository names a machine, a registry or how the work was organised; pages do not praise themselves and
// their links lead somewhere.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { filesBelow, isMain, report, root } from './workspace.mjs';

const texts = new Set(['', '.cjs', '.css', '.html', '.js', '.json', '.jsonc', '.jsx', '.md', '.mjs', '.py', '.sh', '.svg', '.ts', '.tsx', '.txt', '.yaml', '.yml']);

/** Each rule: which files, what it finds, and what to write instead. */
const rules = [
  { files: /./, finds: /(?<![\w.@-])\/(?:work|root|home\/\w+|Users\/\w+|mnt\/\w+)\/[\w.-]*\w/, say: 'is a path of one machine; write it relative to the repository' },
  { files: /./, finds: /\bhttps?:\/\/[^\s/'"`)]*(?:registry|npmjs|verdaccio|artifactory|nexus|npmmirror)[^\s/'"`)]*/i, say: 'is a registry host; the one that npm is configured with is used' },
  { files: /^pnpm-lock\.yaml$/, finds: /\btarball:|https?:\/\//, say: 'ties the lockfile to one registry; install with the default lockfile settings' },
  { files: /./, finds: /\bsub-?agents?\b|\b(?:coding|AI|LLM) (?:agents?|assistants?)\b|\b(?:previous|earlier|my) session\b|\b(?:other|another|fellow) engineers?\b|\bthe brief\b|Co-authored-by/i, say: 'tells how the work was organised; leave it out' },
  { files: /\.(?:[cm]?[jt]sx?|md|py|ya?ml|sh|css|html)$/, finds: /\b(?:TODO|FIXME|XXX|HACK)\b/, say: 'is unfinished work; finish it or file an issue' },
  { files: /\.md$/, finds: /[\u{1F300}-\u{1FAFF}\u{2705}\u{274C}\u{2728}]/u, say: 'is decoration' },
  { files: /\.md$/, finds: /\b(?:seamless(?:ly)?|comprehensive|blazing(?:ly)?|cutting-edge|state-of-the-art|production-ready|powerful|effortless(?:ly)?|world-class)\b/i, say: 'is praise; say what it does' },
];
const exempt = new Set(['scripts/check-prose.mjs', 'tests/check-texts.test.ts', 'LICENSE']); // the rules and their controls

/** Problems of one text, each with its line. */
export function proseProblems(path, text) {
  const active = rules.filter((rule) => rule.files.test(path));
  return text.split('\n').flatMap((line, index) =>
    active.flatMap((rule) => {
      const found = rule.finds.exec(line);
      return found === null ? [] : [`${path}:${index + 1}: "${found[0]}" ${rule.say}.`];
    }));
}

export function checkProse(base = root) {
  const paths = filesBelow(base, base).filter((path) => texts.has(extname(path)) && !exempt.has(path));
  return {
    problems: paths.flatMap((path) => {
      const text = readFileSync(join(base, path), 'utf8');
      return [...proseProblems(path, text), ...(path.endsWith('.md') ? brokenLinks(base, path, text) : [])];
    }),
  };
}

function brokenLinks(base, path, text) {
  const targets = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map((match) => match[1]).filter((target) => !/^[a-z]+:/.test(target));
  return targets
    .filter((target) => !existsSync(join(base, dirname(path), decodeURI(target))))
    .map((target) => `${path}: links to ${target}, which does not exist.`);
}

if (isMain(import.meta)) report('prose', checkProse());
