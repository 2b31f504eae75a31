import assert from 'node:assert/strict';
import { ModelGone } from '../../../src/actors/ports.ts';
import { loadModel } from '../../../src/app/models/load-model.ts';
import { threadModel } from '../../../src/app/models/thread-model.ts';
import { restoreScoring } from '../../../src/app/models/scoring.ts';
import { systemClock, type Clock } from '../../../src/core/clock.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../../src/ml/calibration/surprise.ts';
import {
  decodeArtefact,
  encodeArtefact,
  type Artefact,
} from '../../../src/ml/registry/artefact.ts';
import type { AnyKind } from '../../../src/ml/registry/model-kinds.ts';
import { eventGrams } from '../../../src/ml/sequences/event-grams.ts';
import { PairTable } from '../../../src/ml/sequences/pair-table.ts';
import type { Sequences } from '../../../src/ml/sequences/sequence-model.ts';
import { sessionFacts } from '../../../src/ml/sequences/session-facts.ts';
import { tabularEnsemble } from '../../../src/ml/tabular/tabular-ensemble.ts';
import { WINDOW_FEATURES } from '../../../src/streams/detectors/feature-windows.ts';
import { oddServiceRow, serviceRows, trainForest } from '../../support/e2e/trained-model.ts';
import { describe } from '../../support/suite.ts';

const artefact = decodeArtefact(trainForest(1, tabularEnsemble));
const { columns, hash } = WINDOW_FEATURES.service.set;
const [usual = new Float64Array(columns.length)] = serviceRows(new Random(3), 1);
const odd = oddServiceRow();

describe('a loaded model', (it) => {
  it('gives surprise, and names the columns of what is unusual', async () => {
    const model = await loadModel(artefact, systemClock);
    assert.equal(model.id, artefact.id);
    assert.equal(model.features, hash);
    const [first, second] = await model.score([usual, odd]);
    assert.ok((first?.surprise ?? 9) < 1);
    assert.ok((second?.surprise ?? 0) > 2);
    assert.deepEqual(first?.contributions, []);
    assert.equal(second?.contributions.length, 3);
    assert.ok(second.contributions.every(({ name }) => columns.includes(name)));
  });

  it('says when it was trained on windows scaled by subject', async () => {
    const { metadata } = artefact;
    const scaled = { ...artefact, metadata: { ...metadata, parameters: { scale: 'subject' } } };
    assert.equal((await loadModel(scaled, systemClock)).features, `${hash}+subject`);
  });

  it('gives the same on a thread of its own', async () => {
    const own = await loadModel(artefact, systemClock);
    const head = { id: artefact.id, takes: 'vectors' } as const;
    const thread = await threadModel(head, artefact, systemClock);
    assert.deepEqual(await thread.score([usual, odd]), await own.score([usual, odd]));
    await assert.rejects(async () => thread.score([Float64Array.of(1)]), /cannot score/);
    assert.equal((await thread.score([usual])).length, 1);
  });

  it('is no model when its thread cannot start', async () => {
    const broken = { ...artefact, model: { kind: 'none', version: 1, state: {} } };
    const head = { id: artefact.id, takes: 'vectors' } as const;
    await assert.rejects(threadModel(head, broken, systemClock), ModelGone);
  });

  it('refuses what is corrupt, unknown or not calibrated', async () => {
    const { calibrator: _, ...bare } = artefact;
    const bad: readonly Artefact[] = [
      bare,
      { ...artefact, model: { kind: 'none', version: 1, state: {} } },
      { ...artefact, model: { ...artefact.model, state: {} } },
      { ...artefact, calibrator: { kind: 'surprise', version: 9, state: {} } },
    ];
    for (const each of bad)
      await assert.rejects(loadModel(each, systemClock), (error) =>
        isWatchkeeperError(error, 'MODEL_INVALID'),
      );
  });
});

/** Sessions of so many different events. */
function sessionsOf(events: number): Uint32Array[] {
  const random = new Random(events, 'sessions');
  return Array.from({ length: 200 }, () =>
    Uint32Array.from({ length: 60 }, () => random.integer(0, events)),
  );
}

function trained(kind: AnyKind<Sequences>, samples: Sequences): Artefact {
  const model = kind.create({}, new Random(1));
  model.fit(samples);
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(model.score(samples));
  const parts = { metadata: artefact.metadata, model: model.snapshot() };
  const { features: _, ...metadata } = { ...parts.metadata, kind: kind.kind };
  return decodeArtefact(
    encodeArtefact({ metadata, model: parts.model, calibrator: calibrator.snapshot() }).bytes,
  );
}

/** Calls of a method while `work` goes on. */
async function callsOf<Result>(
  name: 'add' | 'find',
  work: () => Promise<Result>,
): Promise<{ readonly calls: number; readonly result: Result }> {
  const original = Object.getOwnPropertyDescriptor(PairTable.prototype, name);
  const method = original?.value as (first: number, second: number) => number;
  let calls = 0;
  PairTable.prototype[name] = function counted(this: PairTable, first, second) {
    calls += 1;
    return method.call(this, first, second);
  };
  try {
    const result = await work();
    return { calls, result };
  } finally {
    Object.defineProperty(PairTable.prototype, name, original as PropertyDescriptor);
  }
}

describe('a loaded model of sessions', (it) => {
  /** A millisecond goes by with each look at it. */
  const ticking = (): Clock => {
    let now = 0;
    return { ...systemClock, monotonic: () => (now += 1) };
  };

  it('lets others run between slices of long sessions', async () => {
    const small = trained(sessionFacts, sessionsOf(40));
    const model = await loadModel(small, ticking());
    const long = Array.from({ length: 8 }, (_, seed) =>
      Uint32Array.from({ length: 16_384 }, (_each, at) => (at * (seed + 3)) % 97),
    );
    let turns = 0;
    const count = (): void => {
      turns += 1;
      pending = setImmediate(count);
    };
    let pending = setImmediate(count);
    const scored = model.score(long);
    assert.ok(scored instanceof Promise);
    const results = await scored;
    clearImmediate(pending);
    assert.ok(turns >= 4, `${turns} turns of others`);
    assert.deepEqual(results, restoreScoring(small).score(long));
  });

  it('answers at once what is short', async () => {
    const small = trained(sessionFacts, sessionsOf(40));
    const model = await loadModel(small, systemClock);
    assert.deepEqual(
      await model.score([Uint32Array.of(1, 2)]),
      restoreScoring(small).score([Uint32Array.of(1, 2)]),
    );
  });

  it('is restored on a thread of its own when it is large', async () => {
    const large = trained(eventGrams, sessionsOf(4000));
    const { calls, result } = await callsOf('add', () => loadModel(large, systemClock));
    assert.equal(calls, 0, 'nothing is restored here');
    const asked = [Uint32Array.of(1, 2, 3)];
    const { calls: found, result: scored } = await callsOf('find', async () => result.score(asked));
    assert.equal(found, 0, 'nothing is scored here');
    assert.deepEqual(scored, restoreScoring(large).score(asked));
  });

  it('says why a large one cannot be restored', async () => {
    const large = trained(eventGrams, sessionsOf(4000));
    const broken = { ...large, model: { ...large.model, version: 9 } };
    await assert.rejects(loadModel(broken, systemClock), /another version/);
  });
});
