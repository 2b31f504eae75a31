import { LEVEL_BY_NAME, LEVEL_NAMES, type LevelName } from '../../model/level.ts';
import type { Filter } from './filter.ts';

/** What of a filter indexes can answer. All of it holds for every match; not all that it holds for match. */
export interface Pushdown {
  readonly service?: string;
  readonly user?: string;
  /** As `kind:id`, not checked. */
  readonly subject?: string;
  /** Least level. */
  readonly level?: LevelName;
  /** Part of the message, in any case. */
  readonly text?: string;
  /** Event time in ms: not before `from`, not after `until`. */
  readonly from?: number;
  readonly until?: number;
}

/** The conditions that a record must meet whatever the rest of the filter says. */
export function pushdownOf(filter: Filter): Pushdown {
  const pushed: { -readonly [Key in keyof Pushdown]: Pushdown[Key] } = {};
  for (const each of filter.kind === 'and' ? filter.of : [filter]) {
    if (each.kind === 'is') {
      if (each.field === 'service') pushed.service ??= each.value;
      else if (each.field === 'user_id') pushed.user ??= each.value;
      else if (each.field === 'subject') pushed.subject ??= each.value;
      else if (each.field === 'message') pushed.text = longer(pushed.text, each.value);
    }
    const [from, until] = timesOf(each);
    if (from !== undefined) pushed.from = Math.max(from, pushed.from ?? from);
    if (until !== undefined) pushed.until = Math.min(until, pushed.until ?? until);
    const least = leastLevel(each);
    if (least !== undefined) pushed.level = higher(pushed.level, least);
  }
  return pushed;
}

function timesOf(filter: Filter): readonly [from?: number | undefined, until?: number] {
  if (filter.kind === 'range' && filter.field === 'timestamp') return [filter.from, filter.to];
  if (filter.kind !== 'compare' || filter.field !== 'timestamp') return [];
  const { operator, value } = filter;
  return operator === '>' || operator === '>=' ? [value] : [undefined, value];
}

function leastLevel(filter: Filter): LevelName | undefined {
  let least: number | undefined;
  if (filter.kind === 'range' && filter.field === 'level') least = filter.from;
  if (filter.kind === 'compare' && filter.field === 'level') {
    if (filter.operator === '>=') least = filter.value;
    if (filter.operator === '>') least = filter.value + 1;
  }
  if (least === undefined) return undefined;
  const floor = least;
  return LEVEL_NAMES.find((name) => LEVEL_BY_NAME[name] >= floor);
}

function longer(one: string | undefined, other: string): string {
  return one === undefined || other.length > one.length ? other : one;
}

function higher(one: LevelName | undefined, other: LevelName): LevelName {
  return one === undefined || LEVEL_BY_NAME[other] > LEVEL_BY_NAME[one] ? other : one;
}
