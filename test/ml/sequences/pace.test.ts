import assert from 'node:assert/strict';

import { Random } from '../../../src/core/random.ts';
import { PairTable } from '../../../src/ml/sequences/pair-table.ts';
import type { SequenceModel } from '../../../src/ml/sequences/sequence-model.ts';
import type { Steps } from '../../../src/core/steps.ts';
import { Pace, STEP_UNITS } from '../../../src/ml/sequences/pace.ts';
import { describe } from '../../support/suite.ts';

import { KINDS, random, session } from './sessions.ts';

/** What one frame of 64 KiB holds. */
const LONG = 16_384;

/** Counts work itself instead of trusting what the model says: each look-up in any of its tables. */
class Counted {
  #lookups = 0;
  readonly #find = Object.getOwnPropertyDescriptor(PairTable.prototype, 'find');

  /** Look-ups of each part, and the result. */
  run<Result>(steps: Steps<Result>): { readonly parts: number[]; readonly result: Result } {
    const find = this.#find?.value as (first: number, second: number) => number;
    const count = (): void => {
      this.#lookups += 1;
    };
    PairTable.prototype.find = function counted(this: PairTable, first, second) {
      count();
      return find.call(this, first, second);
    };
    try {
      const parts: number[] = [];
      for (;;) {
        this.#lookups = 0;
        const { done, value } = steps.next();
        parts.push(this.#lookups);
        if (done === true) return { parts, result: value };
      }
    } finally {
      Object.defineProperty(PairTable.prototype, 'find', this.#find as PropertyDescriptor);
    }
  }
}

function fitted(name: string): SequenceModel {
  const kind = KINDS.find((one) => one.kind === name) ?? assert.fail(name);
  const model = kind.create({}, random()) as SequenceModel;
  const draw = new Random(3, 'long sessions');
  const normal = Array.from({ length: 80 }, () =>
    Uint32Array.from({ length: draw.integer(20, 200) }, () => draw.integer(0, 59)),
  );
  model.fit(normal);
  return model;
}

const draw = new Random(5, 'long session');
const usual = Uint32Array.from({ length: LONG }, () => draw.integer(0, 59));
const strange = Uint32Array.from({ length: LONG }, (_, index) => index * 7919);

for (const { kind } of KINDS) {
  describe(`work of a long session in parts: ${kind}`, (it) => {
    it('makes no more look-ups in a part than a part may', () => {
      const model = fitted(kind);
      for (const long of [usual, strange]) {
        const scored = new Counted().run(model.scoring(long, new Pace()));
        const explained = new Counted().run(model.explaining(long, 3, new Pace()));
        const most = Math.max(...scored.parts, ...explained.parts);
        assert.ok(most <= STEP_UNITS, `${most} look-ups in one part`);
        const all = scored.parts.reduce((sum, one) => sum + one, 0);
        assert.ok(scored.parts.length >= all / STEP_UNITS);
      }
    });

    it('gives in parts, by turns with others, what it gives at once', () => {
      const model = fitted(kind);
      const all = [usual, session(1, 2, 3), strange, session()];
      const under = all.map((one) => ({
        scoring: model.scoring(one, new Pace()),
        explaining: model.explaining(one, 3, new Pace()),
      }));
      const taken = under.map(() => [undefined, undefined] as unknown[]);
      for (let open = under.length * 2; open > 0;) {
        open = 0;
        for (const [index, { scoring, explaining }] of under.entries()) {
          for (const [place, steps] of [scoring, explaining].entries()) {
            const { done, value } = steps.next();
            if (done !== true) open += 1;
            else if (value !== undefined) (taken[index] as unknown[])[place] = value;
          }
        }
      }
      const again = fitted(kind);
      for (const [index, one] of all.entries()) {
        assert.deepEqual(taken[index], [again.score([one])[0], again.explain(one, 3)]);
      }
    });
  });
}

describe('work in parts', (it) => {
  it('is due when so much has been spent, and then counts anew', () => {
    const pace = new Pace();
    assert.equal(pace.spend(STEP_UNITS - 1), false);
    assert.equal(pace.spend(1), true);
    assert.equal(pace.spend(STEP_UNITS - 1), false);
  });
});
