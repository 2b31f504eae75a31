import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, Parser } from 'yaml';
import type { Document, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';

import { WatchkeeperError } from './errors.ts';
import { configError, quoted } from './yaml-node.ts';
import type { YamlEntry, YamlNode, YamlPosition, YamlScalar } from './yaml-node.ts';

const YAML_LIMITS = Object.freeze({
  /** Bytes of UTF-8. */
  bytes: 256 * 1024,
  depth: 32,
  /** How many aliases (`*name`) a document may hold. */
  aliases: 20,
  /** Values after aliases were followed. */
  nodes: 100_000,
});

/**
 * Parses one YAML 1.2 document into nodes that know their place. Safe for
 * untrusted text: size, depth, aliases and values are limited; duplicate
 * keys, tags, keys that are not text and `__proto__` are refused.
 * @throws CONFIG_INVALID with `file:line:column` in front.
 */
export function parseYaml(text: string, fileName: string): YamlNode {
  const start: YamlPosition = { file: fileName, line: 1, column: 1 };
  if (Buffer.byteLength(text) > YAML_LIMITS.bytes) {
    throw configError(start, `The file is larger than ${YAML_LIMITS.bytes / 1024} KiB.`);
  }
  refuseDeep(text, start);
  const lines = new LineCounter();
  const document = parseSafely(text, lines, start);
  const locate = (offset: number): YamlPosition => {
    const { line, col } = lines.linePos(offset);
    return { file: fileName, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw configError(locate(problem.pos[0]), firstLine(problem.message));
  }
  return new Converter(document, locate).convert(document.contents, start, 1);
}

function parseSafely(text: string, lineCounter: LineCounter, start: YamlPosition): Document {
  try {
    // Its own check of duplicate keys is quadratic; the converter's is linear.
    return parseDocument(text, { lineCounter, uniqueKeys: false, prettyErrors: false });
  } catch (cause) {
    throw configError(
      start,
      `The file cannot be read as YAML (${cause instanceof Error ? cause.name : 'error'}).`,
    );
  }
}

/**
 * What comes after the parser recurses, and a stack that runs out there can end the
 * process (V8 gives up when it cannot compile a regular expression), so nesting is
 * measured first, by the parser's own stack.
 */
function refuseDeep(text: string, at: YamlPosition): void {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    // The tokens are of no use here, but the parser only works when they are taken.
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_STACK) {
      throw configError(at, `The file nests deeper than ${YAML_LIMITS.depth} levels.`);
    }
  }
}

/** Entries of the parser's stack: the levels, the document and what is being read. */
const MAX_STACK = YAML_LIMITS.depth + 8;

function firstLine(message: string): string {
  const [line = ''] = message.split('\n');
  return line.endsWith('.') ? line : `${line}.`;
}

class Converter {
  readonly #document: Document;
  readonly #locate: (offset: number) => YamlPosition;
  #aliases = 0;
  #nodes = 0;

  constructor(document: Document, locate: (offset: number) => YamlPosition) {
    this.#document = document;
    this.#locate = locate;
  }

  convert(node: unknown, fallback: YamlPosition, depth: number): YamlNode {
    const at = this.#position(node) ?? fallback;
    this.#nodes += 1;
    if (this.#nodes > YAML_LIMITS.nodes) throw configError(at, 'The file holds too many values.');
    if (depth > YAML_LIMITS.depth) {
      throw configError(at, `The file nests deeper than ${YAML_LIMITS.depth} levels.`);
    }
    if (isAlias(node)) return this.#follow(node.resolve(this.#document), at, depth);
    if (isMap(node)) return { kind: 'map', at, entries: this.#entries(node, at, depth) };
    if (isSeq(node)) return { kind: 'list', at, items: this.#items(node, at, depth) };
    return { kind: 'scalar', at, value: scalarValue(node, at) };
  }

  #follow(target: Node | undefined, at: YamlPosition, depth: number): YamlNode {
    this.#aliases += 1;
    if (this.#aliases > YAML_LIMITS.aliases) {
      throw configError(at, `The file holds more than ${YAML_LIMITS.aliases} aliases.`);
    }
    if (target === undefined)
      throw configError(at, 'This alias names nothing that stands before it.');
    return this.convert(target, at, depth + 1);
  }

  #entries(map: YAMLMap, at: YamlPosition, depth: number): ReadonlyMap<string, YamlEntry> {
    const entries = new Map<string, YamlEntry>();
    for (const pair of map.items as Pair[]) {
      const keyAt = this.#position(pair.key) ?? at;
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      if (typeof key !== 'string' || key === '__proto__') {
        // A map as a key is not quoted: as text, keys in keys double with each level.
        const got = isScalar(pair.key) ? quoted(String(key)) : 'a map, a list or nothing';
        throw configError(keyAt, `Expected a key that is text, got ${got}.`);
      }
      if (entries.has(key)) throw configError(keyAt, `The key ${quoted(key)} stands here twice.`);
      entries.set(key, { keyAt, node: this.convert(pair.value, keyAt, depth + 1) });
    }
    return entries;
  }

  #items(list: YAMLSeq, at: YamlPosition, depth: number): readonly YamlNode[] {
    return list.items.map((item) => this.convert(item, at, depth + 1));
  }

  #position(node: unknown): YamlPosition | undefined {
    const range = (node as Partial<Node> | null)?.range;
    return range === undefined || range === null ? undefined : this.#locate(range[0]);
  }
}

function scalarValue(node: unknown, at: YamlPosition): YamlScalar['value'] {
  const value: unknown = isScalar(node) ? node.value : node;
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  throw new WatchkeeperError(
    'CONFIG_INVALID',
    `${at.file}:${at.line}:${at.column} Expected text, a number or true/false.`,
  );
}
