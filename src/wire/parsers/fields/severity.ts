import { levelName, type LevelName } from '../../../model/level.ts';
import { levelOfNumber, levelOfWord } from '../../records/levels.ts';

/** A level, and the severity as the line wrote it where that says more. */
export interface Severity {
  readonly level: LevelName;
  readonly text?: string | number;
}

const LETTERS: Readonly<Record<string, LevelName>> = {
  v: 'DEBUG',
  t: 'DEBUG',
  d: 'DEBUG',
  i: 'INFO',
  n: 'INFO',
  w: 'WARNING',
  e: 'ERROR',
  c: 'CRITICAL',
  f: 'CRITICAL',
  a: 'CRITICAL',
};

/** Letters that stand for a level and nothing else. */
const PLAIN_LETTERS = 'diwec';

/** Words of java.util.logging, Serilog, zap and others that syslog and log4j do not have. */
const MORE_WORDS: Readonly<Record<string, LevelName>> = {
  finest: 'DEBUG',
  finer: 'DEBUG',
  fine: 'DEBUG',
  trc: 'DEBUG',
  dbg: 'DEBUG',
  all: 'DEBUG',
  silly: 'DEBUG',
  config: 'INFO',
  inf: 'INFO',
  log: 'INFO',
  success: 'INFO',
  audit: 'INFO',
  wrn: 'WARNING',
  caution: 'WARNING',
  failure: 'ERROR',
  dpanic: 'CRITICAL',
  ftl: 'CRITICAL',
};

/** The severity that a log's own word or letter stands for, in any case; `undefined` for a word that is none. */
export function severityOfWord(word: string): Severity | undefined {
  const known = levelOfWord(word);
  if (known !== undefined) {
    const level = levelName(known.level);
    return known.isSynonym ? { level } : { level, text: word };
  }
  const key = word.toLowerCase();
  if (word.length === 1) {
    const level = Object.hasOwn(LETTERS, key) ? LETTERS[key] : undefined;
    if (level === undefined) return undefined;
    return PLAIN_LETTERS.includes(key) ? { level } : { level, text: word };
  }
  const level = Object.hasOwn(MORE_WORDS, key) ? MORE_WORDS[key] : undefined;
  return level === undefined ? undefined : { level, text: word };
}

/** Syslog's severities 0 to 7 (RFC 5424, table 2). */
const SYSLOG: readonly Severity[] = [
  { level: 'CRITICAL', text: 'emerg' },
  { level: 'CRITICAL', text: 'alert' },
  { level: 'CRITICAL' },
  { level: 'ERROR' },
  { level: 'WARNING' },
  { level: 'INFO', text: 'notice' },
  { level: 'INFO' },
  { level: 'DEBUG' },
];

/** The severity for a syslog number; `undefined` outside 0 to 7. */
export function severityOfSyslog(number: number): Severity | undefined {
  return SYSLOG[number];
}

/** How the numbers of a JSON line are to be read; `guess` takes what most loggers mean by them. */
export type NumberScale = 'syslog' | 'python' | 'otel' | 'guess';

/**
 * The severity for a logger's number: tens are pino's and bunyan's (10 trace
 * to 60 fatal), 0 to 7 are syslog's, the others up to 24 OpenTelemetry's.
 */
export function severityOfNumber(number: number, scale: NumberScale): Severity | undefined {
  if (!Number.isFinite(number)) return undefined;
  if (scale === 'python') return tens(number, 0);
  if (scale === 'otel') return otel(number);
  const syslog = SYSLOG[number];
  if (syslog !== undefined) return { level: syslog.level, text: number };
  if (scale === 'syslog') return undefined;
  return number >= 10 && number <= 60 && number % 10 === 0 ? tens(number, 10) : otel(number);
}

/** Python: 10 DEBUG, 20 INFO, 30 WARNING, 40 ERROR, 50 CRITICAL; pino has each 10 higher. */
function tens(number: number, shift: number): Severity {
  const value = number - shift;
  if (value >= 50) return { level: 'CRITICAL', text: number };
  if (value >= 40) return { level: 'ERROR', text: number };
  if (value >= 30) return { level: 'WARNING', text: number };
  return { level: value >= 20 ? 'INFO' : 'DEBUG', text: number };
}

function otel(number: number): Severity | undefined {
  const known = levelOfNumber(number);
  return known === undefined ? undefined : { level: levelName(known.level), text: number };
}

const PHRASES: readonly (readonly [RegExp, LevelName])[] = [
  [/\b(?:panic|fatal|emergency)\b/i, 'CRITICAL'],
  [/\b(?:error|fail|failed|failure|exception|abnormally)\b/i, 'ERROR'],
  [/\b(?:warn|warning|denied|refused|timed out|timeout)\b/i, 'WARNING'],
];
/** Characters of a message that are searched for such words. */
const LONGEST_SEARCH = 4096;
/** The shortest of the words. */
const SHORTEST_WORD = 4;

/** A level for lines of a format that has none: from the strongest word in the message, else INFO. */
export function levelFromMessage(message: string): LevelName {
  if (message.length < SHORTEST_WORD) return 'INFO';
  const text = message.length > LONGEST_SEARCH ? message.slice(0, LONGEST_SEARCH) : message;
  return PHRASES.find(([phrase]) => phrase.test(text))?.[1] ?? 'INFO';
}

/** The severity of an answer with this HTTP status. */
export function levelOfStatus(status: number): LevelName {
  if (status >= 500) return 'ERROR';
  return status >= 400 ? 'WARNING' : 'INFO';
}
