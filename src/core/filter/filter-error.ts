import { WatchkeeperError } from '../errors.ts';

/** Characters of the expression that an error shows. */
const SHOWN = 72;

/** A QUERY_INVALID error that shows the place: the expression, and a caret under column `at` + 1. */
export function filterError(input: string, at: number, message: string): WatchkeeperError {
  const from = Math.max(0, Math.min(at - SHOWN / 2, input.length - SHOWN));
  const excerpt = input.slice(from, from + SHOWN).replace(/\p{Cc}/gu, ' ');
  const caret = `${' '.repeat(at - from)}^`;
  return new WatchkeeperError(
    'QUERY_INVALID',
    `Column ${at + 1} of the filter: ${message}\n  ${excerpt}\n  ${caret}`,
    { fix: 'See docs/query-language.md.' },
  );
}
