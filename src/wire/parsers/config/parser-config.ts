import { spellingHint } from '../../../core/edit-distance.ts';
import { isWatchkeeperError } from '../../../core/errors.ts';
import { option, parseOptions } from '../../../core/options.ts';
import { parseYaml } from '../../../core/yaml-document.ts';
import {
  configError,
  expectList,
  expectMap,
  expectText,
  quoted,
  refuseUnknownKeys,
  type YamlMap,
  type YamlNode,
} from '../../../core/yaml-node.ts';
import { applySteps } from '../filters/filter-steps.ts';
import { loadFilters } from '../filters/load-filters.ts';
import { createGrokParser } from '../grok/grok-parser.ts';
import { compileGrok, type GrokPattern } from '../grok/grok.ts';
import { StopCount } from '../grok/stop-count.ts';
import { MAX_LINE_LENGTH, type LineParser } from '../line-parser.ts';
import { AUTO_PARSERS, LINE_PARSERS, findLineParser } from '../registry.ts';
import {
  createSourceParser,
  type SourceParser,
  type SourceParserOptions,
} from '../source/source-parser.ts';

/** How one source is read. */
export interface SourceSpec {
  readonly name: string;
  readonly options: Omit<SourceParserOptions, 'inheritsTime'>;
  /** Whether lines that continue the one before are joined to it (`createLineJoiner`). */
  readonly joinsLines: boolean;
}

/** Where a match was stopped: by a parser of one's own, or in the filters of a source. */
export type CutOffStage = 'parser' | 'filter';

export interface ParserConfigOptions {
  /** Told of each match that was stopped because it took too long, with the name of the parser or source. */
  readonly onCutOff?: (name: string, stage: CutOffStage) => void;
}

type StopCounts = (name: string, stage: CutOffStage) => StopCount;

/** What `config/parsers.yaml` says. */
export interface ParserConfig {
  readonly sources: ReadonlyMap<string, SourceSpec>;
  /** Parsers of the file's own patterns. */
  readonly grokParsers: readonly LineParser[];
  /** How a source is read: under its own name, else as `default`. */
  source(name: string): SourceSpec;
  /** A parser for one stream of lines of that source. */
  createSource(name: string, hints?: Pick<SourceParserOptions, 'inheritsTime'>): SourceParser;
  /** Matches of its patterns, in parsers and filters, that were stopped because they took too long. */
  cutOff(): number;
}

const SOURCE_OPTIONS = {
  service: option.text({ doc: 'Service of every record.', default: '', maxLength: 128 }),
  defaultService: option.text({
    doc: 'Service of lines that name none.',
    default: '',
    maxLength: 128,
  }),
  year: option.integer({
    doc: 'Year of lines that name none; 0 takes the one of receipt.',
    default: 0,
    min: 0,
    max: 9999,
  }),
  zoneMinutes: option.integer({
    doc: 'Minutes that local times are ahead of UTC.',
    default: 0,
    min: -1439,
    max: 1439,
  }),
  maxLine: option.integer({
    doc: 'Characters of a line that are read.',
    default: MAX_LINE_LENGTH,
    min: 80,
    max: MAX_LINE_LENGTH,
  }),
  joinLines: option.boolean({
    doc: 'Whether lines of stack traces are joined to the line before.',
    default: false,
  }),
} as const;
const SOURCE_KEYS = ['parsers', 'filters'];
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/**
 * Reads `config/parsers.yaml`: own patterns, own parsers, and for each source
 * its parsers and filters. `tests` is left to {@link runParserTests}.
 * @throws CONFIG_INVALID with `file:line:column` and the likely spelling
 */
export function loadParserConfig(
  text: string,
  fileName: string,
  { onCutOff = () => undefined }: ParserConfigOptions = {},
): ParserConfig {
  const root = expectMap(parseYaml(text, fileName), 'the file');
  refuseUnknownKeys(root, ['patterns', 'parsers', 'sources', 'tests']);
  const compile = patternCompiler(root);
  const stopCount: StopCounts = (name, stage) =>
    new StopCount(() => {
      onCutOff(name, stage);
    });
  const grokParsers = loadGrokParsers(root, { compile, stopCount });
  const known = { grokParsers, compile, stopCount };
  const sources = new Map<string, SourceSpec>();
  for (const [name, { node }] of entriesOf(root, 'sources')) {
    sources.set(name, loadSource(name, expectMap(node, quoted(name)), known));
  }
  const otherwise = sources.get('default') ?? AUTO_SOURCE;
  const source = (name: string): SourceSpec => sources.get(name) ?? otherwise;
  return {
    sources,
    grokParsers,
    source,
    createSource: (name, hints = {}) => createSourceParser({ ...source(name).options, ...hints }),
    cutOff: () =>
      sumOf(grokParsers) +
      sumOf([...sources.values()].map(({ options }) => ({ counters: options.filterCounters }))),
  };
}

function sumOf(
  counted: readonly { readonly counters?: { readonly cutOff: number } | undefined }[],
): number {
  return counted.reduce((sum, { counters }) => sum + (counters?.cutOff ?? 0), 0);
}

const AUTO_SOURCE: SourceSpec = {
  name: 'default',
  options: { parsers: AUTO_PARSERS, mode: 'auto' },
  joinsLines: false,
};

function entriesOf(root: YamlMap, key: string): YamlMap['entries'] {
  const node = root.entries.get(key)?.node;
  return node === undefined ? new Map() : expectMap(node, quoted(key)).entries;
}

/** Compiles patterns with the file's own ones; each of those is compiled once, so that a mistake is found where it stands. */
function patternCompiler(root: YamlMap): (node: YamlNode) => GrokPattern {
  const entries = [...entriesOf(root, 'patterns')];
  const custom = new Map(entries.map(([name, { node }]) => [name, expectText(node, quoted(name))]));
  const compile = (node: YamlNode): GrokPattern => {
    try {
      return compileGrok(expectText(node, 'a pattern'), custom);
    } catch (error) {
      if (!isWatchkeeperError(error, 'CONFIG_INVALID')) throw error;
      if (error.message.startsWith(node.at.file)) throw error;
      throw configError(node.at, error.message, error.fix);
    }
  };
  for (const [name, { keyAt, node }] of entries) {
    if (!/^\w{1,64}$/.test(name))
      throw configError(keyAt, 'Names of patterns are of A-Z a-z 0-9 _.');
    compile(node);
  }
  return compile;
}

function loadGrokParsers(
  root: YamlMap,
  { compile, stopCount }: Omit<Known, 'grokParsers'>,
): readonly LineParser[] {
  return [...entriesOf(root, 'parsers')].map(([id, { keyAt, node }]) => {
    if (!ID.test(id) || id === 'auto' || findLineParser(id) !== undefined) {
      throw configError(keyAt, `The name ${quoted(id)} is taken, or not of a-z 0-9 and -.`);
    }
    const map = expectMap(node, quoted(id));
    refuseUnknownKeys(map, ['match', 'service']);
    const match = map.entries.get('match')?.node;
    if (match === undefined) throw configError(map.at, 'The key "match" is missing here.');
    const patterns = (match.kind === 'list' ? match.items : [match]).map(compile);
    const service = map.entries.get('service')?.node;
    const named = service === undefined ? {} : { service: expectText(service, '"service"') };
    return createGrokParser({ id, patterns, stopped: stopCount(id, 'parser'), ...named });
  });
}

interface Known {
  readonly grokParsers: readonly LineParser[];
  readonly compile: (node: YamlNode) => GrokPattern;
  readonly stopCount: StopCounts;
}

function loadSource(name: string, map: YamlMap, known: Known): SourceSpec {
  const values = parseOptions(SOURCE_OPTIONS, map, SOURCE_KEYS);
  const filters = map.entries.get('filters')?.node;
  const { compile } = known;
  const stopped = known.stopCount(name, 'filter');
  const steps = filters === undefined ? [] : loadFilters(filters, { compile, stopped });
  return {
    name,
    joinsLines: values.joinLines,
    options: {
      ...chosenParsers(map.entries.get('parsers')?.node, known.grokParsers),
      maxLineLength: values.maxLine,
      hints: {
        zoneMinutes: values.zoneMinutes,
        ...(values.year === 0 ? {} : { year: values.year }),
        ...(values.service === '' ? {} : { service: values.service }),
        ...(values.defaultService === '' ? {} : { defaultService: values.defaultService }),
      },
      ...(steps.length === 0
        ? {}
        : { filter: (record) => applySteps(record, steps), filterCounters: stopped }),
    },
  };
}

/** `auto` anywhere in the list: the others before it go first, and the format is found out after them. */
function chosenParsers(
  node: YamlNode | undefined,
  own: readonly LineParser[],
): Pick<SourceParserOptions, 'parsers' | 'mode'> {
  if (node === undefined) return { parsers: [...own, ...AUTO_PARSERS], mode: 'auto' };
  const items = node.kind === 'list' ? expectList(node, '"parsers"').items : [node];
  const names = items.map((item) => expectText(item, 'a parser').toLowerCase());
  const parsers = items.flatMap((item, index) => {
    const name = names[index] ?? '';
    if (name === 'auto') return AUTO_PARSERS;
    const found = own.find(({ id }) => id === name) ?? findLineParser(name);
    if (found !== undefined) return [found];
    const all = ['auto', ...own.map(({ id }) => id), ...LINE_PARSERS.map(({ id }) => id)];
    throw configError(item.at, `There is no parser ${quoted(name)}. ${spellingHint(name, all)}`);
  });
  if (parsers.length === 0) throw configError(node.at, 'Expected at least one parser.');
  return { parsers: [...new Set(parsers)], mode: names.includes('auto') ? 'auto' : 'chain' };
}
