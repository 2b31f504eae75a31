import type { CharSet } from './char-set.ts';

/** A regular expression as a tree; there are no back-references. */
export type Node =
  | { readonly type: 'set'; readonly set: CharSet }
  | { readonly type: 'seq'; readonly items: readonly Node[] }
  | { readonly type: 'alt'; readonly options: readonly Node[] }
  | {
      readonly type: 'repeat';
      readonly node: Node;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly type: 'capture'; readonly node: Node; readonly field: CapturedField }
  | { readonly type: 'assert'; readonly kind: 'start' | 'end' | 'word' | 'no-word' }
  /** The character ahead or behind is (not) in the set; at the edge of the line there is none. */
  | {
      readonly type: 'look';
      readonly set: CharSet;
      readonly isBehind: boolean;
      readonly isNegative: boolean;
    };

/** Where a captured text goes. */
export interface CapturedField {
  readonly name: string;
  readonly type: FieldType;
}

export type FieldType = 'text' | 'int' | 'float' | 'bool';

/** Names of the types as `%{NAME:field:type}` may write them. */
export const FIELD_TYPES: Readonly<Record<string, FieldType>> = {
  text: 'text',
  string: 'text',
  keyword: 'text',
  int: 'int',
  integer: 'int',
  long: 'int',
  float: 'float',
  double: 'float',
  number: 'float',
  bool: 'bool',
  boolean: 'bool',
};
