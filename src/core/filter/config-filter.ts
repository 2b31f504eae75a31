import { configError, expectText, type YamlNode, type YamlPosition } from '../yaml-node.ts';
import { FilterError } from './filter-error.ts';
import type { Filter } from './filter.ts';
import { parseFilter } from './parse-filter.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A filter that stands in a configuration file. */
export interface ConfigFilter {
  /** As it was written. */
  readonly text: string;
  readonly filter: Filter;
}

/** Where a filter stands, and about what it is. */
export interface ConfigFilterContext {
  /** The whole text of the file. */
  readonly source: string;
  /** @default that of log records */
  readonly vocabulary?: Vocabulary;
}

/**
 * Reads a filter out of a configuration file.
 * @throws CONFIG_INVALID with the place of the mistake inside the expression;
 * of the expression, where it stands over several lines.
 */
export function readConfigFilter(
  node: YamlNode,
  name: string,
  { source, vocabulary }: ConfigFilterContext,
): ConfigFilter {
  const text = expectText(node, `"${name}"`);
  if (text.trim() === '') throw configError(node.at, `Expected "${name}" to be a filter.`);
  try {
    return { text, filter: parseFilter(text, vocabulary) };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw configError(
      placeIn(node.at, source, { text, column: error.column }),
      error.reason,
      error.fix,
    );
  }
}

/** Where a column of the value stands in the file. */
function placeIn(
  at: YamlPosition,
  source: string,
  { text, column }: { readonly text: string; readonly column: number },
): YamlPosition {
  const line = source.split('\n')[at.line - 1] ?? '';
  const written = line.slice(at.column - 1);
  const offset = offsetOf(written, text, column - 1);
  return offset === undefined ? at : { ...at, column: at.column + offset };
}

/** Escapes of one character, and of a code in hexadecimal digits. */
const ESCAPE = /\\(?:x[\dA-Fa-f]{2}|u[\dA-Fa-f]{4}|U[\dA-Fa-f]{8}|.)/y;

/** How far `index` of the value is from where it begins in the file; `undefined` when it does not stand there as such. */
function offsetOf(written: string, text: string, index: number): number | undefined {
  const [quote] = written;
  if (quote !== "'" && quote !== '"') return written.startsWith(text) ? index : undefined;
  let at = 1;
  for (let done = 0; done < index; done += 1) {
    if (quote === "'") {
      at += written.startsWith("''", at) ? 2 : 1;
    } else {
      ESCAPE.lastIndex = at;
      at += ESCAPE.exec(written)?.[0].length ?? 1;
    }
  }
  return at < written.length ? at : undefined;
}
