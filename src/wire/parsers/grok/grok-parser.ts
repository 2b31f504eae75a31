import { mapFields } from '../fields/map-fields.ts';
import type { LineParser } from '../line-parser.ts';
import type { GrokPattern } from './grok.ts';
import { StopCount } from './stop-count.ts';

export interface GrokParserOptions {
  readonly id: string;
  readonly about?: string;
  /** Tried in this order. */
  readonly patterns: readonly GrokPattern[];
  /** Service of lines that name none. @default the id */
  readonly service?: string;
  /** Counts the matches that were stopped. */
  readonly stopped?: StopCount;
}

/**
 * A parser of one's own patterns. Fields that have the name of a record's
 * field (or a usual other name of it, such as `msg`) become that; the others
 * become attributes.
 */
export function createGrokParser(
  options: GrokParserOptions,
): LineParser & { readonly counters: { readonly cutOff: number } } {
  const { id, patterns, about = 'grok patterns', service = id } = options;
  const { stopped = new StopCount() } = options;
  return {
    id,
    about,
    service,
    counters: stopped,
    parse: (line, context) => {
      for (const pattern of patterns) {
        const fields = pattern.match(line);
        if (fields === 'cut') stopped.stop();
        else if (fields !== 'none') return mapFields(fields, { line, context, fallback: service });
      }
      return undefined;
    },
  };
}
