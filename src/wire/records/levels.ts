import type { Level } from '../../model/level.ts';

interface MappedLevel {
  readonly level: Level;
  /** Whether the word says no more than the level, so that it need not be kept. */
  readonly isSynonym: boolean;
}

const mapped = (level: Level, isSynonym: boolean): MappedLevel => ({ level, isSynonym });

const WORDS: ReadonlyMap<string, MappedLevel> = new Map([
  ['debug', mapped(5, true)],
  ['trace', mapped(5, false)],
  ['verbose', mapped(5, false)],
  ['info', mapped(9, true)],
  ['information', mapped(9, true)],
  ['informational', mapped(9, true)],
  ['notice', mapped(9, false)],
  ['warning', mapped(13, true)],
  ['warn', mapped(13, true)],
  ['error', mapped(17, true)],
  ['err', mapped(17, true)],
  ['severe', mapped(17, false)],
  ['critical', mapped(18, true)],
  ['crit', mapped(18, true)],
  ['alert', mapped(18, false)],
  ['fatal', mapped(18, false)],
  ['emergency', mapped(18, false)],
  ['emerg', mapped(18, false)],
  ['panic', mapped(18, false)],
]);

const BY_EXACT_TEXT = new Map<string, MappedLevel>();
for (const [word, level] of WORDS) {
  BY_EXACT_TEXT.set(word, level);
  BY_EXACT_TEXT.set(word.toUpperCase(), level);
}

const LONGEST_WORD = 13;

/** Reads a level word of log4j, syslog (RFC 5424) or OpenTelemetry, in any case; `undefined` when it is none. */
export function levelOfWord(word: string): MappedLevel | undefined {
  const exact = BY_EXACT_TEXT.get(word);
  if (exact !== undefined) return exact;
  return word.length > LONGEST_WORD ? undefined : WORDS.get(word.trim().toLowerCase());
}

/**
 * Maps an OpenTelemetry severity number (1 to 24); `undefined` when it is
 * none. 18 is this system's CRITICAL, and all above count as it.
 */
export function levelOfNumber(severity: number): MappedLevel | undefined {
  if (!Number.isInteger(severity) || severity < 1 || severity > 24) return undefined;
  const level = floorLevel(severity);
  return mapped(level, level === severity);
}

function floorLevel(severity: number): Level {
  if (severity < 9) return 5;
  if (severity < 13) return 9;
  if (severity < 17) return 13;
  return severity === 17 ? 17 : 18;
}
