import assert from 'node:assert/strict';
import { buildFaultSite } from '../support/fault/build-site.ts';
import { runFaults, type FaultReport } from '../support/fault/run.ts';
import { describe } from '../support/suite.ts';

/** Give `FAULT_SEED` to repeat a run that failed. */
const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);

/** `FAULT_KILLS=100` for a longer run. */
const kills = Number(process.env['FAULT_KILLS'] ?? 20);

describe('A site under kill -9', (it) => {
  it(
    `loses and doubles nothing that it acked, and no alert, in ${kills} kills, 3 drains and a pause`,
    async () => {
      const program = await buildFaultSite('kill9');
      const report = await runFaults({
        seed,
        program,
        kills,
        drains: 3,
        pauses: true,
        hasModels: true,
      });
      console.log(summary(report));
      assert.deepEqual(report.violations, [], `seed ${seed}: FAULT_SEED=${seed} repeats it`);
      assert.ok(report.figures.acked > 10_000, 'the run must have been under load');
      assert.ok(report.figures.notices > 50, 'the run must have raised alerts');
      assert.ok(report.figures.redeliveries > 0, 'lost answers must have led to redeliveries');
      assert.ok(report.figures.resentFrames > 0, 'watches must have had to send again');
      assert.ok(report.figures.scores > 0, 'a model must have been asked');
    },
    { deadlineMs: 14_000 * kills },
  );
});

function summary({ seed: used, kills, drains, recoveries, figures }: FaultReport): string {
  const at = (share: number): number =>
    Math.round(recoveries[Math.floor(share * (recoveries.length - 1))] ?? 0);
  const recovery = { p50Ms: at(0.5), maxMs: at(1) };
  return JSON.stringify({ seed: used, kills, drains, ...figures, recovery });
}
