import { isDeepStrictEqual } from 'node:util';
import { createRecordDecoder } from './decode.ts';
import { readRecords } from './intake.ts';
import type { SchemaTest } from './schema-test-spec.ts';
import type { LogSchema } from './schema.ts';

/** How one entry of `tests` went. */
export interface SchemaTestResult {
  readonly name: string;
  /** `file:line:column` of the test. */
  readonly place: string;
  readonly passed: boolean;
  /** What differs; '' when it passed. */
  readonly reason: string;
}

/** Site time at which the tests' records come in; times of events far from it are moved. */
export const TEST_TIME = Date.UTC(2026, 0, 1, 12);

/** Runs the tests that a schema holds, each record as if it came by `POST /v1/logs` at {@link TEST_TIME}. */
export function runSchemaTests(schema: LogSchema): readonly SchemaTestResult[] {
  return schema.tests.map((test) => {
    const reason = runTest(schema, test);
    const { file, line, column } = test.at;
    return { name: test.name, place: `${file}:${line}:${column}`, passed: reason === '', reason };
  });
}

function runTest(schema: LogSchema, { record, rejected, gives }: SchemaTest): string {
  const read = readRecords([record], { schema, observedAt: TEST_TIME });
  const [problem] = read.rejected;
  if (rejected !== undefined) {
    if (problem === undefined) return `Expected it to be rejected at "${rejected}".`;
    if (problem.pointer === rejected) return '';
    return `Expected it to be rejected at "${rejected}", got "${problem.pointer}": ${problem.reason}`;
  }
  const [group] = read.groups;
  if (problem !== undefined || group === undefined) {
    return `It is rejected at "${problem?.pointer ?? ''}": ${problem?.reason ?? ''}`;
  }
  const [wire] = createRecordDecoder(schema).wire(group.payload);
  return difference(gives, (wire ?? {}) as Readonly<Record<string, unknown>>);
}

function difference(
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
): string {
  return Object.entries(expected)
    .filter(([name, value]) => !isDeepStrictEqual(value, actual[name]))
    .map(([name, value]) => `Expected ${name} ${text(value)}, got ${text(actual[name])}.`)
    .join(' ');
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 200);
}
