import assert from 'node:assert/strict';

import { alertFilter } from '../../src/alerts/alert-filter.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { subjectId } from '../../src/model/subject.ts';
import { anAlert } from '../support/fake-site.ts';
import { describe } from '../support/suite.ts';

const ALERT = anAlert({ openedAt: Date.UTC(2026, 0, 31), count: 3, key: '/pay' });
const WATCH = anAlert({ subject: subjectId('device', 'w-1'), severity: 'low' });

const TABLE: readonly (readonly [string, boolean, boolean])[] = [
  ['', true, true],
  ['severity>=high', true, false],
  ['severity>high', false, false],
  ['severity:low', false, true],
  ['severity!=low', true, false],
  ['severity:medium..critical', true, false],
  ['severity:..medium', false, true],
  ['SEVERITY:HIGH', true, false],
  ['type:error_*', true, true],
  ['service:payment', true, false],
  ['-service:payment', false, true],
  ['device:w-*', false, true],
  ['user_id:*', false, false],
  ['subject:service:payment', true, false],
  ['site:local state:open detector:error_spike', true, true],
  ['label:useful', false, false],
  ['-label:false', true, true],
  ['"150 errors"', true, true],
  ['summary:ERRORS', true, true],
  ['key:/pay count>2', true, false],
  ['opened_at>=2026-01-31', true, false],
  ['updated_at<2000-01-01', true, true],
];

const PROBLEMS: readonly (readonly [string, RegExp])[] = [
  ['severty:high', /^Column 1 .*There is no field "severty"\. Did you mean "severity"\?/],
  ['type:x duration_ms>5', /^Column 8 .*There is no field "duration_ms"/],
  ['severity>=urgent', /^Column 11 .*Expected low, medium, high, critical, got "urgent"/],
  ['severity:critical..low', /^Column 10 .*ends before it begins/],
  ['service>5', /^Column 1 .*"service" is text/],
];

describe('alertFilter', (it) => {
  for (const [text, one, other] of TABLE) {
    it(`"${text}"`, () => {
      assert.deepEqual([alertFilter(text)(ALERT), alertFilter(text)(WATCH)], [one, other]);
    });
  }

  for (const [text, expected] of PROBLEMS) {
    it(`refuses "${text}"`, () => {
      assert.throws(
        () => alertFilter(text),
        (error) => isWatchkeeperError(error, 'QUERY_INVALID') && expected.test(error.message),
      );
    });
  }
});
