import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe } from '../support/suite.ts';
import { runCampaign } from './campaign.ts';
import { readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { heapAfterCollection } from './heap.ts';
import { loadTarget, TARGET_NAMES } from './targets.ts';
import { GENEROUS } from './time-limit.ts';

Coverage.begin();

const RUNS = 600;
/** What runs may leave behind: compiled code and caches of fixed size. */
const MOST_HEAP = 24 * 1_048_576;

describe('a short round of fuzzing', (it) => {
  for (const name of TARGET_NAMES) {
    it(
      `finds nothing in ${name}`,
      async () => {
        const target = await loadTarget(name);
        const corpus = readCorpus(name).map(({ bytes }) => bytes);
        const before = heapAfterCollection();
        const { runs, covered } = await runCampaign(target, {
          ...{ seed: 7, corpus, time: GENEROUS },
          isOver: (count) => count >= RUNS,
        });
        assert.ok(runs >= RUNS && covered > 0);
        // What a stream gave up is held until its last turn is over.
        await nextTurn();
        const grown = heapAfterCollection() - before;
        assert.ok(
          grown < MOST_HEAP,
          `${runs} runs left ${(grown / 1_048_576).toFixed(1)} MiB behind`,
        );
      },
      { deadlineMs: 120_000 },
    );
  }
});
