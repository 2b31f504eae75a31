import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  enter,
  KEPT,
  liveModel,
  move,
  noStages,
  previousLive,
  rollBack,
} from '../../../src/ml/registry/stages.ts';
import { MODEL_STAGES, type ModelStage, type ModelStages } from '../../../src/model/models.ts';
import { describe } from '../../support/suite.ts';

const id = (index: number): string => String(index).padStart(64, '0');
const BY = { by: 'ana', why: 'test' };
let time = 0;
const at = (): number => (time += 1);

function entered(...indexes: readonly number[]): ModelStages {
  return indexes.reduce(
    (stages, index) => enter(stages, { id: id(index), at: at(), ...BY }),
    noStages('vitals'),
  );
}

function moved(
  stages: ModelStages,
  index: number,
  to: ModelStage | { readonly share: number },
): ModelStages {
  const wish = typeof to === 'object' ? { to: 'canary' as const, ...to } : { to };
  return move(stages, { id: id(index), at: at(), ...BY, ...wish });
}

const back = (stages: ModelStages): ModelStages => rollBack(stages, { at: at(), ...BY });
const stageOf = (stages: ModelStages, index: number): ModelStage | undefined =>
  stages.models.find((model) => model.id === id(index))?.stage;

describe('stages of a model', (it) => {
  it('lead from shadow over canary to live, and retire the one before', () => {
    let stages = moved(entered(1, 2), 1, 'live');
    stages = moved(stages, 2, { share: 0.25 });
    assert.equal(stages.models.find((model) => model.id === id(2))?.share, 0.25);
    stages = moved(stages, 2, 'live');
    assert.deepEqual(
      [1, 2].map((index) => stageOf(stages, index)),
      ['retired', 'live'],
    );
    assert.equal(liveModel(stages)?.share, 0);
    assert.deepEqual(
      stages.history.map(({ revision, from, to }) => [revision, from, to]),
      [
        [1, undefined, 'shadow'],
        [2, undefined, 'shadow'],
        [3, 'shadow', 'live'],
        [4, 'shadow', 'canary'],
        [5, 'live', 'retired'],
        [5, 'canary', 'live'],
      ],
    );
  });

  it('allow these steps and no others', () => {
    const allowed: Readonly<Record<ModelStage, string>> = {
      shadow: 'canary live retired',
      canary: 'shadow live retired',
      live: '',
      retired: 'shadow',
    };
    for (const from of MODEL_STAGES) {
      const stages = from === 'shadow' ? entered(1) : moved(entered(1), 1, from);
      for (const to of MODEL_STAGES) {
        if (allowed[from].includes(to)) assert.equal(stageOf(moved(stages, 1, to), 1), to);
        else assert.throws(() => moved(stages, 1, to), { code: 'CONFLICT' }, `${from} to ${to}`);
      }
    }
  });

  it('refuse a second canary, unknown versions and shares that are none', () => {
    const stages = moved(entered(1, 2), 1, 'canary');
    assert.throws(() => moved(stages, 2, 'canary'), { code: 'CONFLICT' });
    assert.throws(() => moved(stages, 3, 'live'), { code: 'NOT_FOUND' });
    for (const share of [0, -1, 1.01, Number.NaN]) {
      assert.throws(() => moved(entered(1), 1, { share }), { code: 'BAD_REQUEST' });
    }
  });

  it('know a version that enters twice', () => {
    const stages = entered(1);
    assert.equal(enter(stages, { id: id(1), at: at(), ...BY }), stages);
  });

  it('go further back with each rollback, and never to what was rolled back', () => {
    let stages = [1, 2, 3].reduce((all, index) => moved(all, index, 'live'), entered(1, 2, 3));
    stages = back(stages);
    assert.equal(liveModel(stages)?.id, id(2));
    stages = back(stages);
    assert.equal(liveModel(stages)?.id, id(1));
    assert.throws(() => back(stages), { code: 'CONFLICT' });
    stages = moved(moved(stages, 3, 'shadow'), 3, 'live');
    assert.equal(liveModel(back(stages))?.id, id(1));
  });

  it('keep a bounded number of versions and steps, what a rollback needs among them', () => {
    let stages = moved(moved(entered(1, 2), 1, 'live'), 2, 'live');
    for (let index = 3; index < 300; index += 1) {
      stages = enter(stages, { id: id(index), at: at(), ...BY });
      stages = moved(stages, index, 'retired');
    }
    assert.equal(stages.models.length, KEPT.models);
    assert.equal(stages.history.length, KEPT.steps);
    assert.deepEqual([stageOf(stages, 2), stageOf(stages, 299)], ['live', 'retired']);
    let full = entered(...Array.from({ length: KEPT.models }, (_, index) => index));
    assert.throws(() => enter(full, { id: id(99), at: at(), ...BY }), { code: 'CONFLICT' });
    full = moved(full, 5, 'retired');
    assert.equal(stageOf(enter(full, { id: id(99), at: at(), ...BY }), 5), undefined);
  });

  it('hold what they promise after any steps', () => {
    const step = fc.record({
      what: fc.constantFrom('enter', 'move', 'back'),
      index: fc.integer({ min: 0, max: 5 }),
      to: fc.constantFrom(...MODEL_STAGES),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let stages = noStages('vitals');
        // What was live and may be returned to, written down independently.
        const lives: number[] = [];
        for (const { what, index, to } of steps) {
          const before = stages;
          try {
            if (what === 'enter') stages = enter(stages, { id: id(index), at: at(), ...BY });
            else stages = what === 'back' ? back(stages) : moved(stages, index, to);
          } catch (error) {
            assert.match(String((error as { code?: string }).code), /CONFLICT|NOT_FOUND/);
            continue;
          }
          if (what === 'back') lives.pop();
          if (what === 'move' && to === 'live') lives.push(index);
          const count = (stage: ModelStage): number =>
            stages.models.filter((model) => model.stage === stage).length;
          assert.equal(count('live'), lives.length === 0 ? 0 : 1);
          assert.ok(count('canary') <= 1);
          assert.equal(
            liveModel(stages)?.id,
            lives.length === 0 ? undefined : id(lives.at(-1) ?? 0),
          );
          assert.ok(stages.models.every(({ stage, share }) => (stage === 'canary') === share > 0));
          assert.equal(stages.revision, before.revision + (stages === before ? 0 : 1));
          const previous = lives.at(-2);
          assert.equal(previousLive(stages), previous === undefined ? undefined : id(previous));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('roll back once only also when the version was made shadow in between', () => {
    let stages = moved(moved(entered(1, 2), 1, 'live'), 2, 'live');
    stages = back(moved(stages, 1, 'shadow'));
    assert.equal(liveModel(stages)?.id, id(1));
    assert.equal(previousLive(stages), undefined);
  });
});
