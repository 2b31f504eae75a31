const LONGEST_PATTERN = 200;
/** Characters of a text that patterns look at, which bounds what a quadratic one can cost. */
const LONGEST_TEXT = 2048;
const UNBOUNDED_LIMIT = 2;

/** Either a matcher or why the pattern is refused. */
export type CompiledPattern = { readonly source: string } | { readonly complaint: string };

/**
 * Makes a regular expression source of a pattern: plain text is looked for as
 * it stands, `/…/` is a regular expression. Refused, since their time cannot
 * be bounded: look-around, back-references, an unbounded repetition of a
 * group that repeats or chooses, and more than two unbounded repetitions.
 */
export function compilePattern(pattern: string): CompiledPattern {
  if (pattern.length === 0 || pattern.length > LONGEST_PATTERN) {
    return { complaint: `Expected a pattern of 1 to ${LONGEST_PATTERN} characters.` };
  }
  const isExpression = pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/');
  if (!isExpression) return { source: pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') };
  const source = pattern.slice(1, -1);
  const complaint = complaintOf(source);
  return complaint === undefined ? { source: `(?:${source})` } : { complaint };
}

/** Tests texts against any of the sources, without regard to case. */
export function matcherOf(sources: readonly string[]): (text: string) => boolean {
  if (sources.length === 0) return () => false;
  const expression = new RegExp(sources.join('|'), 'i');
  return (text) => expression.test(text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text);
}

function complaintOf(source: string): string | undefined {
  if (/\(\?(?:[=!]|<[=!])/.test(source)) return 'Look-around is not allowed in patterns.';
  if (/\\(?:[1-9]|k)/.test(source)) return 'Back-references are not allowed in patterns.';
  try {
    new RegExp(source, 'i');
  } catch {
    return 'The pattern is not a valid regular expression.';
  }
  return repetitionComplaint(source);
}

/** Walks the (valid) expression with a stack that tells of each open group whether it repeats or chooses. */
function repetitionComplaint(source: string): string | undefined {
  const groups = [false];
  let isClosedRisky = false;
  let unbounded = 0;
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at];
    if (character === '\\') at += 1;
    else if (character === '[') at = endOfClass(source, at);
    else if (character === '(') groups.push(false);
    else if (character === '|') groups[groups.length - 1] = true;
    else if (character === ')') {
      isClosedRisky = groups.pop() ?? false;
      if (isClosedRisky) groups[groups.length - 1] = true;
    } else if (isQuantifier(source, at)) {
      const isGroup = source[at - 1] === ')' && source[at - 2] !== '\\';
      if (isGroup && isClosedRisky) return 'A repeated group may not repeat or choose inside.';
      if (isUnbounded(source, at)) unbounded += 1;
      groups[groups.length - 1] = true;
      if (character === '{') at = source.indexOf('}', at);
    }
  }
  return unbounded > UNBOUNDED_LIMIT
    ? `At most ${UNBOUNDED_LIMIT} unbounded repetitions are allowed in a pattern.`
    : undefined;
}

function endOfClass(source: string, from: number): number {
  let at = from + 1;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at;
}

function isQuantifier(source: string, at: number): boolean {
  const character = source[at] ?? '';
  if (character === '?') return !'(*+?}'.includes(source[at - 1] ?? '(');
  return (
    character === '*' || character === '+' || /^\{\d+(?:,\d*)?\}/.test(source.slice(at, at + 12))
  );
}

function isUnbounded(source: string, at: number): boolean {
  const character = source[at];
  return character === '*' || character === '+' || /^\{\d+,\}/.test(source.slice(at, at + 12));
}
