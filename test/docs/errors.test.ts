import assert from 'node:assert/strict';
import { ERROR_CODES } from '../../src/core/error-codes.ts';
import { describe } from '../support/suite.ts';
import { readDocument } from './documents.ts';

interface Row {
  readonly code: string;
  readonly status: number;
  readonly exit: number;
  readonly meaning: string;
  readonly remedy: string;
}

/** Rows of the tables in docs/reference/errors.md. */
function rows(): readonly Row[] {
  const pattern = /^\| `([A-Z_]+)` +\| +(\d+) \| +(\d+) \| (.+?) +\| (.+?) +\|$/gm;
  return [...readDocument('docs/reference/errors.md').matchAll(pattern)].map(
    ([, code = '', status, exit, meaning = '', remedy = '']) => ({
      code,
      status: Number(status),
      exit: Number(exit),
      meaning,
      remedy,
    }),
  );
}

describe('docs/reference/errors.md', (it) => {
  it('has one row for each code, and none for what is no code', () => {
    const documented = rows().map(({ code }) => code);
    assert.deepEqual([...documented].sort(), Object.keys(ERROR_CODES).sort());
  });

  it('gives the HTTP status and the exit code that the program gives', () => {
    const documented = rows().map(({ code, status, exit }) => [code, { status, exit }]);
    assert.deepEqual(Object.fromEntries(documented), { ...ERROR_CODES });
  });

  it('says in sentences what each means and what to do', () => {
    for (const { code, meaning, remedy } of rows()) {
      assert.match(meaning, /^[A-Z].{10,}\.$/, code);
      assert.match(remedy, /^[A-Z].{10,}\.$/, code);
    }
  });
});
