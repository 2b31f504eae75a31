import { createHash } from 'node:crypto';

import { spellingHint } from '../core/edit-distance.ts';
import { readConfigFilter } from '../core/filter/config-filter.ts';
import { mentions } from '../core/filter/mentions.ts';
import { option } from '../core/options.ts';
import { parseYaml } from '../core/yaml-document.ts';
import {
  configError,
  expectMap,
  expectText,
  quoted,
  refuseUnknownKeys,
} from '../core/yaml-node.ts';
import type { YamlMap, YamlNode, YamlPosition } from '../core/yaml-node.ts';
import { SEVERITIES } from '../model/severity.ts';
import { isSubjectName } from '../model/subject.ts';
import type { SubjectKind } from '../model/subject.ts';
import { parseConfigTests } from './config-test-spec.ts';
import type { ConfigTest } from './config-test-spec.ts';
import type { DetectorEntry, DetectorType } from './define-detector.ts';
import type { Detector, DetectorSet } from './detector.ts';
import { BUILT_IN_DETECTORS } from './detector-types.ts';
import { linkHearers } from './link-hearers.ts';
import type { BoundEntry } from './link-hearers.ts';

/** A detector set with the tests that its configuration brings along. */
export interface CompiledDetectors extends DetectorSet {
  readonly tests: readonly ConfigTest[];
  /** Detectors that are switched off; their tests run all the same. */
  readonly disabled: readonly Detector[];
}

const ID = /^[a-z][a-z0-9_]{0,63}$/;
const MAX_DETECTORS = 256;

const ENABLED = option.boolean({ doc: 'Whether it runs.', default: true });
const SEVERITY = option.oneOf({ doc: 'Severity of its findings.', values: SEVERITIES });
const ACTION = option.text({ doc: 'What to do about it.', maxLength: 500 });

/**
 * Compiles `config/anomaly_schema.yaml`: `anomalies` (a list of entries with
 * `id` and optionally `type`, or a map by id), `expected_services` and
 * `tests`. An entry without `type` has its id for type.
 * @throws CONFIG_INVALID with `file:line:column` and the likely spelling.
 */
export function compileDetectors(
  text: string,
  fileName: string,
  types: readonly DetectorType[] = BUILT_IN_DETECTORS,
): CompiledDetectors {
  const root = expectMap(parseYaml(text, fileName), 'the file');
  refuseUnknownKeys(root, ['anomalies', 'expected_services', 'max_services', 'tests']);
  const entries = readEntries(root);
  const all = linkHearers(entries.map((entry) => compileEntry(entry, types, text)));
  const detectors = all.filter(({ isEnabled }) => isEnabled).map(({ detector }) => detector);
  const byKind: Readonly<Record<SubjectKind, readonly Detector[]>> = {
    device: detectors.filter(({ subjects }) => subjects.includes('device')),
    service: detectors.filter(({ subjects }) => subjects.includes('service')),
    user: detectors.filter(({ subjects }) => subjects.includes('user')),
  };
  return {
    hash: createHash('sha256').update(text).digest('hex'),
    detectors,
    expectedServices: readServices(root.entries.get('expected_services')?.node),
    ...readMaxServices(root.entries.get('max_services')?.node),
    forKind: (kind) => byKind[kind],
    tests: parseConfigTests(
      root.entries.get('tests')?.node,
      entries.map(({ id }) => id),
    ),
    disabled: all.filter(({ isEnabled }) => !isEnabled).map(({ detector }) => detector),
  };
}

interface Entry {
  readonly id: string;
  readonly at: YamlPosition;
  readonly map: YamlMap;
}

function readEntries(root: YamlMap): readonly Entry[] {
  const node = root.entries.get('anomalies')?.node;
  if (node === undefined) throw configError(root.at, 'The key "anomalies" is missing here.');
  const entries = node.kind === 'list' ? node.items.map(listEntry) : mapEntries(node);
  if (entries.length > MAX_DETECTORS) {
    throw configError(node.at, `Expected at most ${MAX_DETECTORS} entries in "anomalies".`);
  }
  const seen = new Set<string>();
  for (const { id, at } of entries) {
    if (!ID.test(id)) {
      throw configError(at, `Expected an id of a-z 0-9 _ (1 to 64 characters), got ${quoted(id)}.`);
    }
    if (seen.has(id)) throw configError(at, `The id ${quoted(id)} stands here twice.`);
    seen.add(id);
  }
  return entries;
}

function listEntry(node: YamlNode): Entry {
  const map = expectMap(node, 'an entry of "anomalies"');
  const id = map.entries.get('id') ?? map.entries.get('type');
  if (id === undefined) throw configError(map.at, 'The key "id" is missing here.');
  return { id: expectText(id.node, '"id"'), at: id.node.at, map };
}

function mapEntries(node: YamlNode): readonly Entry[] {
  const map = expectMap(node, '"anomalies"');
  return [...map.entries].map(([id, { keyAt, node: entry }]) => ({
    id,
    at: keyAt,
    map: expectMap(entry, quoted(id)),
  }));
}

/** The detector of an entry, and whether it runs; it is checked in any case. */
function compileEntry(
  { id, at, map }: Entry,
  types: readonly DetectorType[],
  source: string,
): BoundEntry {
  const given = map.entries.get('type')?.node;
  const name = given === undefined ? id : expectText(given, '"type"');
  const type = types.find((each) => each.type === name);
  if (type === undefined) {
    const hint = spellingHint(
      name,
      types.map((each) => each.type),
    );
    throw configError(given?.at ?? at, `Unknown type of detector ${quoted(name)}. ${hint}`);
  }
  const read = <T>(key: string, { parse }: { parse(node: YamlNode, name: string): T }) => {
    const node = map.entries.get(key)?.node;
    return node === undefined ? undefined : parse(node, key);
  };
  const entry: DetectorEntry = {
    id,
    severity: read('severity', SEVERITY),
    action: read('action', ACTION),
    where: readWhere(map, source),
    map,
  };
  return { detector: type.bind(entry), isEnabled: read('enabled', ENABLED) !== false, map };
}

/** Fields that a record does not have while it is folded. */
const NOT_HERE = ['subject', 'observed_at'];

function readWhere(map: YamlMap, source: string): DetectorEntry['where'] {
  const node = map.entries.get('where')?.node;
  if (node === undefined) return undefined;
  const where = readConfigFilter(node, 'where', { source });
  const unknown = NOT_HERE.find((field) => mentions(where.filter, field));
  if (unknown === undefined) return where;
  throw configError(node.at, `A detector's "where" cannot use ${quoted(unknown)}.`);
}

const MAX_SERVICES = option.integer({
  doc: 'Services told apart at most, besides the expected ones.',
  default: 10_000,
  min: 1,
  max: 1_000_000,
});

function readMaxServices(node: YamlNode | undefined): { readonly maxServices?: number } {
  return node === undefined ? {} : { maxServices: MAX_SERVICES.parse(node, 'max_services') };
}

function readServices(node: YamlNode | undefined): readonly string[] {
  if (node === undefined) return [];
  const names = option.list({
    doc: 'Services that must be heard of.',
    of: option.text({ doc: 'A service.', maxLength: 128 }),
    maxItems: 10_000,
  });
  const services = names.parse(node, 'expected_services');
  services.forEach((service, index) => {
    if (isSubjectName(service)) return;
    const at = (node.kind === 'list' ? node.items[index]?.at : undefined) ?? node.at;
    throw configError(
      at,
      `Expected a service name of A-Z a-z 0-9 . _ @ : -, got ${quoted(service)}.`,
    );
  });
  return [...new Set(services)];
}
