import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rocAuc } from '../../../bench/support/ml/measures.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import type { ModelSnapshot } from '../../../src/ml/model.ts';
import {
  lstmNextEvent,
  restoreLstmNextEvent,
  type LstmNextEvent,
} from '../../../src/ml/neural/lstm-next-event.ts';
import type { LstmOptions } from '../../../src/ml/neural/lstm-options.ts';
import type { Trainer } from '../../../src/ml/neural/trainer.ts';
import { readPlain } from '../../../src/ml/registry/plain-reader.ts';
import { writePlain } from '../../../src/ml/registry/plain-writer.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import { describe } from '../../support/suite.ts';
import { wasmTrainer } from './support.ts';
import { oddSessions, sessions } from './sessions.ts';

const UNTRAINED = 'MODEL_UNFITTED';

describe('the LSTM that tells the next event', (it) => {
  let trainer: Trainer;
  let model: LstmNextEvent;
  const train = async (samples: Sequences, options: Partial<LstmOptions> = {}) =>
    (await lstmNextEvent.train(samples, {
      trainer,
      random: new Random(3),
      options: { epochs: 8, window: 5, ...options },
    })) as LstmNextEvent;
  it.before(async () => {
    trainer = wasmTrainer();
    model = await train(sessions(300));
  });
  it.after(() => trainer.close());

  const aucOf = (one: LstmNextEvent): number => {
    const [normal, odd] = [sessions(300, 5), oddSessions(300, 6)];
    return rocAuc(
      [...one.score(normal), ...one.score(odd)],
      [...normal.map(() => 0), ...odd.map(() => 1)],
    );
  };

  it('tells sessions with an event out of place, missing or unknown', () => {
    assert.ok(aucOf(model) > 0.97, String(aucOf(model)));
  });

  it('does so by counting events that are not among the likeliest', () => {
    const { trained } = model.snapshot().state as { trained: unknown };
    const { options } = model.snapshot().state as { options: LstmOptions };
    const state = { trained, options: { ...options, score: 'misses', top: 3 } };
    const counting = restoreLstmNextEvent({ ...model.snapshot(), state });
    assert.ok(aucOf(counting) > 0.85, String(aucOf(counting)));
    const [score] = counting.score([sessions(1, 5)[0] as Uint32Array]);
    assert.ok(Number.isInteger(score));
  });

  it('names the event that does not follow, and what was expected', () => {
    const [reason] = model.explain(Uint32Array.of(10, 11, 20, 40), 1);
    assert.deepEqual(
      [reason?.reason, reason?.event, reason?.position, reason?.expected[0]?.event],
      ['unexpected_next', 40, 3, 21],
    );
    const [cut] = model.explain(Uint32Array.of(10, 11, 20, 21), 1);
    assert.equal(cut?.event, undefined);
    assert.equal(cut?.position, 4);
    const { surprisal, rank } = model.events(Uint32Array.of(10, 11, 20, 21, 40));
    assert.deepEqual([surprisal.length, rank[0], rank[1], rank[3]], [6, 0, 0, 0]);
  });

  it('knows nothing of ends when sessions are not complete', async () => {
    const open = await train(sessions(50), { end: 0, epochs: 2 });
    assert.deepEqual(open.score([new Uint32Array(0)]), Float64Array.of(0));
    assert.equal(open.events(Uint32Array.of(10, 11)).surprisal.length, 2);
  });

  it('scores bit-equal after a structured clone and a msgpack round trip, and by itself again', () => {
    const some = [...sessions(40, 7), ...oddSessions(40, 8)];
    const wanted = model.score(some);
    assert.deepEqual(model.score(some), wanted);
    const bytes = writePlain(model.snapshot());
    for (const copy of [structuredClone(model.snapshot()), readPlain(bytes) as ModelSnapshot]) {
      const again = lstmNextEvent.restore(copy);
      again.update(some);
      assert.deepEqual(again.score(some), wanted);
      assert.deepEqual(again.score([...some].reverse()), wanted.slice().reverse());
    }
  });

  it('trains to the same weights again', async () => {
    const weights = async () =>
      Buffer.from(writePlain((await train(sessions(60), { epochs: 2 })).snapshot()));
    assert.deepEqual(await weights(), await weights());
  });

  it('gives a finite score for any session', () => {
    const id = fc.oneof(fc.constantFrom(10, 11, 20, 21, 30, 40), fc.nat({ max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(fc.array(fc.array(id, { maxLength: 30 }), { maxLength: 5 }), (lists) => {
        for (const score of model.score(lists.map((list) => Uint32Array.from(list))))
          assert.ok(Number.isFinite(score) && score >= 0);
      }),
    );
  });

  it('learns from a million events only so many, in bounded time', async () => {
    const many = sessions(2_000, 4);
    const trained = await train(many, { maxEvents: 500, maxWindows: 50, epochs: 1 });
    assert.ok(Number.isFinite(trained.score(many.slice(0, 1))[0]));
    const few = await train(many, { templates: 2, epochs: 1 });
    assert.equal((few.snapshot().state as Damaged).trained.ids.length, 2);
  });

  const small: readonly [string, Sequences][] = [
    ['one event', [Uint32Array.of(7)]],
    ['one long session', [new Uint32Array(500).fill(3)]],
    ['empty sessions among others', [new Uint32Array(0), Uint32Array.of(1, 2), new Uint32Array(0)]],
    ['the largest id', [Uint32Array.of(0, 2 ** 32 - 1)]],
  ];
  for (const [name, samples] of small) {
    it(`trains on ${name}`, async () => {
      const trained = await train(samples, { epochs: 1 });
      for (const score of trained.score([...samples, Uint32Array.of(5, 5)]))
        assert.ok(Number.isFinite(score));
    });
  }

  it('refuses what is no session, and nothing at all', async () => {
    const bad = [[[1, 2]], [Float64Array.of(1)], 'abc'] as unknown as Sequences[];
    const refused = (error: unknown) => isWatchkeeperError(error, 'MODEL_INPUT');
    for (const samples of bad) {
      assert.throws(() => model.score(samples), refused);
      assert.throws(() => {
        model.update(samples);
      }, refused);
    }
    for (const samples of [[], [new Uint32Array(0)], [[1, 2]] as unknown as Sequences])
      await assert.rejects(train(samples), refused);
    await assert.rejects(train(sessions(2), { hidden: 0 }), refused);
  });

  it('has no score before it is trained, and is not trained by fit', () => {
    const fresh = lstmNextEvent.create({}, new Random(1));
    assert.throws(
      () => fresh.score(sessions(1)),
      (error) => isWatchkeeperError(error, UNTRAINED),
    );
    assert.throws(
      () => {
        fresh.update(sessions(1));
      },
      (error) => isWatchkeeperError(error, UNTRAINED),
    );
    assert.throws(
      () => {
        fresh.fit(sessions(1));
      },
      (error) => isWatchkeeperError(error, 'MODEL_FAILED'),
    );
    assert.equal(fresh.bytes, 0);
    assert.ok(model.bytes > 1_000);
    const again = lstmNextEvent.restore(fresh.snapshot());
    assert.throws(
      () => again.score([]),
      (error) => isWatchkeeperError(error, UNTRAINED),
    );
  });

  const damage: readonly [string, (state: Damaged) => void][] = [
    ['another window', (state) => void (state.options['window'] = 0)],
    ['another size', (state) => void (state.options['hidden'] = 7)],
    ['ids out of order', (state) => void state.trained.ids.reverse()],
    ['no ids', (state) => void (state.trained.ids = new Uint32Array(0))],
    ['ids that are no array', (state) => void (state.trained.ids = [1, 2] as never)],
    ['an id too many', (state) => void (state.trained.ids = Uint32Array.of(1, 2, 3, 4, 5, 6, 7))],
    ['short weights', (state) => void (state.trained.weights = new Float32Array(9))],
    ['weights that are NaN', (state) => void state.trained.weights.fill(NaN)],
    ['no weights', (state) => void (state.trained.weights = undefined as never)],
    ['a loss that is none', (state) => void (state.trained['loss'] = -1 as never)],
  ];
  for (const [name, harm] of damage) {
    it(`does not restore ${name}`, () => {
      const snapshot = structuredClone(model.snapshot());
      harm(snapshot.state as Damaged);
      assert.throws(
        () => lstmNextEvent.restore(snapshot),
        (error) => isWatchkeeperError(error, 'MODEL_INVALID'),
      );
    });
  }
});

interface Damaged {
  options: Record<string, unknown>;
  trained: Record<string, Uint32Array | Float32Array> & { ids: Uint32Array; weights: Float32Array };
}
