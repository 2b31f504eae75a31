import { setKey, type AttributeMap } from './attribute-map.ts';
import { malformedBody } from './input-item.ts';

const NAME = /[A-Za-z_][A-Za-z0-9_.:/-]*/y;
const TEXT = /"((?:[^"\\]|\\.)*)"|`([^`]*)`/sy;
const SPACE = /\s*/y;
const LONGEST = 65_536;

/**
 * Reads labels as Prometheus writes them: `{name="value", …}`, values quoted
 * as in Go.
 * @throws WatchkeeperError PAYLOAD_INVALID
 */
export function readLabelSet(text: string): AttributeMap {
  if (text.length > LONGEST) throw malformed();
  const labels: AttributeMap = {};
  const cursor = new Cursor(text);
  cursor.expect('{');
  while (!cursor.takes('}')) {
    const [name = ''] = cursor.match(NAME);
    cursor.expect('=');
    const [, quoted, plain] = cursor.match(TEXT);
    setKey(labels, name, plain ?? unquote(quoted ?? ''));
    if (cursor.takes(',')) continue;
    cursor.expect('}');
    break;
  }
  cursor.expectEnd();
  return labels;
}

class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  match(pattern: RegExp): readonly (string | undefined)[] {
    this.#skipSpace();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) throw malformed();
    this.#at = pattern.lastIndex;
    return found;
  }

  takes(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.takes(character)) throw malformed();
  }

  expectEnd(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw malformed();
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }
}

const ESCAPE = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/gs;

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Go's escapes (go.dev/ref/spec, "Rune literals"); \x of bytes above 127 are read as Latin-1. */
function unquote(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (escape) => {
    const [, kind = ''] = escape;
    if (escape.length === 2) return SIMPLE[kind] ?? kind;
    const isOctal = kind >= '0' && kind <= '7';
    return character(Number.parseInt(escape.slice(isOctal ? 1 : 2), isOctal ? 8 : 16));
  });
}

function character(code: number): string {
  return code > 0x10_ffff ? '\ufffd' : String.fromCodePoint(code);
}

function malformed(): Error {
  return malformedBody('a Loki push whose labels are well-formed');
}
