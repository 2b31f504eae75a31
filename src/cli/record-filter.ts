import { WatchkeeperError } from '../core/errors.ts';
import { LEVEL_NAMES, type LevelName } from '../model/level.ts';

/** What records to find, as the API takes it. */
export interface RecordFilter {
  readonly service?: string;
  readonly subject?: string;
  readonly user?: string;
  /** This level or higher. */
  readonly level?: LevelName;
  /** Part of the message. */
  readonly text?: string;
}

const FIELDS = ['service', 'subject', 'user', 'level', 'text'] as const;
const TERM = /"([^"]*)"|(\S+)/g;

/**
 * Reads `service:payment level>=ERROR "card declined"`: terms in any order,
 * the other words together as text.
 *
 * @throws QUERY_INVALID
 */
export function parseFilter(input: string): RecordFilter {
  const filter: Record<string, string> = {};
  const words: string[] = [];
  for (const [, quoted, bare] of input.matchAll(TERM)) {
    const [, field, value] = /^([a-z_]+)(?::|>=|=)(.+)$/.exec(bare ?? '') ?? [];
    const known = FIELDS.find((name) => name === field || (name === 'user' && field === 'user_id'));
    if (known !== undefined && value !== undefined) filter[known] = readValue(known, value);
    else words.push(quoted ?? bare ?? '');
  }
  const text = [...(filter['text'] === undefined ? [] : [filter['text']]), ...words].join(' ');
  return text === '' ? filter : { ...filter, text };
}

function readValue(field: (typeof FIELDS)[number], value: string): string {
  if (field !== 'level') return value;
  const level = LEVEL_NAMES.find((name) => name === value.toUpperCase());
  if (level !== undefined) return level;
  throw new WatchkeeperError('QUERY_INVALID', `There is no level "${value}".`, {
    fix: `Use one of: ${LEVEL_NAMES.join(', ')}.`,
  });
}
