import { addAttribute } from '../fields/attributes.ts';
import { ambiguityOf } from './ambiguity.ts';
import { nativeSource } from './native-source.ts';
import { parsePattern, type PatternLibrary } from './parse-pattern.ts';
import { compileProgram, type Program } from './program.ts';
import { SteppingMatcher } from './stepping-matcher.ts';
import { STOCK_PATTERNS } from './stock-patterns.ts';
import type { CapturedField, FieldType, Node } from './syntax.ts';

/** What a line gave; `cut` when matching was stopped because it took too long. */
export type GrokResult = Readonly<Record<string, unknown>> | 'none' | 'cut';

/** A compiled pattern. */
export interface GrokPattern {
  /** The captured fields by name, converted to their types; a name that is captured twice is a list. */
  match(line: string): GrokResult;
  readonly fields: readonly CapturedField[];
  /** Longest line that is matched by `RegExp`; longer ones are matched step by step. */
  readonly nativeLength: number;
}

/** What `RegExp` may at worst have to try on a line, about 1 ms. */
const NATIVE_STEPS = 400_000;
/** Longest line that is matched at all; the rest of a longer one is not looked at. */
export const MAX_GROK_LINE = 8_192;

/**
 * Compiles a grok pattern: a regular expression in which `%{NAME}`,
 * `%{NAME:field}` and `%{NAME:field:type}` stand for other patterns, stock
 * ones or those of `custom`. It is looked for anywhere in the line; begin
 * with `^` for speed. No pattern can hold up a line for long: how much
 * `RegExp` could try is bounded when compiling, and lines for which that is
 * too much are matched in steps that are counted.
 *
 * @throws CONFIG_INVALID with the place in the pattern
 */
export function compileGrok(pattern: string, custom: PatternLibrary = new Map()): GrokPattern {
  const library = custom.size === 0 ? STOCK_PATTERNS : new Map([...STOCK_PATTERNS, ...custom]);
  const tree = parsePattern(pattern, library);
  // Compiled at once, so that a pattern that is too large is refused with the configuration.
  return new CompiledGrok(tree, compileProgram(tree));
}

class CompiledGrok implements GrokPattern {
  readonly fields: readonly CapturedField[];
  readonly nativeLength: number;
  readonly #native: RegExp | undefined;
  readonly #program: Program;
  #stepping: SteppingMatcher | undefined;

  constructor(tree: Node, program: Program) {
    this.fields = fieldsOf(tree);
    this.nativeLength = longestNative(tree);
    this.#native = this.nativeLength > 0 ? new RegExp(nativeSource(tree)) : undefined;
    this.#program = program;
  }

  match(line: string): GrokResult {
    const text = line.length > MAX_GROK_LINE ? line.slice(0, MAX_GROK_LINE) : line;
    if (this.#native !== undefined && text.length <= this.nativeLength) {
      const found = this.#native.exec(text);
      return found === null ? 'none' : this.#collect((capture) => found[capture + 1]);
    }
    this.#stepping ??= new SteppingMatcher(this.#program);
    const slots = this.#stepping.match(text);
    if (slots === 'none' || slots === 'cut') return slots;
    return this.#collect((capture) => {
      const start = slots[capture * 2] ?? -1;
      const end = slots[capture * 2 + 1] ?? -1;
      return start < 0 || end < 0 ? undefined : text.slice(start, end);
    });
  }

  #collect(textOf: (capture: number) => string | undefined): Readonly<Record<string, unknown>> {
    const result: Record<string, unknown> = {};
    this.fields.forEach(({ name, type }, capture) => {
      const text = textOf(capture);
      if (text !== undefined && text !== '') addAttribute(result, name, convert(text, type));
    });
    return result;
  }
}

/** The length up to which `RegExp` cannot take too long; 0 when it may at any. */
function longestNative(tree: Node): number {
  const { factor, degree } = ambiguityOf(tree);
  if (!Number.isFinite(degree) || !Number.isFinite(factor)) return 0;
  const length = Math.floor((NATIVE_STEPS / factor) ** (1 / degree));
  return Math.min(MAX_GROK_LINE, length);
}

/** In the order in which captures are numbered. */
function fieldsOf(node: Node): readonly CapturedField[] {
  switch (node.type) {
    case 'seq':
      return node.items.flatMap(fieldsOf);
    case 'alt':
      return node.options.flatMap(fieldsOf);
    case 'capture':
      return [node.field, ...fieldsOf(node.node)];
    case 'repeat':
      return fieldsOf(node.node);
    case 'set':
    case 'assert':
    case 'look':
      return [];
    default:
      return [];
  }
}

/** Text that is not of the type stays text. */
function convert(text: string, type: FieldType): unknown {
  if (type === 'text') return text;
  if (type === 'bool') {
    if (/^(?:true|yes|on|1)$/i.test(text)) return true;
    return /^(?:false|no|off|0)$/i.test(text) ? false : text;
  }
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(number)) return text;
  if (type === 'float') return number;
  const whole = Math.trunc(number);
  return Number.isSafeInteger(whole) ? whole : text;
}
