import type { Level } from '../../model/level.ts';
import { levelByNumber, type LevelNumbering } from './level-numbers.ts';

interface MappedLevel {
  readonly level: Level;
  /** Whether it is the level's own name or number; anything else is kept beside it. */
  readonly isSynonym: boolean;
}

const mapped = (level: Level, isSynonym: boolean): MappedLevel => ({ level, isSynonym });

const WORDS: ReadonlyMap<string, MappedLevel> = new Map([
  ['debug', mapped(5, true)],
  ['trace', mapped(5, false)],
  ['verbose', mapped(5, false)],
  ['info', mapped(9, true)],
  ['information', mapped(9, false)],
  ['informational', mapped(9, false)],
  ['notice', mapped(9, false)],
  ['warning', mapped(13, true)],
  ['warn', mapped(13, false)],
  ['error', mapped(17, true)],
  ['err', mapped(17, false)],
  ['severe', mapped(17, false)],
  ['critical', mapped(18, true)],
  ['crit', mapped(18, false)],
  ['alert', mapped(18, false)],
  ['fatal', mapped(18, false)],
  ['emergency', mapped(18, false)],
  ['emerg', mapped(18, false)],
  ['panic', mapped(18, false)],
  // Android's priorities.
  ['v', mapped(5, false)],
  ['d', mapped(5, false)],
  ['i', mapped(9, false)],
  ['w', mapped(13, false)],
  ['e', mapped(17, false)],
  ['f', mapped(18, false)],
  ['a', mapped(18, false)],
  ['assert', mapped(18, false)],
  // java.util.logging, besides SEVERE, WARNING and INFO.
  ['config', mapped(5, false)],
  ['fine', mapped(5, false)],
  ['finer', mapped(5, false)],
  ['finest', mapped(5, false)],
  // Other loggers: Python, zap, winston, PostgreSQL.
  ['notset', mapped(5, false)],
  ['dpanic', mapped(18, false)],
  ['silly', mapped(5, false)],
  ['http', mapped(9, false)],
  ['log', mapped(9, false)],
  ['debug1', mapped(5, false)],
  ['debug5', mapped(5, false)],
  // Syslog's numbers (RFC 5424, section 6.2.1) as text, as journald writes PRIORITY.
  ['0', mapped(18, false)],
  ['1', mapped(18, false)],
  ['2', mapped(18, false)],
  ['3', mapped(17, false)],
  ['4', mapped(13, false)],
  ['5', mapped(9, false)],
  ['6', mapped(9, false)],
  ['7', mapped(5, false)],
  ...openTelemetryNames(),
]);

/** TRACE2 to FATAL4: the short names of the OpenTelemetry severity numbers. */
function openTelemetryNames(): readonly (readonly [string, MappedLevel])[] {
  return ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].flatMap((name, range) =>
    [2, 3, 4].map(
      (step) => [name + String(step), mapped(floorLevel(4 * range + step), false)] as const,
    ),
  );
}

const BY_EXACT_TEXT = new Map<string, MappedLevel>();
for (const [word, level] of WORDS) {
  BY_EXACT_TEXT.set(word, level);
  BY_EXACT_TEXT.set(word.toUpperCase(), level);
}

/** Longer words are none, however much space stands around them. */
export const LONGEST_LEVEL_WORD = 13;

/** Every word that is read as a level, in lower case, with its level. */
export function levelWords(): ReadonlyMap<string, Level> {
  return new Map([...WORDS].map(([word, { level }]) => [word, level]));
}

/** Reads a level word of log4j, syslog (RFC 5424), Android, Java, Python or OpenTelemetry, in any case; `undefined` when it is none. */
export function levelOfWord(word: string): MappedLevel | undefined {
  const exact = BY_EXACT_TEXT.get(word);
  if (exact !== undefined) return exact;
  return word.length > LONGEST_LEVEL_WORD ? undefined : WORDS.get(word.trim().toLowerCase());
}

/**
 * Maps a level number; `undefined` when it is none. In OpenTelemetry's
 * severity numbers (1 to 24) 18 is this system's CRITICAL, and all above count
 * as it.
 */
export function levelOfNumber(
  severity: number,
  numbering: LevelNumbering = 'opentelemetry',
): MappedLevel | undefined {
  const level = levelByNumber(numbering, severity);
  if (level === undefined) return undefined;
  return mapped(level, numbering === 'opentelemetry' && level === severity);
}

function floorLevel(severity: number): Level {
  return levelByNumber('opentelemetry', severity) ?? 5;
}
