import assert from 'node:assert/strict';
import { ModelGone } from '../../../src/actors/ports.ts';
import { loadModel } from '../../../src/app/models/load-model.ts';
import { threadModel } from '../../../src/app/models/thread-model.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { decodeArtefact, type Artefact } from '../../../src/ml/registry/artefact.ts';
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

  it('refuses what is corrupt, unknown or not calibrated', () => {
    const { calibrator: _, ...bare } = artefact;
    const bad: readonly Artefact[] = [
      bare,
      { ...artefact, model: { kind: 'none', version: 1, state: {} } },
      { ...artefact, model: { ...artefact.model, state: {} } },
      { ...artefact, calibrator: { kind: 'surprise', version: 9, state: {} } },
    ];
    for (const each of bad)
      assert.throws(
        () => loadModel(each, systemClock),
        (error) => isWatchkeeperError(error, 'MODEL_INVALID'),
      );
  });
});
