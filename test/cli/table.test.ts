import assert from 'node:assert/strict';
import { table } from '../../src/cli/table.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal } from './fake-terminal.ts';

describe('table', (it) => {
  it('lines up columns below their heads', () => {
    const text = table(
      fakeTerminal(),
      ['a', 'b'],
      [
        ['long', '1'],
        ['x', '22'],
      ],
    );
    assert.equal(text, 'a     b\nlong  1\nx     22');
  });

  it('prints as many rows as a large fleet has actors', () => {
    const rows = Array.from({ length: 150_000 }, (_, index) => [
      index === 7 ? '\u001b[31mred\u001b[39m' : `actor-${index}`,
      'idle',
    ]);
    const lines = table(fakeTerminal(), ['actor', 'state'], rows).split('\n');
    assert.equal(lines.length, 150_001);
    assert.match(lines[0] ?? '', /^actor +state$/);
    assert.equal(lines.at(-1), 'actor-149999  idle');
    assert.equal(lines[8], `\u001b[31mred\u001b[39m${' '.repeat(11)}idle`);
  });
});
