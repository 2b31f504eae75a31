import { filterError } from './filter-error.ts';

/** A value as it was written. */
export interface RawValue {
  /** Without quotes and escapes. */
  readonly text: string;
  /** The text between `*`s that were not quoted; one part when there is none. */
  readonly parts: readonly string[];
  readonly isQuoted: boolean;
  readonly at: number;
}

export type Token =
  | { readonly kind: '(' | ')' | 'and' | 'or' | 'not' | 'end'; readonly at: number }
  | { readonly kind: 'word'; readonly at: number; readonly value: RawValue }
  | {
      readonly kind: 'term';
      readonly at: number;
      readonly field: string;
      readonly operator: ':' | '=' | '!=' | '>' | '>=' | '<' | '<=';
      readonly value: RawValue;
    };

const TERM = /([A-Za-z_@][\w.@-]{0,127})(!=|>=|<=|:|=|>|<)/y;
const KEYWORDS = new Map([
  ['AND', 'and'],
  ['OR', 'or'],
  ['NOT', 'not'],
] as const);

/** Takes an expression apart, from left to right. */
export class Tokens {
  readonly #input: string;
  #at = 0;

  constructor(input: string) {
    this.#input = input;
  }

  /** @throws QUERY_INVALID */
  next(): Token {
    const input = this.#input;
    while (isBlank(input.charCodeAt(this.#at))) this.#at += 1;
    const at = this.#at;
    const character = input[at];
    if (character === undefined) return { kind: 'end', at };
    if (character === '(' || character === ')') {
      this.#at += 1;
      return { kind: character, at };
    }
    if (character === '-' && mayBegin(input, at + 1)) {
      this.#at += 1;
      return { kind: 'not', at };
    }
    return this.#term(at) ?? this.#word(at);
  }

  #term(at: number): Token | undefined {
    TERM.lastIndex = at;
    const match = TERM.exec(this.#input);
    const [, field = '', operator = ''] = match ?? [];
    // A URL in running text is no field.
    if (match === null || this.#input.startsWith('://', at + field.length)) return undefined;
    this.#at = TERM.lastIndex;
    const value = this.#value();
    if (value.text === '' && !value.isQuoted && value.parts.length < 2) {
      throw filterError(this.#input, this.#at, `Expected a value after "${field}${operator}".`);
    }
    return { kind: 'term', at, field, operator: operator as ':', value };
  }

  #word(at: number): Token {
    const value = this.#value();
    const keyword = value.isQuoted ? undefined : KEYWORDS.get(value.text as 'AND');
    return keyword === undefined ? { kind: 'word', at, value } : { kind: keyword, at };
  }

  #value(): RawValue {
    const at = this.#at;
    return this.#input[at] === '"' ? this.#quoted(at) : this.#bare(at);
  }

  #quoted(at: number): RawValue {
    const input = this.#input;
    let text = '';
    let from = at + 1;
    for (let end = from; end < input.length; end += 1) {
      const character = input[end];
      if (character !== '"' && character !== '\\') continue;
      text += input.slice(from, end);
      if (character === '"') {
        this.#at = end + 1;
        return { text, parts: [text], isQuoted: true, at };
      }
      end += 1;
      from = end;
    }
    throw filterError(input, at, 'This quote is not closed.');
  }

  #bare(at: number): RawValue {
    const input = this.#input;
    const parts: string[] = [];
    let part = '';
    let end = at;
    for (; end < input.length && !endsWord(input, end); end += 1) {
      const character = input[end] ?? '';
      if (character === '*') {
        parts.push(part);
        part = '';
      } else if (character === '\\' && end + 1 < input.length) {
        end += 1;
        part += input[end] ?? '';
      } else part += character;
    }
    if (input[end] === '"') throw filterError(input, end, 'Expected a blank before this quote.');
    this.#at = end;
    return { text: [...parts, part].join('*'), parts: [...parts, part], isQuoted: false, at };
  }
}

/** Whether a term, a word, a quote or a group may stand at `at`. */
function mayBegin(input: string, at: number): boolean {
  return at < input.length && input[at] !== ')' && !isBlank(input.charCodeAt(at));
}

function endsWord(input: string, at: number): boolean {
  const code = input.charCodeAt(at);
  return Number.isNaN(code) || code === 0x28 || code === 0x29 || code === 0x22 || isBlank(code);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
