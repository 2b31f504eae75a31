import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { readTraces } from '../../../bench/support/ml/adfa.ts';
import { readSessions } from '../../../bench/support/ml/hdfs.ts';
import { rocAuc } from '../../../bench/support/ml/measures.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { createEventGrams } from '../../../src/ml/sequences/event-grams.ts';
import { heldOutScores } from '../../../src/ml/sequences/held-out.ts';
import { createSessionFacts } from '../../../src/ml/sequences/session-facts.ts';
import { describe } from '../../support/suite.ts';

const data = process.env['WATCHKEEPER_DATA'] ?? join(projectRoot(), '..', 'shared', 'data');

describe('models of sequences on public data', (it) => {
  const hdfs = join(data, 'hdfs');
  if (!existsSync(hdfs)) {
    it.skip('find broken HDFS blocks', 'no data: set WATCHKEEPER_DATA to the folder of hdfs/');
  } else {
    it('find broken HDFS blocks by facts, with the threshold from normal ones', () => {
      const normal = readSessions(join(hdfs, 'normal.txt'));
      const abnormal = readSessions(join(hdfs, 'abnormal.txt')).filter((_, at) => at % 8 === 0);
      const train = normal.filter((_, at) => at % 5 !== 0);
      const model = createSessionFacts({});
      const held = heldOutScores(model, train).sort();
      const threshold = held[held.length - 3] as number;
      model.fit(train);
      const above = (scores: Float64Array): number =>
        scores.reduce((sum, score) => sum + (score > threshold ? 1 : 0), 0) / scores.length;
      assert.ok(above(model.score(abnormal)) > 0.95);
      assert.ok(above(model.score(normal.filter((_, at) => at % 5 === 0))) < 0.003);
    });
  }

  const adfa = join(data, 'adfa');
  if (!existsSync(adfa)) {
    it.skip('tell attacks from programs', 'no data: set WATCHKEEPER_DATA to the folder of adfa/');
    return;
  }
  it('tell attacks from programs by the order of system calls', () => {
    const calls = (file: string): Uint32Array[] =>
      readTraces(join(adfa, file)).map((trace) => trace.calls);
    const model = createEventGrams({ order: 6 });
    model.fit(calls('normal-train.tsv.gz'));
    const normal = model.score(calls('normal-test.tsv.gz'));
    const attacks = model.score(calls('attack-test.tsv.gz'));
    const all = [...normal, ...attacks];
    const labels = all.map((_, at) => (at < normal.length ? 0 : 1));
    const auc = rocAuc(all, labels);
    assert.ok(auc > 0.82, `${auc}`);
  });
});
