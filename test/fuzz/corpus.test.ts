import assert from 'node:assert/strict';

import { describe } from '../support/suite.ts';
import { readCorpus } from './corpus.ts';
import { checkTimes } from './growth.ts';
import { compare, observe, type Outcome } from './invariants.ts';
import { bytesOf } from './target.ts';
import { loadTarget, TARGET_NAMES } from './targets.ts';
import { GENEROUS } from './time-limit.ts';

describe('corpus of bad inputs', (it) => {
  for (const name of TARGET_NAMES) {
    it(
      `breaks no invariant of ${name}, forwards and backwards`,
      async () => {
        const target = await loadTarget(name);
        const corpus = readCorpus(name);
        const inputs = [...target.seeds.map(bytesOf), ...corpus.map(({ bytes }) => bytes)];
        assert.ok(inputs.length > 0);
        const outcomes: Outcome[] = [];
        for (const input of inputs) outcomes.push(await observe(target, input));
        for (const [index, input] of [...inputs.entries()].reverse()) {
          compare(outcomes[index]!, await observe(target, input), input);
        }
      },
      { deadlineMs: 60_000 },
    );

    it(
      `costs ${name} little at full size`,
      async () => {
        const target = await loadTarget(name);
        const corpus = readCorpus(name).map(({ bytes }) => bytes);
        const spread = corpus.filter((_, index) => index % Math.ceil(corpus.length / 6) === 0);
        await checkTimes(target, [...target.seeds.map(bytesOf).slice(0, 2), ...spread], GENEROUS);
      },
      { deadlineMs: 120_000 },
    );
  }
});
