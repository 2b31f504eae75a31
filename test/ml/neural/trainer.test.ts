import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/clock.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import type { AutoencoderJob } from '../../../src/ml/neural/autoencoder-training.ts';
import { createTrainer, type TrainerLimits } from '../../../src/ml/neural/trainer.ts';
import { describe } from '../../support/suite.ts';
import { FakeSeats } from './fake-seat.ts';
import { QUICK, sheet, wasmTrainer } from './support.ts';

const job = (rows = 4, options = {}): AutoencoderJob => ({
  kind: 'autoencoder',
  values: sheet(rows, 2).values,
  columns: 2,
  options: { ...QUICK, ...options },
  random: new Random(1).state(),
});

const failed = (text: RegExp) => (error: unknown) =>
  isWatchkeeperError(error, 'MODEL_FAILED') && text.test(error.message);

function faked(limits: Partial<TrainerLimits> = {}) {
  const clock = new SimulatedClock();
  const seats = new FakeSeats();
  const trainer = createTrainer({ backend: 'cpu', clock, limits, openSeat: seats.open });
  return { clock, seats, trainer };
}

describe('the trainer', (it) => {
  it('does one job at a time, in order, on one seat', async () => {
    const { seats, trainer } = faked();
    const first = trainer.run(job());
    const second = trainer.run(job());
    assert.equal(seats.last.orders.length, 1);
    seats.last.finish();
    await first;
    seats.last.finish();
    await second;
    assert.deepEqual(
      seats.last.orders.map(({ id }) => id),
      [1, 2],
    );
    assert.equal(seats.opened.length, 1);
  });

  it('replaces the seat after so many jobs, when it grew, and after a failure', async () => {
    const { seats, trainer } = faked({ jobsPerSeat: 2, seatBytes: 100 });
    for (const bytes of [1, 1, 101, 1]) {
      const done = trainer.run(job());
      seats.last.finish(bytes);
      await done;
    }
    assert.equal(seats.opened.length, 3);
    const bad = trainer.run(job());
    seats.last.say({ id: 5, failed: 'out of tensors' });
    await assert.rejects(bad, failed(/out of tensors/));
    assert.deepEqual(
      seats.opened.map(({ hasEnded }) => hasEnded),
      [true, true, true],
    );
    void trainer.run(job()).catch(() => undefined);
    assert.equal(seats.opened.length, 4);
  });

  it('ends an idle seat', async () => {
    const { clock, seats, trainer } = faked({ idleMs: 1_000 });
    const done = trainer.run(job());
    seats.last.finish();
    await done;
    clock.advance(999);
    assert.equal(seats.last.hasEnded, false);
    clock.advance(2);
    assert.equal(seats.last.hasEnded, true);
  });

  it('gives up a job that takes too long, and does the next one elsewhere', async () => {
    const { clock, seats, trainer } = faked({ jobMs: 500 });
    const slow = trainer.run(job());
    const next = trainer.run(job());
    clock.advance(501);
    await assert.rejects(slow, failed(/longer than 0.5 s/));
    assert.equal(seats.opened.length, 2);
    seats.opened[0]?.finish();
    seats.last.finish();
    assert.deepEqual(await next, { done: 2 });
  });

  it('cancels what runs and what waits, and takes nothing that is cancelled already', async () => {
    const { seats, trainer } = faked();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = trainer.run(job(), { signal: one.signal });
    const second = trainer.run(job(), { signal: two.signal });
    const third = trainer.run(job());
    two.abort();
    await assert.rejects(second, failed(/cancelled/));
    assert.equal(seats.opened.length, 1);
    one.abort();
    await assert.rejects(first, failed(/cancelled/));
    assert.equal(seats.opened[0]?.hasEnded, true);
    seats.last.finish();
    await third;
    await assert.rejects(trainer.run(job(), { signal: AbortSignal.abort() }), failed(/cancelled/));
  });

  it('fails the job whose thread died, and goes on', async () => {
    const { seats, trainer } = faked();
    const first = trainer.run(job());
    seats.last.die();
    await assert.rejects(first, failed(/SIGSEGV/));
    const second = trainer.run(job());
    seats.opened[0]?.die();
    seats.last.finish();
    await second;
  });

  it('lets no more than so many jobs wait', async () => {
    const { trainer } = faked({ waiting: 2 });
    const runs = [job(), job(), job()].map((one) => trainer.run(one));
    await assert.rejects(trainer.run(job()), (error) => isWatchkeeperError(error, 'OVERLOADED'));
    await trainer.close();
    for (const run of runs) await assert.rejects(run, failed(/closed/));
    await assert.rejects(trainer.run(job()), failed(/closed/));
  });

  it('fails a job for which no thread can be had', async () => {
    const open = () => {
      throw new Error('no threads left');
    };
    const trainer = createTrainer({ backend: 'cpu', clock: new SimulatedClock(), openSeat: open });
    await assert.rejects(trainer.run(job()), failed(/no threads left/));
  });

  it('trains in a real thread, tells how far it is, and survives a bad job', async () => {
    const trainer = wasmTrainer();
    try {
      const epochs: number[] = [];
      const wanted = job(64, { epochs: 3, patience: 9 });
      const { values } = wanted;
      const state = await trainer.run(wanted, { onProgress: ({ epoch }) => epochs.push(epoch) });
      assert.deepEqual(epochs, [1, 2, 3]);
      assert.equal(values.length, 0, 'the rows were handed over');
      assert.ok(state.weights instanceof Float32Array);
      await assert.rejects(trainer.run({ ...job(), columns: 3 }), failed(/do not make rows/));
      await trainer.run(job(64, { epochs: 1 }));
    } finally {
      await trainer.close();
    }
  });

  it('ends a real thread in the middle of its work', async () => {
    const trainer = wasmTrainer();
    const abort = new AbortController();
    const long = trainer.run(job(5_000, { epochs: 10_000, patience: 10_000 }), {
      signal: abort.signal,
      onProgress: () => {
        abort.abort();
      },
    });
    await assert.rejects(long, failed(/cancelled/));
    await trainer.close();
  });

  it('gives up a real job at its time limit', async () => {
    const limits = { jobMs: 300 };
    const trainer = createTrainer({ backend: 'wasm', clock: systemClock, limits });
    const long = trainer.run(job(5_000, { epochs: 10_000, patience: 10_000 }));
    const alive = setInterval(() => undefined, 1_000);
    await assert.rejects(long, failed(/longer than 0.3 s/));
    clearInterval(alive);
    await trainer.close();
  });
});
