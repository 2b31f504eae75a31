/** How a field is compared with a value. */
export type ComparisonOperator = '>' | '>=' | '<' | '<=';

/**
 * A filter expression as a tree. `field` is a name on the wire, or the dotted
 * path of an attribute. Made by `parseFilter`; frozen, and safe to share.
 */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and'; readonly of: readonly Filter[] }
  | { readonly kind: 'or'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  /** The field has this value; of `message`, it holds this text in any case. */
  | { readonly kind: 'is'; readonly field: string; readonly value: string }
  /** The field's text is these parts in order with anything between them. */
  | { readonly kind: 'like'; readonly field: string; readonly parts: readonly string[] }
  | { readonly kind: 'exists'; readonly field: string }
  | {
      readonly kind: 'compare';
      readonly field: string;
      readonly operator: ComparisonOperator;
      readonly value: number;
    }
  /** Both ends belong to it. */
  | { readonly kind: 'range'; readonly field: string; readonly from: number; readonly to: number };

export const ALL: Filter = Object.freeze({ kind: 'all' });

/** Joins filters; what is nested in the same way is taken apart. */
export function joined(kind: 'and' | 'or', filters: readonly Filter[]): Filter {
  const [first, ...others] = filters;
  if (first === undefined) return ALL;
  if (others.length === 0) return first;
  const of = filters.flatMap((filter) => (filter.kind === kind ? filter.of : [filter]));
  return Object.freeze({ kind, of: Object.freeze(of) });
}

export function negated(filter: Filter): Filter {
  return Object.freeze({ kind: 'not', of: filter });
}
