import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../../src/core/random.ts';
import { fill } from './foreign-values.ts';

/** A line and the template that its program wrote it with. */
export interface ForeignLine {
  readonly content: string;
  readonly trueTemplate: string;
}

const FOLDER = join(import.meta.dirname, 'foreign');

/** Names of the sets: statements of systems that the public log sets at hand do not hold. */
export function foreignSets(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.slice(0, -4))
    .sort();
}

/**
 * Lines of one set, always the same for one seed. How often a statement comes
 * falls with its rank as Zipf says; seed 0 ranks them as they stand in the
 * file, any other seed shuffles them.
 */
export function foreignLines(set: string, count: number, seed: number): readonly ForeignLine[] {
  const random = new Random(seed, `foreign ${set}`);
  const statements = readFileSync(join(FOLDER, `${set}.txt`), 'utf8')
    .split('\n')
    .filter(Boolean);
  const ranked = seed === 0 ? statements : shuffled(statements, random);
  const bounds: number[] = [];
  ranked.reduce((sum, _, rank) => (bounds[rank] = sum + 1 / (rank + 1)), 0);
  return Array.from({ length: count }, () => {
    const drawn = random.unit() * (bounds.at(-1) ?? 0);
    const statement = ranked[bounds.findIndex((bound) => drawn < bound)] ?? '';
    return { content: fill(statement, random), trueTemplate: templateOf(statement) };
  });
}

function shuffled(statements: readonly string[], random: Random): readonly string[] {
  return statements
    .map((statement) => ({ statement, key: random.unit() }))
    .sort((a, b) => a.key - b.key)
    .map(({ statement }) => statement);
}

function templateOf(statement: string): string {
  return statement.replace(/\{\{(\w+)\}\}|\{\w+\}/g, (_, literal?: string) =>
    literal === undefined ? '<*>' : `{${literal}}`,
  );
}
