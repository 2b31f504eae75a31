import assert from 'node:assert/strict';
import {
  judgeTemplates,
  normalTemplate,
  type JudgedLine,
} from '../../../src/wire/templates/accuracy.ts';
import { describe } from '../../support/suite.ts';

/** `group:template:truth` for each line. */
function judged(...lines: readonly string[]): JudgedLine[] {
  return lines.map((line) => {
    const [group = '', template = '', trueTemplate = ''] = line.split(':');
    return { group, template, trueTemplate };
  });
}

describe('judgeTemplates', (it) => {
  it('gives 1 for what is as it should be', () => {
    assert.deepEqual(judgeTemplates(judged('1:a:a', '2:b <*>:b <*>', '1:a:a')), {
      groupingAccuracy: 1,
      groupingF1: 1,
      parsingAccuracy: 1,
      templateF1: 1,
      groupsFound: 2,
      groupsTrue: 2,
    });
  });

  it('counts no line of a group that was split', () => {
    const accuracy = judgeTemplates(judged('1:a:a', '2:a:a', '3:b:b', '3:b:b'));
    assert.equal(accuracy.groupingAccuracy, 0.5);
    // One group of three found, one of two true.
    assert.equal(accuracy.groupingF1, (2 * (1 / 3) * (1 / 2)) / (1 / 3 + 1 / 2));
    assert.equal(accuracy.parsingAccuracy, 1);
    assert.equal(accuracy.templateF1, (2 * 1 * (3 / 2)) / (1 + 3 / 2));
  });

  it('counts no line of groups that were mixed', () => {
    const accuracy = judgeTemplates(judged('1:<*>:a', '1:<*>:b', '2:c:c'));
    assert.equal(accuracy.groupingAccuracy, 1 / 3);
    assert.equal(accuracy.parsingAccuracy, 1 / 3);
    assert.deepEqual([accuracy.groupsFound, accuracy.groupsTrue], [2, 3]);
  });

  it('gives 0 for nothing', () => {
    assert.equal(judgeTemplates([]).groupingF1, 0);
    assert.equal(judgeTemplates([]).groupingAccuracy, 0);
  });
});

describe('normalTemplate', (it) => {
  const same = [
    ['a  <*>\t b ', 'a <*> b'],
    ['<*>:<*>', '<*>'],
    ['<*>.<*>.<*> at', '<*> at'],
    ['<*> <*> <*>', '<*>'],
    ['<*>##<*>', '<*>'],
    ['<*><*>', '<*>'],
  ] as const;
  for (const [template, expected] of same) {
    it(`writes "${template}" as "${expected}"`, () => {
      assert.equal(normalTemplate(template), expected);
    });
  }

  for (const template of [
    '<*> , <*>',
    'blk_<*>',
    '<*>=<*>',
    '<*>; <*>',
    '(<*>)(<*>)',
    '<*>, <*>',
  ]) {
    it(`leaves "${template}" as it is`, () => {
      assert.equal(normalTemplate(template), template);
    });
  }
});
