import assert from 'node:assert/strict';

import { restoreScoring } from '../../../src/app/models/scoring.ts';
import { Random } from '../../../src/core/random.ts';
import { matrixOf } from '../../../src/ml/matrix.ts';
import { decodeArtefact } from '../../../src/ml/registry/artefact.ts';
import { modelKind } from '../../../src/ml/registry/model-kinds.ts';
import { isolationForest } from '../../../src/ml/tabular/isolation-forest.ts';
import { tabularEnsemble } from '../../../src/ml/tabular/tabular-ensemble.ts';
import { serviceRows, trainForest } from '../../support/e2e/trained-model.ts';
import { describe } from '../../support/suite.ts';

const rows = serviceRows(new Random(5), 256);

describe('vectors scored in parts', (it) => {
  for (const kind of [tabularEnsemble, isolationForest]) {
    it(`let others run in between, and score as at once: ${kind.kind}`, () => {
      const artefact = decodeArtefact(trainForest(1, kind));
      const known = modelKind(kind.kind);
      assert.equal(known.takes, 'rows');
      const whole = known.kind.restore(artefact.model).score(matrixOf(rows) as never);
      const steps = restoreScoring(artefact).scoring(rows);
      let parts = 1;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) parts += 1;
      assert.ok(parts >= 8, `${parts} parts`);
      assert.deepEqual(
        step.value.map(({ raw }) => raw),
        [...whole],
      );
    });
  }
});
