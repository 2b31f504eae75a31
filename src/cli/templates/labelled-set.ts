import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, WatchkeeperError } from '../../core/errors.ts';
import { parseCsv } from './csv.ts';

/** A log set whose lines have been given their true templates. */
export interface LabelledSet {
  readonly name: string;
  /** The CSV file that holds content and template of each line. */
  readonly file: string;
}

export interface LabelledLine {
  readonly content: string;
  readonly trueTemplate: string;
}

const STRUCTURED = /\.log_structured(?:_corrected)?\.csv$/i;
const CORRECTED = /_corrected\.csv$/i;

/**
 * The sets under a folder in the layout of Loghub: `<Set>/<Set>_2k.log_structured.csv`,
 * or the corrected file beside it. The folder may be one of the sets itself.
 * @throws WatchkeeperError NOT_FOUND when there is none.
 */
export function findLabelledSets(folder: string): readonly LabelledSet[] {
  const entries = entriesOf(folder);
  const folders = entries.filter((each) => each.isDirectory()).map((each) => each.name);
  const sets = [folder, ...folders.sort().map((name) => join(folder, name))].flatMap((each) => {
    const file = structuredFile(each);
    return file === undefined ? [] : [{ name: basename(each), file: join(each, file) }];
  });
  if (sets.length > 0) return sets;
  throw new WatchkeeperError('NOT_FOUND', `There is no labelled log set under "${folder}".`, {
    fix: 'Name a folder that holds <Set>/<Set>_2k.log_structured.csv for each set.',
  });
}

/**
 * The lines of a set, in order. The columns may be parted by commas, semicolons or tabs.
 * @throws WatchkeeperError PAYLOAD_INVALID when the file lacks a column or lines.
 */
export function readLabelledSet({ file }: LabelledSet): readonly LabelledLine[] {
  const text = readFileSync(file, 'utf8');
  const [header = [], ...rows] = parseCsv(text, delimiterOf(text));
  const content = columnOf(header, 'Content', file);
  const template = columnOf(header, 'EventTemplate', file);
  if (rows.length === 0)
    throw new WatchkeeperError('PAYLOAD_INVALID', `"${file}" has no lines below its header.`);
  return rows
    .filter((row) => row.length > 1)
    .map((row) => ({
      content: row[content] ?? '',
      trueTemplate: row[template] ?? '',
    }));
}

function entriesOf(folder: string): readonly { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new WatchkeeperError('NOT_FOUND', `"${folder}" cannot be read: ${messageOf(error)}.`, {
      fix: 'Name a folder of labelled log sets.',
      cause: error,
    });
  }
}

function structuredFile(folder: string): string | undefined {
  const files = entriesOf(folder)
    .map(({ name }) => name)
    .filter((name) => STRUCTURED.test(name))
    .sort();
  return files.find((name) => CORRECTED.test(name)) ?? files[0];
}

/** What parts the columns, by the header. */
function delimiterOf(text: string): string {
  const header = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  return [';', '\t'].find((each) => header.includes(each) && !header.includes(',')) ?? ',';
}

function columnOf(header: readonly string[], name: string, file: string): number {
  const at = header.findIndex((each) => each.trim().toLowerCase() === name.toLowerCase());
  if (at >= 0) return at;
  throw new WatchkeeperError('PAYLOAD_INVALID', `"${file}" has no column "${name}".`, {
    fix: `Its header names ${header.map((each) => `"${each}"`).join(', ')}.`,
  });
}
