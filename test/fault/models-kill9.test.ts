import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { projectRoot } from '../../src/core/root.ts';
import { ModelRegistry } from '../../src/ml/registry/model-registry.ts';
import { liveModel } from '../../src/ml/registry/stages.ts';
import { openModelSigner } from '../../src/security/model-signer.ts';
import { openFileShelf } from '../../src/store/models/file-shelf.ts';
import { chance } from '../support/fault/random.ts';
import { describe } from '../support/suite.ts';

/** Give `FAULT_SEED` to repeat a run that failed. */
const seed = Number(process.env['FAULT_SEED'] ?? 4711);
const KILLS = 8;

/** Runs the writer and kills it after `lines` lines and some more work; gives what it had confirmed. */
async function killedAfter(folder: string, first: number, lines: number): Promise<string[]> {
  const script = join(projectRoot(), 'test/support/fault/model-writer.ts');
  const args = ['--import', 'tsx', '--no-warnings', script, folder, String(first)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString();
    // What it writes from here on until the signal arrives falls anywhere within a step.
    if (text.split('\n').length > lines) child.kill('SIGKILL');
  }
  // The last line may be cut off.
  return text.split('\n').slice(0, -1);
}

describe('models in files under kill -9', (it) => {
  it(
    'keep every version and stage that was confirmed, and are whole',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wk-models-kill-'));
      const random = chance(seed);
      const confirmed: string[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const lines = 1 + Math.floor(random.next() * 40);
        const said = await killedAfter(folder, kill * 1_000, lines);
        confirmed.push(...said.filter((line) => line.startsWith('put ')));
        const shelf = await openFileShelf({ folder: join(folder, 'models'), clock: systemClock });
        const signer = await openModelSigner(folder);
        const registry = new ModelRegistry({ shelf, signer, clock: systemClock });
        for (const line of confirmed) {
          const id = line.slice('put '.length);
          assert.equal((await registry.get(id)).id, id);
        }
        const stages = await registry.stages('vitals');
        const [, live = '', revision = '0'] =
          said.findLast((line) => line.startsWith('live '))?.split(' ') ?? [];
        assert.ok(stages.revision >= Number(revision), `revision ${stages.revision}`);
        // At most the two steps after the last one that was confirmed.
        assert.ok(stages.revision <= Number(revision) + 2 || live === '');
        if (stages.revision === Number(revision)) assert.equal(liveModel(stages)?.id, live);
        assert.ok(stages.models.filter(({ stage }) => stage === 'live').length <= 1);
        for (const { id } of stages.models) await registry.get(id);
      }
      assert.ok(confirmed.length > KILLS);
      const files = readdirSync(join(folder, 'models'), { recursive: true }).map(String);
      const halves = files.filter((file) => file.endsWith('.tmp'));
      assert.ok(halves.length <= KILLS, `${halves.length} files half written`);
      rmSync(folder, { recursive: true });
    },
    { deadlineMs: 120_000 },
  );
});
