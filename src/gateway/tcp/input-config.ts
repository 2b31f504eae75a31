import { parseOptions, type OptionsOf } from '../../core/options.ts';
import { parseYaml } from '../../core/yaml-document.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  nodeText,
  quoted,
  refuseUnknownKeys,
  type YamlMap,
  type YamlPosition,
} from '../../core/yaml-node.ts';
import { isSubjectName } from '../../model/subject.ts';
import { FORMAT_READERS, type LineReaders } from '../../wire/parsers/config/line-readers.ts';
import { isLoopback } from '../tls/loopback.ts';
import { INPUT_LIMITS, TLS_OPTIONS, USER_OPTIONS, inputOptions } from './input-options.ts';
import { readNetwork } from './peer-policy.ts';

export type InputType = 'lines' | 'syslog' | 'syslog-udp' | 'forward' | 'lumberjack';

export type InputLimits = OptionsOf<typeof INPUT_LIMITS>;
export type InputTls = OptionsOf<typeof TLS_OPTIONS>;

/** One entry of `config/inputs.yaml`, checked; '' stands for what is not given. */
export interface InputConfig extends OptionsOf<ReturnType<typeof inputOptions>> {
  readonly name: string;
  readonly tls: InputTls | undefined;
  readonly users: readonly OptionsOf<typeof USER_OPTIONS>[];
  /** Name of a service by tag, or by the beginning of a tag with `*` behind it. */
  readonly tags: ReadonlyMap<string, string>;
  readonly limits: InputLimits;
}

const OTHER_KEYS = ['name', 'tls', 'users', 'tags', 'limits'];
const NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const MAX_INPUTS = 64;

/**
 * Reads `config/inputs.yaml` (`inputs:`, a list): the inputs that are enabled.
 * What can be reached from other machines must say who may send, and all but
 * UDP must be TLS. `readers` gives the names of parsers.
 * @throws CONFIG_INVALID with `file:line:column` and the likely spelling.
 */
export function loadInputs(
  text: string,
  fileName: string,
  readers: Pick<LineReaders, 'names'> = FORMAT_READERS,
): readonly InputConfig[] {
  const root = parseYaml(text, fileName);
  if (root.kind === 'scalar' && root.value === null) return [];
  const map = expectMap(root, 'the file');
  refuseUnknownKeys(map, ['inputs', 'files', 'kafka']);
  const node = map.entries.get('inputs')?.node;
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  const { items } = expectList(node, '"inputs"');
  if (items.length > MAX_INPUTS) {
    throw configError(node.at, `Expected at most ${MAX_INPUTS} inputs.`);
  }
  const known: Known = { options: inputOptions(readers.names), names: new Set() };
  const inputs = items.map((item) => readInput(expectMap(item, 'an input'), known));
  return inputs.filter(({ enabled }) => enabled);
}

interface Known {
  readonly options: ReturnType<typeof inputOptions>;
  /** Of the inputs before. */
  readonly names: Set<string>;
}

function readInput(map: YamlMap, { options: spec, names }: Known): InputConfig {
  const options = parseOptions(spec, map, OTHER_KEYS);
  const name = readName(map, options.type);
  if (names.has(name)) {
    const at = map.entries.get('name')?.node.at ?? map.at;
    throw configError(at, `There are two inputs named ${quoted(name)}.`, 'Give each a name.');
  }
  names.add(name);
  const input: InputConfig = {
    ...options,
    name,
    tls: readTls(map),
    users: readUsers(map),
    tags: readTags(map),
    limits: readLimits(map),
  };
  checkFit(map, input);
  checkReach(map, input);
  return input;
}

function readName(map: YamlMap, type: string): string {
  const node = map.entries.get('name')?.node;
  if (node === undefined) return type;
  const name = expectText(node, '"name"');
  if (NAME.test(name)) return name;
  const form = '1 to 32 characters of a-z 0-9 _ -, a letter first';
  throw configError(node.at, `Expected "name" to be ${form}, got ${nodeText(node)}.`);
}

function readTls(map: YamlMap): InputTls | undefined {
  const node = map.entries.get('tls')?.node;
  if (node === undefined) return undefined;
  if (node.kind === 'scalar' && node.value === false) return undefined;
  if (node.kind === 'scalar' && node.value === true) {
    return parseOptions(TLS_OPTIONS, { kind: 'map', at: node.at, entries: new Map() });
  }
  const tls = parseOptions(TLS_OPTIONS, expectMap(node, '"tls"'));
  if ((tls.certFile === '') !== (tls.keyFile === '')) {
    throw configError(node.at, 'Expected both "cert_file" and "key_file", or neither.');
  }
  return tls;
}

function readUsers(map: YamlMap): InputConfig['users'] {
  const node = map.entries.get('users')?.node;
  if (node === undefined) return [];
  return expectList(node, '"users"').items.map((item) =>
    parseOptions(USER_OPTIONS, expectMap(item, 'a user')),
  );
}

function readTags(map: YamlMap): ReadonlyMap<string, string> {
  const node = map.entries.get('tags')?.node;
  const tags = new Map<string, string>();
  if (node === undefined) return tags;
  for (const [tag, entry] of expectMap(node, '"tags"').entries) {
    const service = expectText(entry.node, 'the service of a tag');
    checkService(service, entry.node.at);
    tags.set(tag, service);
  }
  return tags;
}

function readLimits(map: YamlMap): InputLimits {
  const node = map.entries.get('limits')?.node;
  const none: YamlMap = { kind: 'map', at: map.at, entries: new Map() };
  return parseOptions(INPUT_LIMITS, node === undefined ? none : expectMap(node, '"limits"'));
}

/** Keys that an input of this type does not look at are mistakes. */
function checkFit(map: YamlMap, { type, service, allow }: InputConfig): void {
  for (const [key, types] of Object.entries(ONLY_FOR)) {
    const entry = map.entries.get(key);
    if (entry === undefined || types.includes(type)) continue;
    throw configError(entry.keyAt, `${quoted(key)} does not go with type ${quoted(type)}.`);
  }
  const at = (key: string): YamlPosition => map.entries.get(key)?.node.at ?? map.at;
  if (service !== '') checkService(service, at('service'));
  for (const network of allow) {
    if (readNetwork(network) !== undefined) continue;
    const form = 'an address or a network such as 10.0.0.0/8';
    throw configError(at('allow'), `Expected ${form}, got ${quoted(network)}.`);
  }
  if (map.entries.has('users') && !hasKey(map)) {
    throw configError(at('users'), 'Users need a "shared_key" or a "shared_key_file" too.');
  }
}

const ONLY_FOR: Readonly<Record<string, readonly InputType[]>> = {
  ack: ['lines'],
  token: ['lines'],
  shared_key: ['forward'],
  shared_key_file: ['forward'],
  users: ['forward'],
  tags: ['forward'],
  tls: ['lines', 'syslog', 'forward', 'lumberjack'],
};

function checkService(service: string, at: YamlPosition): void {
  if (isSubjectName(service)) return;
  const form = 'a service of 1 to 128 characters of A-Z a-z 0-9 . _ @ : -';
  throw configError(at, `Expected ${form}, got ${quoted(service)}.`);
}

function hasKey(map: YamlMap): boolean {
  return map.entries.has('shared_key') || map.entries.has('shared_key_file');
}

function checkReach(map: YamlMap, input: InputConfig): void {
  const { host, tls, type, allow, token } = input;
  if (isLoopback(host)) return;
  const at = map.entries.get('host')?.node.at ?? map.at;
  const isUdp = type === 'syslog-udp';
  if (tls === undefined && !isUdp) {
    throw configError(
      at,
      `Other machines reach ${quoted(host)}, so this input must use TLS.`,
      'Add "tls: true" for a certificate of the site\'s own authority, or listen on 127.0.0.1.',
    );
  }
  const isClosed =
    allow.length > 0 || token || hasKey(map) || tls?.clientCertificates === 'required';
  if (isClosed) return;
  const means = isUdp
    ? '"allow: [10.0.0.0/8]"'
    : '"allow: [10.0.0.0/8]", "client_certificates: required" under "tls", "token: true" (lines) or a "shared_key" (forward)';
  throw configError(
    at,
    `Other machines reach ${quoted(host)}, so this input must say who may send.`,
    `Add ${means}.`,
  );
}
