import type { LabelledLine } from './corpus.ts';

/** A line written by hand, in which `«kind:text»` marks what must go. */
export function marked(line: string): LabelledLine {
  const spans: LabelledLine['spans'][number][] = [];
  const text = line.replace(/«(\w+):([^»]*)»/g, (_, __, value: string) => value);
  let removed = 0;
  for (const match of line.matchAll(/«(\w+):([^»]*)»/g)) {
    const [whole, kind = '', value = ''] = match;
    const start = match.index - removed;
    spans.push({ kind: kind as 'secret', start, end: start + value.length });
    removed += whole.length - value.length;
  }
  return { text, spans };
}
