import { mapFields } from '../fields/map-fields.ts';
import type { LineParser } from '../line-parser.ts';
import type { GrokPattern } from './grok.ts';

export interface GrokParserOptions {
  readonly id: string;
  readonly about?: string;
  /** Tried in this order. */
  readonly patterns: readonly GrokPattern[];
  /** Service of lines that name none. @default the id */
  readonly service?: string;
}

/**
 * A parser of one's own patterns. Fields that have the name of a record's
 * field (or a usual other name of it, such as `msg`) become that; the others
 * become attributes. `counters.cutOff` counts the matches that were stopped.
 */
export function createGrokParser(
  options: GrokParserOptions,
): LineParser & { readonly counters: { readonly cutOff: number } } {
  const { id, patterns, about = 'grok patterns', service = id } = options;
  const counters = { cutOff: 0 };
  return {
    id,
    about,
    service,
    counters,
    parse: (line, context) => {
      for (const pattern of patterns) {
        const fields = pattern.match(line);
        if (fields === 'cut') counters.cutOff += 1;
        else if (fields !== 'none') return mapFields(fields, { line, context, fallback: service });
      }
      return undefined;
    },
  };
}
