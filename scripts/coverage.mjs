// Runs scripts/test.mjs under c8 (.c8rc.json) and prints the coverage before
// the runner's closing line, which must stay the last one.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const c8 = join(root, 'node_modules', 'c8', 'bin', 'c8.js');
const args = [c8, process.execPath, join(root, 'scripts', 'test.mjs'), ...process.argv.slice(2)];
const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
const CLOSING = /^(\d+ passed, \d+ failed, \d+ skipped)$/m;
let closing = '';
child.stdout.setEncoding('utf8');
child.stdout.on('data', (text) => {
  closing = text.match(CLOSING)?.[1] ?? closing;
  process.stdout.write(text.replace(CLOSING, ''));
});
child.on('close', (code) => {
  if (code !== 0) console.log('The tests or the coverage threshold (.c8rc.json) failed.');
  if (closing !== '') console.log(closing);
  process.exit(code ?? 1);
});
