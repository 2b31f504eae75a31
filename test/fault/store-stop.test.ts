import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/root.ts';
import { runStoreStop, type StoreStopFigures } from '../../bench/support/store-stop-run.ts';
import { describe } from '../support/suite.ts';

const SERVER = join(projectRoot(), 'bench', 'support', 'store-stop-server.ts');

/** A site as a process, from source. */
function newServer(): ReturnType<typeof fork> {
  return fork(SERVER, [], {
    execArgv: ['--expose-gc', '--import', 'tsx', '--no-warnings'],
    serialization: 'advanced',
  });
}

function assertKept(figures: StoreStopFigures): void {
  const told = JSON.stringify(figures);
  assert.ok(figures.acked_while_stopped > 1000, told);
  // Everything stops at the watches: their credits are gone, their sockets stand still, HTTP refuses.
  assert.equal(figures.least_credits_class_3, 0, told);
  assert.ok(figures.frames_in_sockets > 100, told);
  assert.ok(figures.http_refused > 10, told);
  assert.equal(figures.http_taken_while_paused, 0, told);
  // What waits is bounded, in memory and on disk.
  assert.ok(figures.backlog_mib <= 64 + 4 * 1.5, told);
  assert.ok(figures.journal_growth_mib <= figures.journal_bound_mib, told);
  assert.equal(figures.journal_state, 'ok', told);
  assert.ok(figures.rss_deviation_percent <= 10, told);
  // And nothing that was acked is lost.
  assert.ok(figures.is_balanced, told);
  assert.ok(figures.is_count_right, told);
}

describe('a store that stops under full load', (it) => {
  it(
    'leaves memory flat and the journal bounded, and gets everything when it is back',
    async () => {
      assertKept(
        await runStoreStop({
          server: newServer(),
          devices: 20,
          warmMs: 500,
          stoppedMs: 8_000,
          settleMs: 2_000,
        }),
      );
    },
    { deadlineMs: 120_000 },
  );
});
