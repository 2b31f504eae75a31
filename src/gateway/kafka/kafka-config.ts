import { parseOptions, type OptionsOf } from '../../core/options.ts';
import { parseYaml } from '../../core/yaml-document.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  quoted,
  type YamlMap,
  type YamlPosition,
} from '../../core/yaml-node.ts';
import { isSubjectName } from '../../model/subject.ts';
import { FORMAT_READERS, type LineReaders } from '../../wire/parsers/config/line-readers.ts';
import { isLoopback } from '../tls/loopback.ts';
import {
  KAFKA_LIMITS,
  KAFKA_SASL_OPTIONS,
  KAFKA_TLS_OPTIONS,
  kafkaOptions,
} from './kafka-options.ts';

/** One entry of `kafka:` in `config/inputs.yaml`; '' stands for what is not given. */
export interface KafkaInputConfig extends OptionsOf<ReturnType<typeof kafkaOptions>> {
  readonly name: string;
  readonly tls: OptionsOf<typeof KAFKA_TLS_OPTIONS> | undefined;
  readonly sasl: OptionsOf<typeof KAFKA_SASL_OPTIONS> | undefined;
  readonly limits: OptionsOf<typeof KAFKA_LIMITS>;
}

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const TOPIC = /^[A-Za-z0-9._-]{1,249}$/;
const BROKER = /^(?<host>[^\s:/]+|\[[0-9A-Fa-f:.]+\]):(?<port>\d{1,5})$/;
const MAX_INPUTS = 32;

/** Reads `kafka:` of `config/inputs.yaml`: the entries that are enabled. @throws CONFIG_INVALID */
export function loadKafkaInputs(
  text: string,
  fileName: string,
  readers: Pick<LineReaders, 'names'> = FORMAT_READERS,
): readonly KafkaInputConfig[] {
  const root = parseYaml(text, fileName);
  if (root.kind !== 'map') return [];
  const node = root.entries.get('kafka')?.node;
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  const { items } = expectList(node, '"kafka"');
  if (items.length > MAX_INPUTS) {
    throw configError(node.at, `Expected at most ${MAX_INPUTS} entries of kafka.`);
  }
  const names = new Set<string>();
  const spec = kafkaOptions(readers.names);
  const entries = items.map((item) => {
    const entry = readEntry(expectMap(item, 'an entry of kafka'), spec);
    if (names.has(entry.name)) {
      const message = `There are two named ${quoted(entry.name)}.`;
      throw configError(item.at, message, 'Give each a name.');
    }
    names.add(entry.name);
    return entry;
  });
  return entries.filter(({ enabled }) => enabled);
}

/** Host and port of a broker; `undefined` when the text is none. */
export function readBroker(
  text: string,
): { readonly host: string; readonly port: number } | undefined {
  const { host = '', port = '' } = BROKER.exec(text)?.groups ?? {};
  const number = Number(port);
  return host === '' || number < 1 || number > 65_535
    ? undefined
    : { host: host.replace(/^\[|\]$/g, ''), port: number };
}

function readEntry(map: YamlMap, spec: ReturnType<typeof kafkaOptions>): KafkaInputConfig {
  const options = parseOptions(spec, map, ['name', 'tls', 'sasl', 'limits']);
  const none: YamlMap = { kind: 'map', at: map.at, entries: new Map() };
  const limits = map.entries.get('limits')?.node;
  const entry: KafkaInputConfig = {
    ...options,
    name: readName(map),
    tls: readTls(map),
    sasl: readSasl(map),
    limits: parseOptions(KAFKA_LIMITS, limits === undefined ? none : expectMap(limits, '"limits"')),
  };
  check(map, entry);
  return entry;
}

function readName(map: YamlMap): string {
  const node = map.entries.get('name')?.node;
  if (node === undefined) return 'kafka';
  const name = expectText(node, '"name"');
  if (NAME.test(name)) return name;
  const form = '1 to 32 characters of a-z 0-9 _ -, a letter first';
  throw configError(node.at, `Expected "name" to be ${form}, got ${quoted(name)}.`);
}

function readTls(map: YamlMap): KafkaInputConfig['tls'] {
  const node = map.entries.get('tls')?.node;
  if (node === undefined || (node.kind === 'scalar' && node.value === false)) return undefined;
  if (node.kind === 'scalar' && node.value === true) {
    return parseOptions(KAFKA_TLS_OPTIONS, { kind: 'map', at: node.at, entries: new Map() });
  }
  const tls = parseOptions(KAFKA_TLS_OPTIONS, expectMap(node, '"tls"'));
  if ((tls.certFile === '') !== (tls.keyFile === '')) {
    throw configError(node.at, 'Expected both "cert_file" and "key_file", or neither.');
  }
  return tls;
}

function readSasl(map: YamlMap): KafkaInputConfig['sasl'] {
  const node = map.entries.get('sasl')?.node;
  if (node === undefined) return undefined;
  const sasl = parseOptions(KAFKA_SASL_OPTIONS, expectMap(node, '"sasl"'));
  if ((sasl.password === '') === (sasl.passwordFile === '')) {
    throw configError(node.at, 'Expected one of "password" and "password_file".');
  }
  return sasl;
}

function check(
  map: YamlMap,
  { brokers, topics, service, group, tls, sasl }: KafkaInputConfig,
): void {
  const at = (key: string): YamlPosition => map.entries.get(key)?.node.at ?? map.at;
  if (brokers.length === 0) throw configError(at('brokers'), 'Expected at least one broker.');
  if (topics.length === 0) throw configError(at('topics'), 'Expected at least one topic.');
  if (group === '') throw configError(at('group'), 'Expected the name of a consumer group.');
  for (const broker of brokers) {
    const place = readBroker(broker);
    if (place === undefined) {
      throw configError(at('brokers'), `Expected host:port, got ${quoted(broker)}.`);
    }
    if (sasl?.mechanism === 'plain' && tls === undefined && !isLoopback(place.host)) {
      const message = `"plain" would send the password to ${quoted(broker)} in clear.`;
      throw configError(at('sasl'), message, 'Add "tls: true", or use scram-sha-512.');
    }
  }
  for (const topic of topics) {
    if (TOPIC.test(topic)) continue;
    const form = 'a topic of 1 to 249 characters of A-Z a-z 0-9 . _ -';
    throw configError(at('topics'), `Expected ${form}, got ${quoted(topic)}.`);
  }
  if (service !== '' && !isSubjectName(service)) {
    const form = 'a service of 1 to 128 characters of A-Z a-z 0-9 . _ @ : -';
    throw configError(at('service'), `Expected ${form}, got ${quoted(service)}.`);
  }
}
