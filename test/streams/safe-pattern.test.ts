import assert from 'node:assert/strict';

import fc from 'fast-check';

import { compilePattern, matcherOf } from '../../src/streams/safe-pattern.ts';
import { describe } from '../support/suite.ts';

const complaint = (pattern: string): string => {
  const compiled = compilePattern(pattern);
  return 'complaint' in compiled ? compiled.complaint : '';
};
const matches = (pattern: string, text: string): boolean => {
  const compiled = compilePattern(pattern);
  assert.ok('source' in compiled, pattern);
  return matcherOf([compiled.source])(text);
};

describe('safe pattern', (it) => {
  it('takes plain text as it stands, without regard to case', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' }), (text) => {
        const isExpression = text.length > 2 && text.startsWith('/') && text.endsWith('/');
        if (!isExpression) assert.ok(matches(text, `before ${text} after`));
      }),
    );
    assert.ok(matches('Connection Refused', 'connection refused'));
    assert.ok(!matches('a.c', 'abc'));
  });

  it('accepts expressions whose time is bounded', () => {
    for (const pattern of [
      '/^08\\d{3}$/',
      '/a(?:b|c)d/',
      '/(ab)+/',
      '/[()+*]+x/',
      '/\\(a+\\)*/',
      '/a{2,5}/',
      '/x.*?y/',
    ]) {
      assert.equal(complaint(pattern), '', pattern);
    }
  });

  it('refuses what can take exponential or cubic time', () => {
    const table: readonly [string, RegExp][] = [
      ['/(a+)+/', /repeated group/],
      ['/(a|a)*/', /repeated group/],
      ['/((a)+b)*/', /repeated group/],
      ['/(?:(?:x{2,})y){3}/', /repeated group/],
      ['/(?=a)/', /Look-around/],
      ['/(?<!a)b/', /Look-around/],
      ['/(a)\\1/', /Back-references/],
      ['/(?<n>a)\\k<n>/', /Back-references/],
      ['/.*.*.*x/', /At most 2/],
      ['/(/', /not a valid/],
      ['', /1 to 200/],
      [`/${'a'.repeat(300)}/`, /1 to 200/],
    ];
    for (const [pattern, expected] of table) assert.match(complaint(pattern), expected, pattern);
  });

  it('looks at the first 2,048 characters only', () => {
    assert.ok(matches('needle', `${'x'.repeat(2000)}needle`));
    assert.ok(!matches('needle', `${'x'.repeat(2048)}needle`));
    assert.equal(matcherOf([])('anything'), false);
  });
});
