import { WatchkeeperError } from '../core/errors.ts';

/**
 * A stretch of a source that can be read again: bytes of a file, messages of
 * a partition. It stands, authenticated, in the journal entry that holds its
 * records, so that both are durable together or not at all.
 */
export interface SourceSpan {
  /** 1 to 100 characters of `A-Z a-z 0-9 . _ : / -`. */
  readonly source: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Tells whether a source is still the one that was read: a hash of what stands before `to`, or ''. */
  readonly check: string;
}

const SOURCE = /^[A-Za-z0-9._:/-]{1,100}$/;
const CHECK = /^[A-Za-z0-9_-]{0,32}$/;

/** @throws WatchkeeperError BAD_REQUEST */
export function spanText(span: SourceSpan): string {
  const { source, from, to, check } = span;
  if (!isSpan(span)) {
    throw new WatchkeeperError('BAD_REQUEST', 'Expected a source, and a stretch of it forward.', {
      fix: 'A source has 1 to 100 characters of A-Z a-z 0-9 . _ : / -; positions are whole numbers.',
    });
  }
  return `${source}|${from}|${to}|${check}`;
}

/** `undefined` when the text is no span. */
export function parseSpan(text: string): SourceSpan | undefined {
  const [source = '', from, to, check = '', ...rest] = text.split('|');
  const span = { source, from: Number(from), to: Number(to), check };
  return rest.length === 0 && isSpan(span) ? span : undefined;
}

export function isSourceName(name: string): boolean {
  return SOURCE.test(name);
}

function isSpan({ source, from, to, check }: SourceSpan): boolean {
  const isForward = Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0;
  return isForward && to >= from && SOURCE.test(source) && CHECK.test(check);
}
