import type { Level } from '../../model/level.ts';

/** Whose numbers a numeric level is read as. */
export type LevelNumbering =
  'opentelemetry' | 'syslog' | 'pino' | 'python' | 'java' | 'android' | 'dotnet';

interface Numbering {
  readonly least: number;
  readonly greatest: number;
  /** `[number, level]`: a level holds from its number up to the next. */
  readonly steps: readonly (readonly [from: number, level: Level])[];
}

/**
 * The numbers that loggers write as levels. They overlap and contradict each
 * other (30 is a warning in Python and information in pino), so a site says
 * with `numbers` in `config/log_schema.yaml` which one its senders mean.
 *
 * Sources: OpenTelemetry logs data model (severity number), RFC 5424 section
 * 6.2.1, the manuals of pino and bunyan, Python's `logging`,
 * `java.util.logging.Level`, Android's `Log`, .NET's `LogLevel`.
 */
const NUMBERINGS: Readonly<Record<LevelNumbering, Numbering>> = {
  opentelemetry: {
    least: 1,
    greatest: 24,
    steps: [
      [1, 5],
      [9, 9],
      [13, 13],
      [17, 17],
      [18, 18],
    ],
  },
  syslog: {
    least: 0,
    greatest: 7,
    steps: [
      [0, 18],
      [3, 17],
      [4, 13],
      [5, 9],
      [7, 5],
    ],
  },
  pino: {
    least: 0,
    greatest: 100,
    steps: [
      [0, 5],
      [30, 9],
      [40, 13],
      [50, 17],
      [60, 18],
    ],
  },
  python: {
    least: 0,
    greatest: 100,
    steps: [
      [0, 5],
      [20, 9],
      [30, 13],
      [40, 17],
      [50, 18],
    ],
  },
  java: {
    least: 0,
    greatest: 2_000,
    steps: [
      [0, 5],
      [800, 9],
      [900, 13],
      [1_000, 17],
    ],
  },
  android: {
    least: 2,
    greatest: 7,
    steps: [
      [2, 5],
      [4, 9],
      [5, 13],
      [6, 17],
      [7, 18],
    ],
  },
  dotnet: {
    least: 0,
    greatest: 5,
    steps: [
      [0, 5],
      [2, 9],
      [3, 13],
      [4, 17],
      [5, 18],
    ],
  },
};

export const LEVEL_NUMBERINGS = Object.keys(NUMBERINGS) as readonly LevelNumbering[];

const TABLES: ReadonlyMap<LevelNumbering, readonly (Level | undefined)[]> = new Map(
  LEVEL_NUMBERINGS.map((numbering) => [numbering, tableOf(numbering)]),
);

/** The level that a number means; `undefined` when the numbering has no such number. */
export function levelByNumber(numbering: LevelNumbering, value: number): Level | undefined {
  return TABLES.get(numbering)?.[value];
}

/** Which numbers mean which level, in ascending order; both ends are included. */
export function levelRanges(
  numbering: LevelNumbering,
): readonly { readonly from: number; readonly to: number; readonly level: Level }[] {
  const { least, greatest, steps } = NUMBERINGS[numbering];
  return steps.map(([from, level], index) => ({
    from: Math.max(from, least),
    to: (steps[index + 1]?.[0] ?? greatest + 1) - 1,
    level,
  }));
}

function tableOf(numbering: LevelNumbering): readonly (Level | undefined)[] {
  const table: (Level | undefined)[] = [];
  for (const { from, to, level } of levelRanges(numbering)) {
    for (let value = 0; value <= to; value += 1) if (value >= from) table[value] = level;
  }
  return table;
}
