import { Packr } from 'msgpackr';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Route, Template, TemplateElement } from './template.ts';

const VERSION = 1;
const packr = new Packr({ useRecords: false, variableMapSize: true });

/** All that a miner knows, as plain data. */
export interface MinerState {
  readonly lines: number;
  readonly created: number;
  readonly merged: number;
  readonly evicted: number;
  readonly cut: number;
  readonly compared: number;
  /** Oldest first. */
  readonly templates: readonly Template[];
}

type WrittenElement = readonly [bits: number, text: string, hash: number, unit: string];
type WrittenTemplate = readonly [
  id: string,
  serial: number,
  shape: number,
  count: number,
  lastLine: number,
  /** Key, start and length of what is folded, for each. */
  routes: readonly number[],
  aliases: readonly string[],
  elements: readonly WrittenElement[],
];
type Written = readonly [
  version: number,
  counters: readonly number[],
  templates: readonly WrittenTemplate[],
];

/** The state as msgpack bytes; equal states give equal bytes. */
export function writeSnapshot(state: MinerState): Uint8Array {
  const { lines, created, merged, evicted, cut, compared, templates } = state;
  const written: Written = [
    VERSION,
    [lines, created, merged, evicted, cut, compared],
    templates.map((each) => [
      each.id,
      each.serial,
      each.shape,
      each.count,
      each.lastLine,
      each.routes.flatMap(({ key, segment }) => [key, segment.start, segment.length]),
      each.aliases,
      each.elements.map(writeElement),
    ]),
  ];
  return Uint8Array.from(packr.pack(written));
}

/**
 * Inverse of {@link writeSnapshot}.
 * @throws WatchkeeperError PAYLOAD_INVALID for damaged bytes or another version: learn anew then.
 */
export function readSnapshot(bytes: Uint8Array): MinerState {
  const written = unpack(bytes);
  if (!isWritten(written)) throw invalid();
  const [, [lines, created, merged, evicted, cut, compared], templates] = written;
  const counters = { lines, created, merged, evicted, cut, compared };
  return { ...zeroed(counters), templates: templates.map(readTemplate) };
}

function zeroed(
  counters: Readonly<Record<string, number | undefined>>,
): Omit<MinerState, 'templates'> {
  const of = (name: string): number => counters[name] ?? 0;
  return {
    lines: of('lines'),
    created: of('created'),
    merged: of('merged'),
    evicted: of('evicted'),
    cut: of('cut'),
    compared: of('compared'),
  };
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch {
    throw invalid();
  }
}

function invalid(): WatchkeeperError {
  return new WatchkeeperError('PAYLOAD_INVALID', 'The snapshot of templates cannot be read.', {
    fix: 'Start without it; templates are learnt again from the next lines.',
  });
}

const GAP = 4;
const OPEN = 8;
const TRAITS = 16;

function writeElement({
  kind,
  gap,
  isOpen,
  traits,
  text,
  hash,
  unit,
}: TemplateElement): WrittenElement {
  return [kind + (gap ? GAP : 0) + (isOpen ? OPEN : 0) + traits * TRAITS, text, hash, unit];
}

function readElement([bits, text, hash, unit]: WrittenElement): TemplateElement {
  return {
    kind: bits & (GAP - 1),
    gap: (bits & GAP) !== 0,
    isOpen: (bits & OPEN) !== 0,
    traits: Math.floor(bits / TRAITS),
    text,
    hash,
    unit,
  };
}

function readTemplate(written: WrittenTemplate): Template {
  const [id, serial, shape, count, lastLine, routes, aliases, elements] = written;
  return {
    id,
    serial,
    shape,
    count,
    lastLine,
    text: '',
    routes: readRoutes(routes),
    aliases: [...aliases],
    elements: elements.map(readElement),
  };
}

function readRoutes(written: readonly number[]): Route[] {
  return Array.from({ length: Math.floor(written.length / 3) }, (_, index) => {
    const [key = 0, start = 0, length = 0] = written.slice(index * 3, index * 3 + 3);
    return { key, segment: { start, length } };
  });
}

function isWritten(data: unknown): data is Written {
  if (!Array.isArray(data) || data.length !== 3 || data[0] !== VERSION) return false;
  const [, counters, templates] = data as readonly unknown[];
  return isArrayOf(counters, isNumber) && isArrayOf(templates, isTemplate);
}

function isTemplate(data: unknown): boolean {
  if (!Array.isArray(data) || data.length !== 8) return false;
  const [id, serial, shape, count, lastLine, routes, aliases, elements] =
    data as readonly unknown[];
  return (
    isText(id) &&
    [serial, shape, count, lastLine].every(isNumber) &&
    isArrayOf(routes, isNumber) &&
    isArrayOf(aliases, isText) &&
    isArrayOf(elements, isElement)
  );
}

function isElement(data: unknown): boolean {
  if (!Array.isArray(data) || data.length !== 4) return false;
  const [bits, text, hash, unit] = data as readonly unknown[];
  return isNumber(bits) && isText(text) && isNumber(hash) && isText(unit);
}

function isArrayOf(data: unknown, isPart: (part: unknown) => boolean): boolean {
  return Array.isArray(data) && data.every(isPart);
}

function isNumber(data: unknown): boolean {
  return typeof data === 'number' && Number.isFinite(data);
}

function isText(data: unknown): boolean {
  return typeof data === 'string';
}
