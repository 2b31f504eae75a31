import { readPairs } from '../formats/logfmt.ts';
import type { GrokPattern } from '../grok/grok.ts';
import type { StopCount } from '../grok/stop-count.ts';
import type { ParsedLine } from '../line-parser.ts';
import { anyTime } from '../line-time.ts';
import { RecordDraft } from './record-draft.ts';

/** One change of a record; `false` drops it. */
export type FilterStep = (draft: RecordDraft) => boolean;

/** Types that `convert` turns a field into. */
export type ConvertType = 'int' | 'float' | 'bool' | 'text';

/** Applies steps in their order; `undefined` when one dropped the record. Pure. */
export function applySteps(
  record: ParsedLine,
  steps: readonly FilterStep[],
): ParsedLine | undefined {
  const draft = new RecordDraft(record);
  for (const step of steps) if (!step(draft)) return undefined;
  return draft.finish();
}

/** A step that only takes place when the field has the value, or, without one, is there. */
export function when(field: string, value: unknown, step: FilterStep): FilterStep {
  return (draft) => (isEqual(draft.get(field), value) ? step(draft) : true);
}

function isEqual(found: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return found !== undefined;
  return found === wanted || (found !== undefined && String(found) === String(wanted));
}

export const drop: FilterStep = () => false;

export function rename(names: Readonly<Record<string, string>>): FilterStep {
  return always((draft) => {
    for (const [from, to] of Object.entries(names)) {
      const value = draft.get(from);
      if (value === undefined) continue;
      if (from !== 'message') draft.remove(from);
      draft.set(to, value);
    }
  });
}

const PLACEHOLDER = /%\{([^{}]{1,128})\}/g;

/** Sets fields to values; in texts `%{field}` stands for what the field holds. */
export function set(values: Readonly<Record<string, unknown>>): FilterStep {
  return always((draft) => {
    for (const [field, value] of Object.entries(values)) {
      const filled =
        typeof value === 'string'
          ? value.replace(PLACEHOLDER, (_, name: string) => textOf(draft.get(name)))
          : value;
      draft.set(field, filled);
    }
  });
}

export function convert(types: Readonly<Record<string, ConvertType>>): FilterStep {
  return always((draft) => {
    for (const [field, type] of Object.entries(types)) {
      const value = draft.get(field);
      if (value !== undefined) draft.set(field, converted(value, type));
    }
  });
}

export function dropFields(fields: readonly string[]): FilterStep {
  return always((draft) => {
    for (const field of fields) draft.remove(field);
  });
}

export function mapText(fields: readonly string[], change: (text: string) => string): FilterStep {
  return always((draft) => {
    for (const field of fields) {
      const value = draft.get(field);
      if (typeof value === 'string') draft.set(field, change(value));
    }
  });
}

/** Reads the time in a field of any usual form into another; a text that is no time stays. */
export function date(field: string, to: string): FilterStep {
  return always((draft) => {
    const reference = Number(draft.get('timestamp'));
    const time = anyTime(draft.get(field), { receivedAt: reference });
    if (time === undefined) return;
    if (field !== to) draft.remove(field);
    draft.set(to, time);
  });
}

export interface SplitOptions {
  readonly field: string;
  /** Between pairs; blanks when left out, and then values may be quoted. */
  readonly pairs: string | undefined;
  /** Between key and value. */
  readonly values: string;
  /** In front of each new name. */
  readonly prefix: string;
}

const MAX_PAIRS = 200;

/** Takes `key=value` pairs out of a text. */
export function splitPairs({ field, pairs, values, prefix }: SplitOptions): FilterStep {
  return always((draft) => {
    const text = draft.get(field);
    if (typeof text !== 'string') return;
    if (pairs === undefined && values === '=') {
      const found = Object.entries(readPairs(text, 1) ?? {}).slice(0, MAX_PAIRS);
      for (const [key, value] of found) draft.add(prefix + key, value);
      return;
    }
    for (const pair of text.split(pairs ?? ' ').slice(0, MAX_PAIRS)) {
      const at = pair.indexOf(values);
      if (at > 0)
        draft.add(prefix + pair.slice(0, at).trim(), pair.slice(at + values.length).trim());
    }
  });
}

/**
 * Adds what a pattern finds in a field; a field that it captures under a name
 * that is taken replaces it. Matches that were stopped because they took too
 * long are counted in `stopped`.
 */
export function grok(
  field: string,
  patterns: readonly GrokPattern[],
  stopped: StopCount,
): FilterStep {
  return always((draft) => {
    const text = draft.get(field);
    if (typeof text !== 'string') return;
    for (const pattern of patterns) {
      const found = pattern.match(text);
      if (found === 'cut') stopped.stop();
      if (typeof found === 'string') continue;
      for (const [name, value] of Object.entries(found)) draft.set(name, value);
      return;
    }
  });
}

function always(change: (draft: RecordDraft) => void): FilterStep {
  return (draft) => {
    change(draft);
    return true;
  };
}

function converted(value: unknown, type: ConvertType): unknown {
  if (type === 'text') return textOf(value);
  if (type === 'bool') {
    const text = String(value).toLowerCase();
    if (['true', 'yes', 'on', '1'].includes(text)) return true;
    return ['false', 'no', 'off', '0'].includes(text) ? false : value;
  }
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) return value;
  return type === 'int' ? Math.trunc(number) : number;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}
