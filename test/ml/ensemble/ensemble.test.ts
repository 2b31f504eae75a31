import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { isWatchkeeperError } from '../../../src/core/errors.ts';
import { Random } from '../../../src/core/random.ts';
import { COMBINATIONS } from '../../../src/ml/ensemble/combine.ts';
import { Ensemble } from '../../../src/ml/ensemble/ensemble.ts';
import type { Member } from '../../../src/ml/ensemble/ensemble.ts';
import type { ModelSnapshot } from '../../../src/ml/model.ts';
import { describe } from '../../support/suite.ts';

const packr = new Packr({ useRecords: false, moreTypes: true });

const NAMES = ['rule', 'absence', 'forest', 'forecast'];
const surprise = fc.oneof(
  fc.constantFrom(0, 16, 1e-12),
  fc.double({ min: 0, max: 20, noNaN: true }),
);
/** Any of the members, each with any surprise. */
const members = fc
  .tuple(fc.subarray(NAMES), fc.array(surprise, { minLength: 4, maxLength: 4 }))
  .map(([names, values]): Member[] =>
    names.map((name, index) => ({ name, surprise: values[index] as number })),
  );
const combination = fc.constantFrom(...COMBINATIONS);

describe('ensemble', (it) => {
  it('gives contributions that add up to 1, and a surprise within bounds', () => {
    fc.assert(
      fc.property(combination, members, fc.array(members), (how, now, before) => {
        const ensemble = new Ensemble({ combination: how });
        for (const step of before) ensemble.update(step);
        const verdict = ensemble.verdict(now);
        assert.ok(verdict.surprise >= 0 && verdict.surprise <= 16);
        assert.deepEqual(
          verdict.contributions.map(({ name }) => name),
          now.map(({ name }) => name),
        );
        if (now.length === 0) return assert.equal(verdict.surprise, 0);
        const sum = verdict.contributions.reduce((total, { share }) => total + share, 0);
        assert.ok(Math.abs(sum - 1) < 1e-12);
        assert.ok(verdict.contributions.every(({ share }) => share >= 0));
      }),
    );
  });

  it('never falls when a member is more surprised', () => {
    fc.assert(
      fc.property(
        fc.record({ how: combination, now: members, which: fc.nat(3), more: surprise }),
        ({ how, now, which, more }) => {
          const ensemble = new Ensemble({ combination: how, recalibrate: false });
          const raised = now.map((member, index) =>
            index === which ? { ...member, surprise: member.surprise + more } : member,
          );
          const before = ensemble.verdict(now).surprise;
          assert.ok(ensemble.verdict(raised).surprise >= before - 1e-9);
        },
      ),
    );
  });

  it('says of independent members what it should, by each rule that claims to', () => {
    for (const how of ['max', 'tail_sum', 'cauchy'] as const) {
      const ensemble = new Ensemble({ combination: how, recalibrate: false });
      assert.ok(Math.abs(alarmRate(ensemble, 0) - 0.01) < 0.003, how);
    }
  });

  it('says of members that repeat each other what it should, once it knows', () => {
    for (const how of COMBINATIONS) {
      const rate = alarmRate(new Ensemble({ combination: how }), 0.8);
      assert.ok(Math.abs(rate - 0.01) < 0.004, `${how} ${rate}`);
    }
  });

  it('leaves the weight of who is missing to the others', () => {
    const all = [
      { name: 'rule', surprise: 3 },
      { name: 'forest', surprise: 3 },
    ];
    const ensemble = new Ensemble({ combination: 'mean', recalibrate: false });
    assert.equal(ensemble.verdict(all).surprise, 3);
    assert.equal(ensemble.verdict(all.slice(1)).surprise, 3);
    assert.deepEqual(ensemble.verdict([]), { surprise: 0, contributions: [] });
  });

  it('trusts a class of subjects the members that were right there', () => {
    const ensemble = new Ensemble({ combination: 'mean', recalibrate: false });
    const step = [
      { name: 'right', surprise: 5 },
      { name: 'wrong', surprise: 0 },
    ];
    for (let label = 0; label < 20; label += 1) ensemble.feedback(step, true, 'watch');
    assert.ok(ensemble.weight('right', 'watch') > 5 * ensemble.weight('wrong', 'watch'));
    assert.ok(ensemble.weight('wrong', 'watch') > 0.05);
    assert.equal(ensemble.weight('right', 'server'), 1);
    assert.ok(ensemble.verdict(step, 'watch').surprise > ensemble.verdict(step).surprise);
    for (let label = 0; label < 60; label += 1) ensemble.feedback(step, false, 'watch');
    assert.ok(ensemble.weight('right', 'watch') < ensemble.weight('wrong', 'watch'));
  });

  it('goes on bit-equal from a snapshot, also through msgpack', () => {
    const steps = fc.array(members, { maxLength: 150 });
    fc.assert(
      fc.property(combination, steps, steps, (how, before, after) => {
        const ensemble = new Ensemble({ combination: how });
        for (const step of before) ensemble.update(step, 'watch');
        for (const step of before.slice(0, 5)) ensemble.feedback(step, step.length > 2, 'watch');
        const copies = [
          Ensemble.restore(structuredClone(ensemble.snapshot())),
          Ensemble.restore(packr.unpack(packr.pack(ensemble.snapshot())) as ModelSnapshot),
        ];
        for (const step of after) {
          const expected = ensemble.verdict(step, 'watch');
          ensemble.update(step, 'watch');
          for (const copy of copies) {
            assert.deepEqual(copy.verdict(step, 'watch'), expected);
            copy.update(step, 'watch');
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('refuses members, options and snapshots that make no sense', () => {
    const ensemble = new Ensemble();
    const input = (error: unknown) => isWatchkeeperError(error, 'MODEL_INPUT');
    for (const wrong of [NaN, -1, Infinity]) {
      const step = [{ name: 'rule', surprise: wrong }];
      assert.throws(() => ensemble.verdict(step), input);
      assert.throws(() => ensemble.update(step), input);
      assert.throws(() => ensemble.feedback(step, true), input);
    }
    const rule = { name: 'rule', surprise: 1 };
    assert.throws(() => ensemble.verdict([rule, rule]), input);
    assert.throws(() => new Ensemble({ combination: 'vote' as 'mean' }), input);
    const invalid = (error: unknown) => isWatchkeeperError(error, 'MODEL_INVALID');
    ensemble.feedback([rule], true, 'watch');
    const snapshot = ensemble.snapshot();
    const fields = snapshot.state as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(fields)) {
      for (const wrong of [undefined, 'x', NaN, -1, { watch: { rule: 'x' } }]) {
        const broken = { ...snapshot, state: { ...fields, [name]: wrong } };
        assert.throws(() => Ensemble.restore(broken), invalid, `${name} ${String(wrong)}`);
      }
    }
    assert.throws(() => Ensemble.restore({ ...snapshot, version: 7 }), invalid);
  });
});

/** How often three members of noise reach a surprise of 2; `shared` says how often they say the same. */
function alarmRate(ensemble: Ensemble, shared: number): number {
  const random = new Random(1);
  let alarms = 0;
  for (let step = 0; step < 20_000; step += 1) {
    const common = 1 - random.unit();
    const now = NAMES.slice(0, 3).map((name) => {
      return { name, surprise: -Math.log10(random.chance(shared) ? common : 1 - random.unit()) };
    });
    if (step >= 5000 && ensemble.verdict(now).surprise >= 2) alarms += 1;
    ensemble.update(now);
  }
  return alarms / 15_000;
}
