import { compileFilter, type ReadField } from './compile-filter.ts';
import type { Filter } from './filter.ts';

/** What a reader gives for a field that it cannot know. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/** `undefined` when the filter can be neither said to hold nor not to hold. */
export type Decide<Record_> = (record: Record_) => boolean | undefined;

/**
 * Makes a judge of a filter over things of which only some fields are known,
 * by Kleene's logic of three values: it says `true` only when the filter holds
 * whatever the unknown fields are.
 */
export function decideFilter<Record_>(filter: Filter, read: ReadField<Record_>): Decide<Record_> {
  switch (filter.kind) {
    case 'all':
      return () => true;
    case 'and':
      return firstOf(false, filter.of, read);
    case 'or':
      return firstOf(true, filter.of, read);
    case 'not': {
      const decide = decideFilter(filter.of, read);
      return (record) => {
        const decided = decide(record);
        return decided === undefined ? undefined : !decided;
      };
    }
    default: {
      const matches = compileFilter(filter, read);
      const { field } = filter;
      return (record) => (read(record, field) === UNKNOWN ? undefined : matches(record));
    }
  }
}

/** One such value decides; without it, one unknown leaves the whole unknown. */
function firstOf<Record_>(
  deciding: boolean,
  filters: readonly Filter[],
  read: ReadField<Record_>,
): Decide<Record_> {
  const all = filters.map((each) => decideFilter(each, read));
  return (record) => {
    let isUnknown = false;
    for (const decide of all) {
      const decided = decide(record);
      if (decided === deciding) return deciding;
      if (decided === undefined) isUnknown = true;
    }
    return isUnknown ? undefined : !deciding;
  };
}
