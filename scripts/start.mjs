// npm start [-- --port 4000]: installs, builds and opens the playground server, which prints its address.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, install, requireNode, root } from './toolchain.mjs';

requireNode();
console.log('Installing (the first time takes a minute) ...');
stopUnless(install(), 'The installation failed; its messages stand above. Is the npm registry reachable?');
console.log('Building ...');
stopUnless(build('{./apps/playground}...'), 'The build failed; its messages stand above.');
const server = join(root, 'apps/playground/dist/server/main.js');
stopUnless(existsSync(server) ? 0 : 1, `The build left no ${server}.`);

// npm runs this file through a shell. Whoever ends npm ends that shell, and nobody would end the server.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGTERM'), 500).unref();

// The server takes over this process, so that signals reach it and its exit status is the command's.
process.argv[1] = server;
process.chdir(root);
await import(pathToFileURL(server).href);

function stopUnless(status, sentence) {
  if (status === 0) return;
  console.error(sentence);
  process.exit(status);
}
