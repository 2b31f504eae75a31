import { expectedOf, numberOf } from './values.ts';
import type { FieldType } from './fields.ts';
import { ALL, joined, negated, type Filter } from './filter.ts';
import { filterError } from './filter-error.ts';
import { RECORD_FIELDS, type Vocabulary } from './vocabulary.ts';
import { Tokens, type RawValue, type Token } from './tokens.ts';

export const FILTER_LIMITS = Object.freeze({
  /** Characters of an expression. */
  length: 8192,
  /** Terms and words. */
  terms: 256,
  /** Parentheses and NOTs within one another. */
  depth: 32,
});

/**
 * Reads a filter expression: `service:payment level>=ERROR "declined" -path:/health`.
 * Terms are joined by AND, which may be left out and binds closer than OR;
 * NOT or `-` binds closest. See docs/query-language.md.
 * @param vocabulary of what it is a filter; of records when left out
 * @throws QUERY_INVALID with the column and a caret under it.
 */
export function parseFilter(input: string, vocabulary: Vocabulary = RECORD_FIELDS): Filter {
  if (input.length > FILTER_LIMITS.length) {
    throw filterError(
      input,
      FILTER_LIMITS.length,
      `Expected at most ${FILTER_LIMITS.length} characters.`,
    );
  }
  const parser = new Parser(input, vocabulary);
  return parser.parse();
}

type Term = Extract<Token, { kind: 'term' }>;

class Parser {
  readonly #input: string;
  readonly #vocabulary: Vocabulary;
  readonly #tokens: Tokens;
  #token: Token;
  #terms = 0;
  #depth = 0;

  constructor(input: string, vocabulary: Vocabulary) {
    this.#input = input;
    this.#vocabulary = vocabulary;
    this.#tokens = new Tokens(input);
    this.#token = this.#tokens.next();
  }

  parse(): Filter {
    if (this.#token.kind === 'end') return ALL;
    const filter = this.#or();
    const { kind, at }: Token = this.#token;
    if ((kind as string) === 'end') return filter;
    throw this.#error(at, 'There is no opening parenthesis for this one.');
  }

  #or(): Filter {
    const of = [this.#and()];
    while (this.#token.kind === 'or') {
      this.#advance();
      of.push(this.#and());
    }
    return joined('or', of);
  }

  #and(): Filter {
    const of = [this.#not()];
    for (;;) {
      const { kind } = this.#token;
      if (kind === 'and') this.#advance();
      else if (kind === 'end' || kind === ')' || kind === 'or') return joined('and', of);
      of.push(this.#not());
    }
  }

  #not(): Filter {
    if (this.#token.kind !== 'not') return this.#primary();
    this.#deeper();
    this.#advance();
    const filter = negated(this.#not());
    this.#depth -= 1;
    return filter;
  }

  #primary(): Filter {
    const token = this.#token;
    if (token.kind === '(') return this.#group(token.at);
    if (token.kind !== 'word' && token.kind !== 'term') {
      throw this.#error(token.at, `Expected a term, got ${nameOf(token)}.`);
    }
    this.#terms += 1;
    if (this.#terms > FILTER_LIMITS.terms) {
      throw this.#error(token.at, `Expected at most ${FILTER_LIMITS.terms} terms.`);
    }
    this.#advance();
    return token.kind === 'word' ? valueFilter('message', token.value) : this.#term(token);
  }

  #group(at: number): Filter {
    this.#deeper();
    this.#advance();
    const filter = this.#or();
    if (this.#token.kind !== ')') throw this.#error(at, 'This parenthesis is not closed.');
    this.#advance();
    this.#depth -= 1;
    return filter;
  }

  #term(term: Term): Filter {
    const resolved = this.#vocabulary.resolve(term.field);
    if ('problem' in resolved) throw this.#error(term.at, resolved.problem);
    const { field } = resolved;
    const { operator, value } = term;
    const type = this.#vocabulary.type(field);
    if (operator === ':' || operator === '=') return this.#equal(field, type, value);
    if (operator === '!=') return negated(this.#equal(field, type, value, true));
    if (type === 'text' || type === 'name') {
      throw this.#error(term.at, `"${field}" is text; only : and != apply to it.`);
    }
    return Object.freeze({
      kind: 'compare',
      field,
      operator,
      value: this.#number(field, type, value),
    });
  }

  // eslint-disable-next-line max-params -- what a term consists of
  #equal(field: string, type: FieldType, value: RawValue, isExact = false): Filter {
    if (!value.isQuoted && value.parts.length > 1) return valueFilter(field, value);
    if (type === 'text' || type === 'name') return valueFilter(field, value);
    const range = this.#range(field, type, value);
    if (range !== undefined) return range;
    if (type === 'any') return valueFilter(field, value);
    const number = this.#number(field, type, value);
    // A level alone has always meant "this level or higher".
    if (type === 'level' && !isExact) {
      return Object.freeze({ kind: 'compare', field, operator: '>=', value: number });
    }
    return Object.freeze({ kind: 'range', field, from: number, to: number });
  }

  #range(field: string, type: FieldType, { text, isQuoted, at }: RawValue): Filter | undefined {
    const dots = isQuoted ? -1 : text.indexOf('..');
    if (dots < 0 || text.length === 2) return undefined;
    const ends = [text.slice(0, dots), text.slice(dots + 2)] as const;
    const from = ends[0] === '' ? -Infinity : this.#numberOf(field, type, ends[0]);
    const to = ends[1] === '' ? Infinity : this.#numberOf(field, type, ends[1]);
    if (from === undefined || to === undefined) {
      if (type === 'any') return undefined;
      throw this.#error(at, `Expected ${expectedOf(type)} on both sides of "..".`);
    }
    if (from > to) throw this.#error(at, 'This range ends before it begins.');
    return Object.freeze({ kind: 'range', field, from, to });
  }

  #numberOf(field: string, type: FieldType, text: string): number | undefined {
    const words = this.#vocabulary.words(field);
    if (words === undefined) return numberOf(text, type);
    const index = words.indexOf(text.toLowerCase());
    return index < 0 ? undefined : index;
  }

  #number(field: string, type: FieldType, { text, at }: RawValue): number {
    const number = this.#numberOf(field, type, text);
    if (number !== undefined) return number;
    const words = this.#vocabulary.words(field);
    if (words !== undefined) {
      throw this.#error(at, `Expected ${words.join(', ')}, got "${text}".`);
    }
    if (type === 'level')
      throw this.#error(at, `There is no level "${text}". Expected ${expectedOf(type)}.`);
    throw this.#error(at, `Expected ${expectedOf(type)}, got "${text}".`);
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > FILTER_LIMITS.depth) {
      throw this.#error(this.#token.at, `Nested deeper than ${FILTER_LIMITS.depth} levels.`);
    }
  }

  #advance(): void {
    this.#token = this.#tokens.next();
  }

  #error(at: number, message: string): Error {
    return filterError(this.#input, at, message);
  }
}

function valueFilter(field: string, { text, parts, isQuoted }: RawValue): Filter {
  if (isQuoted || parts.length < 2) return Object.freeze({ kind: 'is', field, value: text });
  // Several stars in a row are one.
  const kept = parts.filter(
    (part, index) => part !== '' || index === 0 || index === parts.length - 1,
  );
  if (kept.every((part) => part === '')) return Object.freeze({ kind: 'exists', field });
  return Object.freeze({ kind: 'like', field, parts: Object.freeze(kept) });
}

function nameOf({ kind }: Token): string {
  if (kind === 'end') return 'the end';
  return kind === ')' ? '")"' : `"${kind.toUpperCase()}"`;
}
