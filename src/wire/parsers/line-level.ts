import type { LevelName } from '../../model/level.ts';

const BY_WORD: Readonly<Record<string, LevelName>> = {
  v: 'DEBUG',
  verbose: 'DEBUG',
  trace: 'DEBUG',
  d: 'DEBUG',
  debug: 'DEBUG',
  i: 'INFO',
  info: 'INFO',
  notice: 'INFO',
  w: 'WARNING',
  warn: 'WARNING',
  warning: 'WARNING',
  e: 'ERROR',
  err: 'ERROR',
  error: 'ERROR',
  severe: 'ERROR',
  f: 'CRITICAL',
  fatal: 'CRITICAL',
  crit: 'CRITICAL',
  critical: 'CRITICAL',
  alert: 'CRITICAL',
  emerg: 'CRITICAL',
};

/** The level that a log's own word stands for, in any case; `undefined` for a word that is none. */
export function levelFromWord(word: string): LevelName | undefined {
  const key = word.toLowerCase();
  return Object.hasOwn(BY_WORD, key) ? BY_WORD[key] : undefined;
}

const BY_PHRASE: readonly (readonly [RegExp, LevelName])[] = [
  [/\b(?:panic|fatal|emergency)\b/i, 'CRITICAL'],
  [/\b(?:error|fail|failed|failure|exception|abnormally)\b/i, 'ERROR'],
  [/\b(?:warn|warning|denied|refused|timed out|timeout)\b/i, 'WARNING'],
];

/** A level for lines of a format that has none: from the strongest word in the message, else INFO. */
export function levelFromMessage(message: string): LevelName {
  return BY_PHRASE.find(([phrase]) => phrase.test(message))?.[1] ?? 'INFO';
}
