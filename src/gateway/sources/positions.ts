import { ENTRY, type JournalEntry } from '../../model/journal-entry.ts';
import { readGroup } from '../../wire/group-body.ts';
import { parseSpan, type SourceSpan } from '../../wire/source-position.ts';

/** How far a source was taken in. */
export interface SourcePosition {
  readonly next: number;
  /** Of what stands before `next`. */
  readonly check: string;
}

/** How many parts the book is saved in, so that a snapshot writes little. */
export const POSITION_PARTS = 64;
/** Sources remembered; the ones that were read longest ago are forgotten beyond. */
const LIMIT = 100_000;
const PREFIX = 'at:';

/** The name under which the groups of a live source's stretch are sealed; it stands in each journal entry. */
export function sealerAt(span: string, groups: number): string {
  return `${PREFIX}${span}#${groups}`;
}

/**
 * How far every source was taken in: a fold of the journal, whose entries
 * name the stretch that they hold. So a stretch that is sent again, after
 * whichever crash, is known and not taken twice.
 */
export class SourcePositions {
  readonly #durable = new Map<string, SourcePosition>();
  /** Ends of what is appended and may not be durable yet. */
  readonly #submitted = new Map<string, number>();
  readonly #dirty = new Set<number>();
  readonly #limit: number;

  constructor(limit: number = LIMIT) {
    this.#limit = limit;
  }

  /** `undefined` for a source that was never seen. */
  find(source: string): SourcePosition | undefined {
    return this.#durable.get(source);
  }

  /** Whether a stretch is new: it begins where the source ended, or beyond if `mayLeap`. */
  judge({ source, from, to }: SourceSpan, mayLeap: boolean): 'new' | 'old' | 'conflict' {
    const next = this.#submitted.get(source) ?? this.#durable.get(source)?.next;
    if (next === undefined || from === next) return 'new';
    if (to <= next) return 'old';
    return from > next && mayLeap ? 'new' : 'conflict';
  }

  /** Its entries are appended. */
  claim({ source, to }: SourceSpan): void {
    this.#submitted.set(source, to);
  }

  /** Its entries are durable. */
  settle({ source, to, check }: SourceSpan): void {
    if ((this.#submitted.get(source) ?? Infinity) <= to) this.#submitted.delete(source);
    const before = this.#durable.get(source);
    if (before !== undefined && before.next >= to) return;
    // Again at the end of the map: the oldest in it is the first to go.
    this.#durable.delete(source);
    this.#durable.set(source, { next: to, check });
    this.#dirty.add(partOf(source));
    if (this.#durable.size > this.#limit) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldest = this.#durable.keys().next().value ?? '';
    this.#durable.delete(oldest);
    this.#dirty.add(partOf(oldest));
  }

  /** Takes over what a replayed entry tells. */
  apply(entry: Pick<JournalEntry, 'kind' | 'body'>): void {
    const span = spanOf(entry);
    if (span !== undefined) this.settle(span);
  }

  /** Numbers of the parts that changed since they were last asked for. */
  takeDirty(): readonly number[] {
    const parts = [...this.#dirty];
    this.#dirty.clear();
    return parts;
  }

  /** One part as plain data. */
  part(part: number): readonly (readonly [string, number, string])[] {
    return [...this.#durable]
      .filter(([source]) => partOf(source) === part)
      .map(([source, { next, check }]) => [source, next, check] as const);
  }

  restore(entries: readonly (readonly [string, number, string])[]): void {
    for (const [source, next, check] of entries) this.#durable.set(source, { next, check });
  }
}

/** The stretch that an entry ends; `undefined` when it is of none, or more of it follows. */
function spanOf({ kind, body }: Pick<JournalEntry, 'kind' | 'body'>): SourceSpan | undefined {
  if (kind !== ENTRY.imported && !(kind === ENTRY.group && isPositioned(body))) return undefined;
  try {
    const { header } = readGroup(body);
    if (kind === ENTRY.imported) return parseSpan(header.service);
    const [text = '', groups = '1'] = header.gateway.slice(PREFIX.length).split('#');
    return header.seq === Number(groups) ? parseSpan(text) : undefined;
  } catch {
    // What cannot be read is quarantined by the fold.
    return undefined;
  }
}

/** Where the gateway's name begins in a group's body: most groups are told apart by it without being read. */
const NAME_AT = 54;

function isPositioned(body: Uint8Array): boolean {
  for (let index = 0; index < PREFIX.length; index += 1) {
    if (body[NAME_AT + index] !== PREFIX.charCodeAt(index)) return false;
  }
  return true;
}

function partOf(source: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < source.length; index += 1) {
    hash = Math.imul(hash ^ source.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % POSITION_PARTS;
}
