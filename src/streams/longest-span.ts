import type { Detector } from './detector.ts';

const HOUR_MS = 3_600_000;
const SPANS = ['window', 'silence', 'quiet'] as const;

/** Site time in ms after which no detector remembers a record that it saw: the longest span among its options, an hour at least. */
export function longestSpanMs(detectors: readonly Detector[]): number {
  let longest = HOUR_MS;
  for (const { options } of detectors) {
    if (typeof options !== 'object' || options === null) continue;
    for (const name of SPANS) {
      const span = (options as Readonly<Record<string, unknown>>)[name];
      if (typeof span === 'number' && span > longest) longest = span;
    }
  }
  return longest;
}
