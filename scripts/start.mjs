// npm start [-- --port 4000]: installs, builds and opens the playground server, which prints its address.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, requireNode, root } from './toolchain.mjs';

requireNode();
console.log('Installing (the first time takes a minute) ...');
stopUnless(install(), 'The installation failed; its messages stand above. Is the npm registry reachable?');
console.log('Building ...');
stopUnless(build('{./apps/playground}...'), 'The build failed; its messages stand above.');

const server = join(root, 'apps/playground/dist/server/main.js');
stopUnless(existsSync(server) ? 0 : 1, `The build left no ${server}.`);
const child = spawn(process.execPath, [server, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
// Ctrl-C reaches the server by itself; this process only waits for its end. A terminate signal is handed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)));

function stopUnless(status, sentence) {
  if (status === 0) return;
  console.error(sentence);
  process.exit(status);
}
