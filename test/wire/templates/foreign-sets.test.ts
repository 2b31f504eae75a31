import assert from 'node:assert/strict';
import { judgeTemplates, type TemplateAccuracy } from '../../../src/wire/templates/accuracy.ts';
import { createTemplateMiner } from '../../../src/wire/templates/miner.ts';
import { describe } from '../../support/suite.ts';
import { foreignLines, foreignSets, type ForeignLine } from './foreign-sets.ts';

/** What was reached, less room for a change that helps elsewhere. */
const MEAN_FLOOR = 0.94;
const SET_FLOOR = 0.83;
const SHUFFLED_FLOOR = 0.86;

describe('template mining on sets in the manner of other systems', (it) => {
  it('groups the lines as ranked in the files', () => {
    const accuracies = foreignSets().map(
      (set) => [set, mined(foreignLines(set, 2000, 0))] as const,
    );
    for (const [set, { groupingAccuracy }] of accuracies)
      assert.ok(groupingAccuracy >= SET_FLOOR, `${set} ${groupingAccuracy}`);
    const mean = meanOf(accuracies.map(([, accuracy]) => accuracy));
    assert.ok(mean >= MEAN_FLOOR, `mean ${mean.toFixed(4)}`);
  });

  it('keeps up when other statements are the frequent ones', () => {
    const accuracies = foreignSets().flatMap((set) =>
      [1, 2, 3].map((seed) => mined(foreignLines(set, 2000, seed))),
    );
    const mean = meanOf(accuracies);
    assert.ok(mean >= SHUFFLED_FLOOR, `mean ${mean.toFixed(4)}`);
  });
});

describe('values in the manner of other systems', (it) => {
  const alike: Readonly<Record<string, readonly [string, string, string]>> = {
    'PCI addresses': ['dev 0000:ae:00.1 up', 'dev 0000:12:03.0 up', 'dev <*> up'],
    'IPv6 addresses of IPv4': ['from ::ffff:10.0.0.1 port', 'from 10.0.0.2 port', 'from <*> port'],
    'ranges of nodes': ['lost node-[1-40,81] now', 'lost node-7 now', 'lost <*> now'],
    'lists of nodes': ['lost node-1,node-2 now', 'lost node-3,node-4,node-5 now', 'lost <*> now'],
    'lists behind a key': ['nodes=a1,b2[3-4] left', 'nodes=c3 left', 'nodes=<*> left'],
    'numbers that are not shown': [
      'fans ( 12 **** 14 )',
      'fans ( **** **** 9 )',
      'fans ( <*> <*> <*> )',
    ],
    'quoted text': ['mail "Your order" sent', 'mail "Hi, all" sent', 'mail "<*>" sent'],
    'how switches stand': ['supply ( on off )', 'supply ( off off )', 'supply ( <*> off )'],
    'units of sensors': ['fan 3 at 900 rpm', 'fan 4 at 1200 rpm', 'fan <*> at <*> rpm'],
    'lines of source files': ['in a.scala:7 ok', 'in a.scala:42 ok', 'in <*> ok'],
  };
  for (const [what, [one, other, template]] of Object.entries(alike)) {
    it(`gives one template for ${what}`, () => {
      const miner = createTemplateMiner();
      miner.learn(one);
      const { id } = miner.learn(other);
      assert.deepEqual(
        miner.templates().map((each) => [each.id, each.template]),
        [[id, template]],
      );
    });
  }

  const apart: readonly (readonly [string, string])[] = [
    ['mode=rw,size=7 set', 'mode=rw set'],
    ['"GET /a" took 3 s', '"PUT /a" took 3 s'],
    ["can't open 'a", "won't open 'a"],
    ['moved 00f1 0a2b', 'moved 00f1'],
    ['******** end 4', '**** end 4'],
  ];
  for (const [one, other] of apart) {
    it(`keeps ${one} and ${other} apart`, () => {
      const miner = createTemplateMiner();
      assert.notEqual(miner.learn(one).id, miner.learn(other).id);
    });
  }
});

function mined(lines: readonly ForeignLine[]): TemplateAccuracy {
  const miner = createTemplateMiner();
  const ids = lines.map(({ content }) => miner.learn(content).id);
  return judgeTemplates(
    lines.map(({ trueTemplate }, index) => {
      const id = ids[index] ?? '';
      return { group: miner.resolve(id) ?? id, template: '', trueTemplate };
    }),
  );
}

function meanOf(accuracies: readonly TemplateAccuracy[]): number {
  return (
    accuracies.reduce((sum, { groupingAccuracy }) => sum + groupingAccuracy, 0) / accuracies.length
  );
}
