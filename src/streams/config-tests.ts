import { parseDuration } from '../core/duration.ts';
import type { Finding } from '../model/finding.ts';
import { LEVEL_BY_NAME } from '../model/level.ts';
import type { LogRecord, Vitals } from '../model/record.ts';
import { subjectId } from '../model/subject.ts';
import type { ConfigTest, ConfigTestAlert, ConfigTestRecord } from './config-test-spec.ts';
import type { CompiledDetectors } from './detector-set.ts';
import { runDetector } from './harness.ts';
import { runHearer } from './hearing-harness.ts';
import type { HarnessStep } from './harness.ts';

/** How one entry of `tests` went. */
export interface ConfigTestResult {
  readonly name: string;
  /** `file:line:column` of the test. */
  readonly place: string;
  readonly passed: boolean;
  /** What differs; '' when it passed. */
  readonly reason: string;
}

/** The virtual clock's start: times in tests count from here. */
const START = Date.UTC(2026, 0, 1);

/** Runs the tests of a configuration under a virtual clock. Pure: no real time passes. */
export function runConfigTests(set: CompiledDetectors): readonly ConfigTestResult[] {
  return set.tests.map((test) => {
    const reason = runTest(set, test);
    const place = `${test.at.file}:${test.at.line}:${test.at.column}`;
    return { name: test.name, place, passed: reason === '', reason };
  });
}

function runTest(set: CompiledDetectors, test: ConfigTest): string {
  const every = [...set.detectors, ...set.disabled];
  const detector = every.find(({ id }) => id === test.detector);
  if (detector === undefined) return `There is no detector "${test.detector}".`;
  const isExpected = set.expectedServices.some(
    (name) => subjectId('service', name) === test.subject,
  );
  const options = { subject: test.subject, start: START, isExpected };
  const steps = stepsOf(test);
  const { hears } = detector;
  const { findings } =
    hears === undefined
      ? runDetector(detector, steps, options)
      : runHearer(detector, steps, {
          ...options,
          members: every.filter(({ id }) => hears.includes(id)),
        });
  const actual = alertsOf(findings);
  if (actual.length !== test.alerts.length) {
    return `Expected ${test.alerts.length} alerts, got ${actual.length}${listText(actual)}.`;
  }
  return test.alerts
    .map((expected, index) => difference(expected, actual[index]))
    .filter((text) => text !== '')
    .join(' ');
}

/** One step per time of arrival, in order; then the clock runs to the end. */
function stepsOf({ records, untilMs }: ConfigTest): readonly HarnessStep[] {
  const byArrival = new Map<number, LogRecord[]>();
  for (const record of records) {
    const late = record.arrives === '' ? 0 : (parseDuration(record.arrives) ?? 0) - record.at;
    for (let index = 0; index < record.repeat; index += 1) {
      const timestamp = START + record.at + index * record.every;
      const arrival = timestamp + Math.max(0, late);
      const arrived = byArrival.get(arrival) ?? [];
      arrived.push(toRecord(record, { timestamp, index }));
      byArrival.set(arrival, arrived);
    }
  }
  const steps = [...byArrival].map(([at, arrived]) => ({ at, records: arrived }));
  steps.sort((one, other) => one.at - other.at);
  const end = Math.max(START + untilMs, steps.at(-1)?.at ?? 0);
  return [...steps, { at: end }];
}

function toRecord(
  record: ConfigTestRecord,
  { timestamp, index }: { readonly timestamp: number; readonly index: number },
): LogRecord {
  const changed = (given: ConfigTestRecord['vitals']): ConfigTestRecord['vitals'] =>
    changedBy(given, record.change, index);
  return {
    timestamp,
    level: LEVEL_BY_NAME[record.level],
    service: record.service,
    message: record.message,
    userId: record.userId === '' ? undefined : record.userId,
    requestId: record.requestId === '' ? undefined : record.requestId,
    errorCode: record.errorCode === '' ? undefined : record.errorCode,
    durationMs: record.durationMs < 0 ? undefined : record.durationMs,
    deviceId: undefined,
    attributes: changed(record.attributes),
    vitals: vitalsOf(changed(record.vitals)),
  };
}

/** The values of the repetition `index`: numbers rise by what `change` says of them. */
function changedBy(
  given: ConfigTestRecord['vitals'],
  change: ConfigTestRecord['change'],
  index: number,
): ConfigTestRecord['vitals'] {
  const entries = Object.entries(given).map(([name, value]) => {
    const by = change[name];
    return [name, typeof value === 'number' && typeof by === 'number' ? value + index * by : value];
  });
  return Object.fromEntries(entries) as ConfigTestRecord['vitals'];
}

/** A reading with the fields given; `undefined` when none is. */
function vitalsOf(given: ConfigTestRecord['vitals']): Vitals | undefined {
  if (Object.keys(given).length === 0) return undefined;
  const number = (name: string): number | undefined => {
    const value = given[name];
    return typeof value === 'number' ? value : undefined;
  };
  return {
    heartRate: number('heart_rate'),
    hrv: number('hrv'),
    spo2: number('spo2'),
    skinTemperature: number('skin_temperature'),
    steps: number('steps'),
    battery: number('battery'),
    rssi: number('rssi'),
    worn: given['worn'] === undefined ? undefined : given['worn'] === true,
    charging: given['charging'] === undefined ? undefined : given['charging'] === true,
  };
}

interface Outcome {
  readonly opened: Finding;
  readonly resolvedAt: number | undefined;
}

/** Openings in order, each with the resolution that followed it. */
function alertsOf(findings: readonly Finding[]): readonly Outcome[] {
  return findings.flatMap((opened, index) => {
    if (opened.action !== 'open') return [];
    const later = findings.slice(index + 1);
    const end = later.find(({ action, key }) => action === 'resolve' && key === opened.key);
    return [{ opened, resolvedAt: end?.at }];
  });
}

function difference(expected: ConfigTestAlert, actual: Outcome | undefined): string {
  if (actual === undefined) return '';
  const { opened, resolvedAt } = actual;
  const wrong: string[] = [];
  const at = opened.at - START;
  if (at !== expected.at) wrong.push(`at ${at} ms instead of ${expected.at} ms`);
  if (expected.severity !== 'any' && expected.severity !== opened.severity) {
    wrong.push(`severity ${opened.severity} instead of ${expected.severity}`);
  }
  if (expected.key !== '*' && expected.key !== opened.key) {
    wrong.push(`key "${opened.key}" instead of "${expected.key}"`);
  }
  if (expected.resolvedAt !== '' && resolvedText(resolvedAt) !== wantedText(expected.resolvedAt)) {
    const wanted = wantedText(expected.resolvedAt);
    wrong.push(`resolved ${resolvedText(resolvedAt)} instead of ${wanted}`);
  }
  return wrong.length === 0 ? '' : `Got an alert ${wrong.join(', ')}.`;
}

function resolvedText(at: number | undefined): string {
  return at === undefined ? 'never' : `at ${at - START} ms`;
}

function wantedText(resolvedAt: string): string {
  return resolvedAt === 'never' ? 'never' : `at ${parseDuration(resolvedAt) ?? 0} ms`;
}

function listText(alerts: readonly Outcome[]): string {
  if (alerts.length === 0) return '';
  const times = alerts.slice(0, 5).map(({ opened }) => `${opened.at - START} ms`);
  return ` (at ${times.join(', ')})`;
}
