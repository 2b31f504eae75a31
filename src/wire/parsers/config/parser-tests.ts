import { parseYaml } from '../../../core/yaml-document.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  quoted,
  refuseUnknownKeys,
  toPlain,
  type YamlMap,
} from '../../../core/yaml-node.ts';
import type { ParsedLine } from '../line-parser.ts';
import type { ParserConfig } from './parser-config.ts';

/** Receipt of the lines in tests, 2026-01-01: settles years, so that tests do not depend on today. */
const RECEIVED_AT = Date.UTC(2026, 0, 1);

/**
 * Runs the `tests` of `config/parsers.yaml`: each gives a line to a source and
 * compares the fields that it names (`parser` is who read it, `dropped` that
 * a filter dropped it). Returns how many passed.
 * @throws CONFIG_INVALID with the place of the first expectation that fails
 */
export function runParserTests(text: string, fileName: string, config: ParserConfig): number {
  const root = expectMap(parseYaml(text, fileName), 'the file');
  const node = root.entries.get('tests')?.node;
  if (node === undefined) return 0;
  const tests = expectList(node, '"tests"').items;
  for (const test of tests) runTest(expectMap(test, 'a test'), config);
  return tests.length;
}

function runTest(test: YamlMap, config: ParserConfig): void {
  refuseUnknownKeys(test, ['name', 'source', 'line', 'expect']);
  const name = textOf(test, 'name');
  const source = test.entries.has('source') ? textOf(test, 'source') : 'default';
  const { record, parser } = config.createSource(source).parse(textOf(test, 'line'), RECEIVED_AT);
  const expected = test.entries.get('expect')?.node;
  if (expected === undefined) throw configError(test.at, 'The key "expect" is missing here.');
  for (const [field, { keyAt, node }] of expectMap(expected, '"expect"').entries) {
    const found = JSON.stringify(valueOf(field, record, parser));
    const wanted = JSON.stringify(toPlain(node));
    if (found === wanted) continue;
    throw configError(
      keyAt,
      `The test ${quoted(name)} fails: expected ${field} to be ${wanted}, got ${found ?? 'nothing'}.`,
      'Change the patterns or filters, or what the test expects.',
    );
  }
}

function textOf(test: YamlMap, key: string): string {
  const node = test.entries.get(key)?.node;
  if (node === undefined) throw configError(test.at, `The key ${quoted(key)} is missing here.`);
  return expectText(node, quoted(key));
}

function valueOf(
  field: string,
  record: ParsedLine | undefined,
  parser: string | undefined,
): unknown {
  if (field === 'parser') return parser;
  if (field === 'dropped') return record === undefined;
  if (record === undefined) return undefined;
  if (field === 'timestamp') return new Date(record.timestamp).toISOString();
  const own = Object.entries(record).find(([name]) => name === field);
  const { attributes = {} } = record;
  const key = field.replace(/^attributes\./, '');
  return own === undefined
    ? Object.hasOwn(attributes, key)
      ? attributes[key]
      : undefined
    : own[1];
}
