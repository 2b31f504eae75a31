import {
  configError,
  expectList,
  expectMap,
  expectText,
  refuseUnknownKeys,
  toPlain,
  type YamlMap,
  type YamlNode,
  type YamlPosition,
} from '../../core/yaml-node.ts';

/** One entry of `tests` in `config/log_schema.yaml`: a record, and what the schema makes of it. */
export interface SchemaTest {
  readonly name: string;
  readonly at: YamlPosition;
  readonly record: unknown;
  /** JSON pointer at which it is to be rejected; `undefined` when it is to be accepted. */
  readonly rejected: string | undefined;
  /** What the accepted record is to hold, under its names on the wire. */
  readonly gives: Readonly<Record<string, unknown>>;
}

/** Reads `tests`. @throws CONFIG_INVALID */
export function readSchemaTests(node: YamlNode | undefined): readonly SchemaTest[] {
  return node === undefined ? [] : expectList(node, '"tests"').items.map(readTest);
}

function readTest(node: YamlNode): SchemaTest {
  const test = expectMap(node, 'a test');
  refuseUnknownKeys(test, ['name', 'record', 'rejected', 'gives']);
  const rejected = test.entries.get('rejected')?.node;
  const gives = test.entries.get('gives')?.node;
  if (rejected !== undefined && gives !== undefined) {
    throw configError(gives.at, 'A record that is rejected gives nothing: leave one of them out.');
  }
  return {
    name: expectText(needed(test, 'name'), '"name"'),
    at: test.at,
    record: toPlain(needed(test, 'record')),
    rejected: rejected === undefined ? undefined : expectText(rejected, '"rejected"'),
    gives:
      gives === undefined
        ? {}
        : (toPlain(expectMap(gives, '"gives"')) as Readonly<Record<string, unknown>>),
  };
}

function needed(test: YamlMap, key: string): YamlNode {
  const entry = test.entries.get(key);
  if (entry !== undefined) return entry.node;
  throw configError(test.at, `The key "${key}" is missing here.`);
}
