import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { averagePrecision } from '../../../bench/support/ml/measures.ts';
import { contextOf } from '../../../bench/support/ml/part.ts';
import { machines } from '../../../bench/support/ml/telemetry-data.ts';
import { Random } from '../../../src/core/random.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { motion } from '../../../src/ml/vector/motion-model.ts';
import { describe } from '../../support/suite.ts';

const data = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');

describe('motion model on servers of ASD', (it) => {
  if (!existsSync(join(data, 'telemetry'))) {
    it.skip(
      'keeps its average precision',
      'no metrics of machines: set WATCHKEEPER_DATA to the folder of telemetry/',
    );
    return;
  }
  it(
    'keeps its average precision',
    () => {
      const context = contextOf(data, data, () => undefined);
      const precisions = [...machines(context, 'omi-')].map(({ train, test, labels }) => {
        const model = motion.create({}, new Random(1));
        model.fit(train);
        return averagePrecision(model.score(test), labels);
      });
      const mean = precisions.reduce((sum, value) => sum + value, 0) / precisions.length;
      // What was reached is 0.520.
      assert.ok(mean >= 0.5, `${mean.toFixed(3)} over ${precisions.length}`);
    },
    { deadlineMs: 120_000 },
  );
});
