import assert from 'node:assert/strict';

import { Random } from '../../../src/core/random.ts';
import { matrixOf } from '../../../src/ml/matrix.ts';
import { halfSpaceTrees } from '../../../src/ml/tabular/half-space-trees.ts';
import { describe } from '../../support/suite.ts';
import { normalRows } from './rows-of.ts';

const asked = matrixOf([
  [0, 0],
  [6, 6],
]);

describe('half-space trees', (it) => {
  it('follow a shift once a window of it is full, and not before', () => {
    const model = halfSpaceTrees.create({ window: 100 }, new Random(1));
    model.fit(normalRows(300, 2));
    const before = model.score(asked);
    const rows = normalRows(100, 2, 4);
    const shifted = { ...rows, values: rows.values.map((value) => value + 6) };
    model.update({ rows: 99, columns: 2, values: shifted.values.slice(0, 198) });
    assert.deepEqual(model.score(asked), before);
    model.update({ rows: 1, columns: 2, values: shifted.values.slice(198) });
    const after = model.score(asked);
    assert.ok((before[1] as number) > (before[0] as number));
    assert.ok((after[1] as number) < (after[0] as number), [...after].join());
  });

  it('keep scores within 0 and 1', () => {
    const model = halfSpaceTrees.create({}, new Random(1));
    const samples = normalRows(600, 3);
    model.fit(samples);
    assert.ok(model.score(samples).every((score) => score > 0 && score <= 1));
  });
});
