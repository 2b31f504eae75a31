import { spellingHint } from '../../../core/edit-distance.ts';
import { WatchkeeperError } from '../../../core/errors.ts';
import { ANY_CHARACTER, charSet } from './char-set.ts';
import { readClass, readEscape } from './parse-class.ts';
import { PatternCursor } from './pattern-cursor.ts';
import { FIELD_TYPES, type CapturedField, type Node } from './syntax.ts';

/** Patterns by name. */
export type PatternLibrary = ReadonlyMap<string, string>;

export const GROK_LIMITS = Object.freeze({
  /** Characters of one pattern as it is written. */
  length: 4_096,
  /** References inside references. */
  depth: 16,
  /** Nodes of the tree after references were followed. */
  nodes: 20_000,
  /** Greatest number in a counted repetition. */
  repeat: 1_000,
  fields: 64,
});

/**
 * Reads a grok pattern with all the patterns that it refers to. Possessive
 * repetitions and atomic groups are read as plain ones.
 * @throws CONFIG_INVALID naming the position, for what is not a pattern, a
 * name that is not known (with the likely spelling), a pattern within itself,
 * back-references, look-around of more than one character, flags, and sizes
 * beyond {@link GROK_LIMITS}.
 */
export function parsePattern(pattern: string, library: PatternLibrary): Node {
  return new PatternParser({ library, budget: { nodes: 0, fields: 0 }, open: [] }).parse(pattern);
}

interface Shared {
  readonly library: PatternLibrary;
  readonly budget: { nodes: number; fields: number };
  /** Names of the patterns that are being read. */
  readonly open: readonly string[];
}

const REFERENCE = /%\{(\w{1,64})(?::([^:{}]{1,128}))?(?::(\w{1,16}))?\}/y;
const COUNT = /\{(\d{1,5})(?:(,)(\d{1,5})?)?\}/y;

class PatternParser {
  readonly #shared: Shared;
  #at: PatternCursor = new PatternCursor('');

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  parse(pattern: string): Node {
    if (pattern.length > GROK_LIMITS.length) {
      throw patternError(`A pattern is longer than ${GROK_LIMITS.length} characters.`);
    }
    this.#at = new PatternCursor(pattern);
    const node = this.#alternatives();
    if (!this.#at.isDone()) throw this.#at.error('This bracket closes nothing.');
    return node;
  }

  #alternatives(): Node {
    const options: Node[] = [this.#sequence()];
    while (this.#at.take('|')) options.push(this.#sequence());
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { type: 'alt', options };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (!this.#at.isDone() && this.#at.peek() !== '|' && this.#at.peek() !== ')') {
      this.#shared.budget.nodes += 1;
      if (this.#shared.budget.nodes > GROK_LIMITS.nodes) {
        throw this.#at.error('The pattern is too large.');
      }
      items.push(this.#repeated(this.#atom()));
    }
    return { type: 'seq', items };
  }

  #atom(): Node {
    const at = this.#at;
    const reference = at.match(REFERENCE);
    if (reference !== undefined) return this.#reference(reference);
    if (at.take('(')) return this.#group();
    if (at.take('[')) return { type: 'set', set: readClass(at) };
    if (at.take('.')) return { type: 'set', set: ANY_CHARACTER };
    if (at.take('^')) return { type: 'assert', kind: 'start' };
    if (at.take('$')) return { type: 'assert', kind: 'end' };
    if (at.take('\\')) return this.#escape();
    const character = at.peek();
    if ('*+?'.includes(character)) throw at.error('There is nothing to repeat here.');
    at.skip(1);
    const code = character.charCodeAt(0);
    return { type: 'set', set: [[code, code]] };
  }

  #escape(): Node {
    const letter = this.#at.peek();
    if (letter === 'b' || letter === 'B' || letter === 'A' || letter === 'z' || letter === 'Z') {
      this.#at.skip(1);
      const kinds = { b: 'word', B: 'no-word', A: 'start', z: 'end', Z: 'end' } as const;
      return { type: 'assert', kind: kinds[letter] };
    }
    return { type: 'set', set: readEscape(this.#at) };
  }

  #group(): Node {
    const at = this.#at;
    if (!at.take('?')) return this.#closed();
    if (at.take(':') || at.take('>')) return this.#closed();
    if (at.take('=')) return this.#look(false, false);
    if (at.take('!')) return this.#look(false, true);
    if (!at.take('<')) throw at.error('Flags inside a pattern are not supported.');
    if (at.take('=')) return this.#look(true, false);
    if (at.take('!')) return this.#look(true, true);
    const name = at.match(/([\w.@[\]-]{1,128})>/y)?.[1];
    if (name === undefined) throw at.error('Expected a name for this group.');
    this.#countField();
    return {
      type: 'capture',
      node: this.#closed(),
      field: { name: fieldName(name), type: 'text' },
    };
  }

  #look(isBehind: boolean, isNegative: boolean): Node {
    const node = single(this.#closed());
    if (node === undefined) {
      throw this.#at.error('Looking ahead or behind is limited to one character.');
    }
    return { type: 'look', set: node, isBehind, isNegative };
  }

  #closed(): Node {
    const node = this.#alternatives();
    if (!this.#at.take(')')) throw this.#at.error('A bracket is not closed.');
    return node;
  }

  #repeated(node: Node): Node {
    const at = this.#at;
    const [min, max] = this.#count() ?? [1, 1];
    if (min === 1 && max === 1) return node;
    if (max < min) throw at.error('The repetition ends below its beginning.');
    const isLazy = at.take('?');
    if (!isLazy) at.take('+');
    if ('*+?'.includes(at.peek()) && at.peek() !== '') throw at.error('A repetition is repeated.');
    return { type: 'repeat', node, min, max, isLazy };
  }

  #count(): readonly [number, number] | undefined {
    const at = this.#at;
    if (at.take('*')) return [0, Infinity];
    if (at.take('+')) return [1, Infinity];
    if (at.take('?')) return [0, 1];
    const found = at.match(COUNT);
    if (found === undefined) return undefined;
    const [, low, comma, high] = found;
    const min = Number(low);
    const max = comma === undefined ? min : high === undefined ? Infinity : Number(high);
    if (min > GROK_LIMITS.repeat || (max > GROK_LIMITS.repeat && max !== Infinity)) {
      throw at.error(`A repetition counts beyond ${GROK_LIMITS.repeat}.`);
    }
    return [min, max];
  }

  #reference([text, name = '', field, type]: RegExpExecArray): Node {
    const { library, open, budget } = this.#shared;
    const definition = library.get(name);
    if (definition === undefined) {
      throw this.#at.error(`There is no pattern "${name}".`, spellingHint(name, library.keys()));
    }
    if (open.includes(name)) throw this.#at.error(`The pattern "${name}" refers to itself.`);
    if (open.length >= GROK_LIMITS.depth) {
      throw this.#at.error(`More than ${GROK_LIMITS.depth} patterns are within each other.`);
    }
    const node = new PatternParser({ library, budget, open: [...open, name] }).parse(definition);
    if (field === undefined) return node;
    this.#countField();
    const captured: CapturedField = { name: fieldName(field), type: this.#type(type, text) };
    return { type: 'capture', node, field: captured };
  }

  #type(name: string | undefined, reference: string): CapturedField['type'] {
    if (name === undefined) return 'text';
    const type = Object.hasOwn(FIELD_TYPES, name) ? FIELD_TYPES[name] : undefined;
    if (type !== undefined) return type;
    const hint = spellingHint(name, Object.keys(FIELD_TYPES));
    throw this.#at.error(`There is no type "${name}" as in ${reference}.`, hint);
  }

  #countField(): void {
    this.#shared.budget.fields += 1;
    if (this.#shared.budget.fields > GROK_LIMITS.fields) {
      throw this.#at.error(`The pattern captures more than ${GROK_LIMITS.fields} fields.`);
    }
  }
}

/** `[http][status]` is written `http.status` here. */
function fieldName(written: string): string {
  return written.startsWith('[') ? written.slice(1, -1).replaceAll('][', '.') : written;
}

/** The set of a node that is one character. */
function single(node: Node): ReturnType<typeof charSet> | undefined {
  if (node.type === 'set') return node.set;
  if (node.type === 'seq' && node.items.length === 1 && node.items[0] !== undefined) {
    return single(node.items[0]);
  }
  if (node.type !== 'alt') return undefined;
  const sets = node.options.map(single);
  return sets.every((set) => set !== undefined) ? charSet(sets.flat()) : undefined;
}

function patternError(message: string): WatchkeeperError {
  return new WatchkeeperError('CONFIG_INVALID', message);
}
