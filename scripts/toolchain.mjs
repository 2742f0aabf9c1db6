import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const quiet = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1', NO_UPDATE_NOTIFIER: '1', npm_config_update_notifier: 'false' };

/** Stops with a sentence when Node is older than the packages ask for. */
export function requireNode() {
  const wanted = manifest().engines.node.replace('>=', '');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  console.error(`palimpsest: expected Node ${wanted} or newer; got ${process.versions.node}. Install a newer Node and run the command again.`);
  process.exit(1);
}

/**
 * Runs a command line in the repository root with the pinned pnpm, and everything installed here, on PATH. npx brings
 * that pnpm from the configured npm registry, so neither a global pnpm nor corepack is needed. Returns the exit status.
 */
export function withPnpm(commandLine, options = {}) {
  return run('npx', ['--yes', `--package=${manifest().packageManager}`, '--call', commandLine], options);
}

/** Runs a command in the repository root and returns its exit status; 1 when it could not start or was killed. */
export function run(command, args, { stdio = 'inherit' } = {}) {
  const windows = process.platform === 'win32'; // npx is a script there, which only a shell starts
  const words = windows ? args.map((word) => (/\s/.test(word) ? `"${word}"` : word)) : args;
  const result = spawnSync(command, words, { cwd: root, stdio, shell: windows, env: { ...process.env, ...quiet } });
  if (result.error) console.error(`${command}: ${result.error.message}`);
  return result.status ?? 1;
}

/** Installs what the lockfile says. Install scripts stay off: `allowBuilds` in pnpm-workspace.yaml names the exceptions, none. */
export const install = () => withPnpm('pnpm install --frozen-lockfile --config.confirmModulesPurge=false --reporter=append-only --loglevel=warn');

/** Builds through turbo; `filter` as in `turbo run --filter`. */
export const build = (filter) => withPnpm(`turbo run build --output-logs=errors-only --continue=dependencies-successful${filter === undefined ? '' : ` --filter=${filter}`}`);

function manifest() {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
}
