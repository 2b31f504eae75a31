// Runs the coverage-guided fuzzer of test/fuzz, one target after the other, each in a process of its own.
// Usage: node scripts/fuzz.mjs [--target name] [--seconds n] [--seed n] [--minimise]
// --target takes several names with commas between them, or a part of a name with * behind it.
// Ends with 1 when a target broke an invariant; the input lies in test/corpus/<target>/found-*.bin then.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    minimise: { type: 'boolean' },
  },
});

const registry = readFileSync(join(root, 'test/fuzz/targets.ts'), 'utf8');
const names = [...registry.matchAll(/^ {2}'?([a-z0-9-]+)'?: async/gm)].map(([, name]) => name);
const wanted = values.target?.split(',') ?? names;
const chosen = wanted.flatMap((name) =>
  name.endsWith('*') ? names.filter((each) => each.startsWith(name.slice(0, -1))) : [name],
);
let failed = 0;
for (const target of chosen) {
  const command = ['--import', 'tsx', '--no-warnings', join('test', 'fuzz', 'main.ts')];
  const options = ['--target', target, '--seconds', values.seconds];
  if (values.seed !== undefined) options.push('--seed', values.seed);
  if (values.minimise) options.push('--minimise');
  const { status } = spawnSync(process.execPath, [...command, ...options], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) failed += 1;
}
if (failed > 0) console.log(`${failed} of ${chosen.length} targets broke an invariant.`);
process.exit(failed > 0 ? 1 : 0);
