import type { CorpusKind, LabelledLine, Span } from './corpus.ts';

export interface Score {
  readonly truth: number;
  readonly hit: number;
  readonly found: number;
  readonly right: number;
}

export interface Found {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

const overlaps = (one: Found | Span, other: Found | Span): boolean =>
  one.start < other.end && other.start < one.end;

/**
 * A labelled value is recalled when replacements cover all of it, whatever
 * their kind: then nothing leaks. A replacement is right when it lies on a
 * labelled value of its kind and leaves the neighbours alone (2 characters of
 * play on either side for quotes and the like).
 */
export function score(
  lines: readonly LabelledLine[],
  find: (text: string) => readonly Found[],
): {
  readonly byKind: ReadonlyMap<string, Score>;
  readonly recall: number;
  readonly precision: number;
  readonly missed: readonly string[];
  readonly wrong: readonly string[];
} {
  const byKind = new Map<string, { truth: number; hit: number; found: number; right: number }>();
  const of = (kind: string) => {
    const known = byKind.get(kind) ?? { truth: 0, hit: 0, found: 0, right: 0 };
    byKind.set(kind, known);
    return known;
  };
  const missed: string[] = [];
  const wrong: string[] = [];
  for (const { text, spans } of lines) {
    const found = find(text);
    for (const span of spans) {
      const isCovered = covers(found, span);
      of(span.kind).truth += 1;
      if (isCovered) of(span.kind).hit += 1;
      else missed.push(`${span.kind} «${text.slice(span.start, span.end)}» in: ${text}`);
    }
    for (const each of found) {
      const isRight = spans.some(
        (span) =>
          span.kind === (each.kind as CorpusKind) &&
          overlaps(span, each) &&
          each.start >= span.start - 2 &&
          each.end <= span.end + 2,
      );
      of(each.kind).found += 1;
      if (isRight) of(each.kind).right += 1;
      else wrong.push(`${each.kind} «${text.slice(each.start, each.end)}» in: ${text}`);
    }
  }
  const total = { truth: 0, hit: 0, found: 0, right: 0 };
  for (const each of byKind.values()) {
    total.truth += each.truth;
    total.hit += each.hit;
    total.found += each.found;
    total.right += each.right;
  }
  return {
    byKind,
    recall: total.hit / total.truth,
    precision: total.right / total.found,
    missed,
    wrong,
  };
}

function covers(found: readonly Found[], { start, end }: Span): boolean {
  let at = start;
  for (const each of found) if (each.start <= at && each.end > at) at = each.end;
  return at >= end;
}
