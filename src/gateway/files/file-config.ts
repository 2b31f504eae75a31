import { option, parseOptions, type OptionsOf } from '../../core/options.ts';
import { parseYaml } from '../../core/yaml-document.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  nodeText,
  type YamlMap,
} from '../../core/yaml-node.ts';
import { isSubjectName } from '../../model/subject.ts';
import { FORMAT_READERS, type LineReaders } from '../../wire/parsers/config/line-readers.ts';

const fileOptions = (names: readonly string[]) => ({
  paths: option.list({
    doc: 'Files to follow; * and ? stand for any characters of one name.',
    of: option.text({ doc: 'A path.', maxLength: 1024 }),
    maxItems: 256,
  }),
  enabled: option.boolean({ doc: 'Whether they are followed.', default: true }),
  startAt: option.oneOf({
    doc: 'Where to begin in files that are there at the first start; later ones are read whole.',
    values: ['end', 'beginning'],
    default: 'end',
  }),
  parser: option.oneOf({
    doc: 'Who reads the lines; none keeps them as they are.',
    values: names,
    default: 'auto',
  }),
  service: option.text({ doc: 'Service of all records.', default: '', maxLength: 128 }),
  multiline: option.boolean({
    doc: 'Whether indented lines, such as stack traces, belong to the line before.',
    default: false,
  }),
  poll: option.duration({
    doc: 'How often to look where the system tells of no change.',
    default: '1s',
    min: '100ms',
  }),
  quiet: option.duration({
    doc: 'How long to keep a file open that lost its name, and a record that may go on.',
    default: '5s',
    min: '100ms',
  }),
  files: option.integer({ doc: 'Files open at one time.', default: 1024, min: 1, max: 65_536 }),
});

/** One entry of `files:` in `config/inputs.yaml`; '' stands for what is not given. */
export interface FileInputConfig extends OptionsOf<ReturnType<typeof fileOptions>> {
  readonly name: string;
}

const NAME = /^[a-z][a-z0-9_-]{0,31}$/;

/** Reads `files:` of `config/inputs.yaml`: the entries that are enabled. @throws CONFIG_INVALID */
export function loadFileInputs(
  text: string,
  fileName: string,
  readers: Pick<LineReaders, 'names'> = FORMAT_READERS,
): readonly FileInputConfig[] {
  const root = parseYaml(text, fileName);
  if (root.kind !== 'map') return [];
  const node = root.entries.get('files')?.node;
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  const names = new Set<string>();
  const spec = fileOptions(readers.names);
  const entries = expectList(node, '"files"').items.map((item, index) => {
    const map = expectMap(item, 'an entry of files');
    const entry = readEntry(map, parseOptions(spec, map, ['name']), index);
    if (names.has(entry.name)) throw configError(item.at, `There are two named "${entry.name}".`);
    names.add(entry.name);
    return entry;
  });
  return entries.filter(({ enabled }) => enabled);
}

function readEntry(
  map: YamlMap,
  options: Omit<FileInputConfig, 'name'>,
  index: number,
): FileInputConfig {
  const named = map.entries.get('name')?.node;
  const name = named === undefined ? `files-${index + 1}` : expectText(named, '"name"');
  if (!NAME.test(name)) {
    const form = '1 to 32 characters of a-z 0-9 _ -, a letter first';
    throw configError(map.at, `Expected "name" to be ${form}.`);
  }
  const service = map.entries.get('service')?.node;
  if (service !== undefined && options.service !== '' && !isSubjectName(options.service)) {
    throw configError(service.at, `Expected the name of a service, got ${nodeText(service)}.`);
  }
  return { ...options, name };
}
