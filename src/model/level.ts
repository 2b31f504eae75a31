/**
 * Log levels as OpenTelemetry severity numbers (Logs Data Model, "SeverityNumber"):
 * compare by number, never by text. Alert severities are another scale.
 */
export type Level = 5 | 9 | 13 | 17 | 18;

export type LevelName = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

export const LEVEL_BY_NAME: Readonly<Record<LevelName, Level>> = Object.freeze({
  DEBUG: 5,
  INFO: 9,
  WARNING: 13,
  ERROR: 17,
  CRITICAL: 18,
});

export const LEVEL_NAMES: readonly LevelName[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];

export const ERROR_LEVEL: Level = 17;

const NAME_BY_LEVEL: Readonly<Record<Level, LevelName>> = Object.freeze({
  5: 'DEBUG',
  9: 'INFO',
  13: 'WARNING',
  17: 'ERROR',
  18: 'CRITICAL',
});

export function levelName(level: Level): LevelName {
  return NAME_BY_LEVEL[level];
}

/** An error is a record of level ERROR or CRITICAL. */
export function isError(level: Level): boolean {
  return level >= ERROR_LEVEL;
}
