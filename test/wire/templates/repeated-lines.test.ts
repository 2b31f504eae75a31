import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createTemplateMiner } from '../../../src/wire/templates/miner.ts';
import { createTemplateMiners } from '../../../src/wire/templates/template-miners.ts';
import { describe } from '../../support/suite.ts';

const words = fc.constantFrom('disk', 'sda1', 'user', 'alice', 'bob', 'carol', 'opened', 'FAILED');
const marks = fc.constantFrom(' ', ': ', '=', ' (', '/');
const line = fc
  .array(fc.tuple(words, marks), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.flat().join(''));

describe('repeated lines', (it) => {
  it('are tallied exactly as they are learnt, whatever is evicted or merged between', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 200 }),
        (pool, picks) => {
          const limits = { maxTemplates: 4, maxSiblings: 3, maxVariants: 2, repeatedLines: 4 };
          const options = { ...limits, evidence: { words: 2, wordsAlone: 2, opening: 2 } };
          const learning = createTemplateMiner(options);
          const tallying = createTemplateMiner(options);
          for (const pick of picks) {
            const text = pool[pick % pool.length] as string;
            const { id, isNew, rarity } = learning.learn(text);
            const tally = tallying.tally(text);
            assert.deepEqual([tally.id, tally.isNew, tally.rarity], [id, isNew, rarity]);
          }
          assert.deepEqual(tallying.snapshot(), learning.snapshot());
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are known again by a miner that goes on from a snapshot', () => {
    const miners = createTemplateMiners();
    const first = miners.open('service', undefined);
    for (let time = 0; time < 3; time += 1) first.tally('session opened for root');
    const second = miners.open('service', first.snapshot());
    const found = second.tally('session opened for root');
    assert.deepEqual(found.id, first.tally('session opened for root').id);
    assert.deepEqual(second.templates(), first.templates());
  });

  it('keep watches within less than services', () => {
    const miners = createTemplateMiners();
    const [watch, service] = [miners.open('device', undefined), miners.open('service', undefined)];
    for (let index = 0; index < 400; index += 1) {
      const text = `${'('.repeat(1 + (index % 20))}a${'|'.repeat(1 + Math.floor(index / 20))} end`;
      watch.tally(text);
      service.tally(text);
    }
    assert.equal(watch.counters().templates <= 128, true);
    assert.equal(service.counters().templates > 128, true);
  });

  it('start afresh from bytes of another version', () => {
    const miner = createTemplateMiners().open('device', Uint8Array.of(1, 2, 3));
    assert.deepEqual(miner.templates(), []);
  });
});
