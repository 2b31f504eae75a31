import { addAttribute } from '../fields/attributes.ts';
import { mapFields } from '../fields/map-fields.ts';
import type { LineParser } from '../line-parser.ts';

/** `ts=… level=info msg="user logged in" user_id=42`: pairs with blanks between, values quoted where they must. */
export const logfmt: LineParser = {
  id: 'logfmt',
  about: 'key=value pairs (logfmt), as Go programs and Heroku write them',
  service: 'logfmt',
  parse: (line, context) => {
    if (!/^\s*[A-Za-z_@][\w.@/-]{0,127}=/.test(line)) return undefined;
    const fields = readPairs(line);
    return fields === undefined
      ? undefined
      : mapFields(fields, { line, context, fallback: 'logfmt' });
  },
};

const PAIR = /([^\s="]{1,256})(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?(?=\s|$)/y;
const BLANK = /\s*/y;
const LEAST_PAIRS = 2;
/** A line of more is something else. */
const MOST_PAIRS = 1_000;

/** The pairs of a line; `undefined` when something between them is no pair. */
export function readPairs(
  line: string,
  leastPairs = LEAST_PAIRS,
): Record<string, unknown> | undefined {
  const fields: Record<string, unknown> = {};
  let at = skipBlank(line, 0);
  let pairs = 0;
  let count = 0;
  while (at < line.length) {
    PAIR.lastIndex = at;
    const found = PAIR.exec(line);
    count += 1;
    if (found === null || count > MOST_PAIRS) return undefined;
    const [text, key = '', quotedValue, bare] = found;
    const isFlag = quotedValue === undefined && bare === undefined;
    if (!isFlag) pairs += 1;
    addAttribute(fields, key, isFlag || valueOf(quotedValue, bare));
    at = skipBlank(line, at + text.length);
  }
  return pairs >= leastPairs ? fields : undefined;
}

function skipBlank(line: string, from: number): number {
  BLANK.lastIndex = from;
  BLANK.exec(line);
  return BLANK.lastIndex;
}

function valueOf(quotedValue: string | undefined, bare = ''): unknown {
  if (quotedValue !== undefined) return unescape(quotedValue);
  if (bare === 'true' || bare === 'false') return bare === 'true';
  // Only numbers that are written as they would be again: `007` and long ids stay text.
  const number = /^-?\d{1,15}(?:\.\d{1,9})?$/.test(bare) ? Number(bare) : Number.NaN;
  return String(number) === bare ? number : bare;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}
