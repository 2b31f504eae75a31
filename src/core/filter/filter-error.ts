import { WatchkeeperError } from '../errors.ts';

/** Characters of the expression that an error shows. */
const SHOWN = 72;

/** A QUERY_INVALID error that knows its place in the expression. */
export class FilterError extends WatchkeeperError {
  /** Column in the expression, from 1. */
  readonly column: number;
  /** What is wrong there, without the place. */
  readonly reason: string;

  constructor(input: string, at: number, reason: string) {
    const from = Math.max(0, Math.min(at - SHOWN / 2, input.length - SHOWN));
    const excerpt = input.slice(from, from + SHOWN).replace(/\p{Cc}/gu, ' ');
    const caret = `${' '.repeat(at - from)}^`;
    super('QUERY_INVALID', `Column ${at + 1} of the filter: ${reason}\n  ${excerpt}\n  ${caret}`, {
      fix: 'See docs/query-language.md.',
    });
    this.column = at + 1;
    this.reason = reason;
  }
}

/** An error that shows the place: the expression, and a caret under column `at` + 1. */
export function filterError(input: string, at: number, message: string): FilterError {
  return new FilterError(input, at, message);
}
