import type { Filter } from './filter.ts';

/** Whether any term of a filter is about this field. */
export function mentions(filter: Filter, field: string): boolean {
  switch (filter.kind) {
    case 'all':
      return false;
    case 'and':
    case 'or':
      return filter.of.some((each) => mentions(each, field));
    case 'not':
      return mentions(filter.of, field);
    default:
      return filter.field === field;
  }
}
