import { spellingHint } from '../edit-distance.ts';
import { fieldType, resolveField, type FieldType } from './fields.ts';

/** The fields that a filter can be about. */
export interface Vocabulary {
  /** The full name of a field as typed, or why there is none. */
  resolve(typed: string): { readonly field: string } | { readonly problem: string };
  type(field: string): FieldType;
  /** The values of a field from the least to the greatest, in lower case; it is compared by their places. */
  words(field: string): readonly string[] | undefined;
}

/** Fields of records; every other name is an attribute. */
export const RECORD_FIELDS: Vocabulary = Object.freeze({
  resolve: (typed: string) => {
    const resolved = resolveField(typed);
    if ('field' in resolved) return resolved;
    return {
      problem:
        `There is no field "${typed}". Did you mean "${resolved.likely}"? ` +
        `An attribute of that name is "attributes.${typed}".`,
    };
  },
  type: fieldType,
  words: () => undefined,
});

/** A vocabulary of these fields and no others: their types, or their values in order. */
export function closedVocabulary(
  fields: ReadonlyMap<string, FieldType | readonly string[]>,
  aliases: ReadonlyMap<string, string> = new Map(),
): Vocabulary {
  const wordsOf = (field: string): readonly string[] | undefined => {
    const found = fields.get(field);
    return typeof found === 'object' ? found : undefined;
  };
  return {
    resolve: (typed) => {
      const folded = typed.toLowerCase();
      const field = aliases.get(folded) ?? folded;
      if (fields.has(field)) return { field };
      return {
        problem: `There is no field "${typed}". ${spellingHint(typed, [...fields.keys()])}`,
      };
    },
    type: (field) => {
      const found = fields.get(field);
      return typeof found === 'string' ? found : 'number';
    },
    words: wordsOf,
  };
}
