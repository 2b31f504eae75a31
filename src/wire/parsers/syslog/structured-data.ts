import { addAttribute, safeKey } from '../fields/attributes.ts';

/** Elements by id, each a map of its parameters; a parameter that comes twice is a list. */
type Elements = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface StructuredData {
  /** `undefined` for the nil value. */
  readonly elements: Elements | undefined;
  /** Where the message begins. */
  readonly end: number;
}

const ID = /\[([^\s=\]"]{1,128})/y;
const PARAMETER = / +([^\s=\]"]{1,128})= ?"/y;

/** Reads STRUCTURED-DATA (RFC 5424, 6.3) from an offset on; `undefined` when it is malformed. */
export function readStructuredData(text: string, from: number): StructuredData | undefined {
  if (text[from] === '-') {
    const isEnd = from + 1 === text.length;
    if (!isEnd && text[from + 1] !== ' ') return undefined;
    return { elements: undefined, end: Math.min(text.length, from + 2) };
  }
  const elements: Record<string, Record<string, unknown>> = {};
  let at = from;
  while (text[at] === '[') {
    ID.lastIndex = at;
    const id = ID.exec(text)?.[1];
    if (id === undefined) return undefined;
    const element = (elements[safeKey(id)] ??= {});
    const end = readParameters(text, at + 1 + id.length, element);
    if (end === undefined) return undefined;
    at = end;
  }
  if (at === from || (at < text.length && text[at] !== ' ')) return undefined;
  return { elements, end: Math.min(text.length, at + 1) };
}

/** Reads up to and with the closing bracket. */
function readParameters(
  text: string,
  from: number,
  element: Record<string, unknown>,
): number | undefined {
  let at = from;
  while (text[at] !== ']') {
    PARAMETER.lastIndex = at;
    const [head, name] = PARAMETER.exec(text) ?? [];
    if (head === undefined || name === undefined) return undefined;
    const start = at + head.length;
    const end = endOfValue(text, start);
    if (end < 0) return undefined;
    addAttribute(element, name, unescape(text.slice(start, end)));
    at = end + 1;
  }
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '"') return at;
    // A bracket must be escaped, but few senders do it: only the quote ends a value.
  }
  return -1;
}

/** Only `"`, `\` and `]` can be escaped; before others a backslash stands for itself. */
function unescape(value: string): string {
  return value.includes('\\') ? value.replace(/\\(["\\\]])/g, '$1') : value;
}
