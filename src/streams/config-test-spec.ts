import { parseDuration } from '../core/duration.ts';
import { spellingHint } from '../core/edit-distance.ts';
import { option, parseOptions } from '../core/options.ts';
import type { Option, OptionsOf } from '../core/options.ts';
import { configError, expectList, expectMap, nodeText, quoted } from '../core/yaml-node.ts';
import type { YamlNode, YamlPosition } from '../core/yaml-node.ts';
import { LEVEL_NAMES } from '../model/level.ts';
import { SEVERITIES } from '../model/severity.ts';
import { parseSubjectId } from '../model/subject.ts';
import type { SubjectId } from '../model/subject.ts';

/** One entry of `tests`: records at relative times, and the alerts they must lead to. */
export interface ConfigTest {
  readonly name: string;
  readonly at: YamlPosition;
  readonly detector: string;
  readonly subject: SubjectId;
  readonly records: readonly ConfigTestRecord[];
  /** How long the virtual clock runs, in ms. */
  readonly untilMs: number;
  readonly alerts: readonly ConfigTestAlert[];
}

export type ConfigTestRecord = OptionsOf<typeof RECORD>;
export type ConfigTestAlert = OptionsOf<typeof ALERT>;

const MAX_RECORDS = 100_000;

/** A text that may be left out, which makes it empty. */
const optionalText = (doc: string): Option<string> => option.text({ doc, default: '' });

const RECORD = {
  at: option.duration({ doc: 'When it happens, from the start.' }),
  repeat: option.integer({ doc: 'How many of it.', default: 1, min: 1, max: MAX_RECORDS }),
  every: option.duration({ doc: 'Time between them.', default: '0s' }),
  arrives: optionalText('When it is received, when that is later than `at`.'),
  level: option.oneOf({ doc: 'Log level.', values: LEVEL_NAMES, default: 'INFO' }),
  service: option.text({ doc: 'Service.', default: 'payment' }),
  message: option.text({ doc: 'Message.', default: 'Test record' }),
  userId: optionalText('User.'),
  requestId: optionalText('Request.'),
  errorCode: optionalText('Code of the error.'),
  durationMs: option.number({ doc: 'Duration; negative for none.', default: -1 }),
  attributes: option.map({ doc: 'Attributes.', default: {} }),
  change: option.map({
    doc: 'What numbers in `attributes` and `vitals` rise by with each repetition, by name.',
    default: {},
  }),
  vitals: option.map({
    doc: 'A reading of a watch: `heart_rate`, `steps`, `worn`, `charging`, `battery`; none when empty.',
    default: {},
  }),
};

const ALERT = {
  at: option.duration({ doc: 'When it opens, from the start.' }),
  severity: option.oneOf({
    doc: 'Severity; any when left out.',
    values: [...SEVERITIES, 'any'],
    default: 'any',
  }),
  key: option.text({ doc: 'Aggregation key; any when left out.', default: '*' }),
  resolvedAt: optionalText('When it resolves, from the start; `never`; not checked when left out.'),
};

const TEST = {
  name: option.text({ doc: 'What must hold, as a sentence.' }),
  detector: option.text({ doc: 'Id of the detector.' }),
  subject: option.text({ doc: 'Subject as `kind:id`.', default: 'service:payment' }),
  until: option.duration({ doc: 'How long the clock runs.', default: '1h', max: '30d' }),
};

/** Reads the `tests` list. @throws CONFIG_INVALID */
export function parseConfigTests(
  node: YamlNode | undefined,
  detectors: readonly string[],
): readonly ConfigTest[] {
  if (node === undefined) return [];
  return expectList(node, '"tests"').items.map((item) => parseTest(item, detectors));
}

function parseTest(node: YamlNode, detectors: readonly string[]): ConfigTest {
  const map = expectMap(node, 'a test');
  const test = parseOptions(TEST, map, ['records', 'alerts']);
  const place = (key: string): YamlPosition => map.entries.get(key)?.node.at ?? map.at;
  if (!detectors.includes(test.detector)) {
    const hint = spellingHint(test.detector, detectors);
    throw configError(place('detector'), `Unknown detector ${quoted(test.detector)}. ${hint}`);
  }
  const subject = parseSubjectId(test.subject);
  if (subject === undefined) {
    throw configError(place('subject'), `Expected a subject, got ${quoted(test.subject)}.`);
  }
  const records = items(map.entries.get('records')?.node, 'records').map(parseRecord);
  const total = records.reduce((sum, { repeat }) => sum + repeat, 0);
  if (total > MAX_RECORDS) {
    throw configError(place('records'), `Expected at most ${MAX_RECORDS} records in a test.`);
  }
  const alerts = items(map.entries.get('alerts')?.node, 'alerts').map(parseAlert);
  const { name, detector, until } = test;
  return { name, at: map.at, detector, subject, records, untilMs: until, alerts };
}

function items(node: YamlNode | undefined, name: string): readonly YamlNode[] {
  return node === undefined ? [] : expectList(node, `"${name}"`).items;
}

function parseRecord(node: YamlNode): ConfigTestRecord {
  const record = parseOptions(RECORD, expectMap(node, 'a record'));
  if (record.arrives !== '' && parseDuration(record.arrives) === undefined) {
    throw configError(
      node.at,
      `Expected "arrives" to be a duration, got ${quoted(record.arrives)}.`,
    );
  }
  return record;
}

function parseAlert(node: YamlNode): ConfigTestAlert {
  const alert = parseOptions(ALERT, expectMap(node, 'an alert'));
  const { resolvedAt } = alert;
  if (resolvedAt === '' || resolvedAt === 'never' || parseDuration(resolvedAt) !== undefined) {
    return alert;
  }
  throw configError(
    node.at,
    `Expected "resolved_at" to be a duration or never, got ${nodeText(node)}.`,
  );
}
