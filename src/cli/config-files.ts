import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { loadAlertRoutes } from '../alerts/alert-routes.ts';
import { WatchkeeperError } from '../core/errors.ts';
import { projectRoot } from '../core/root.ts';
import { loadRedaction } from '../security/redaction/rules.ts';
import { runConfigTests } from '../streams/config-tests.ts';
import { compileDetectors } from '../streams/detector-set.ts';
import { createLineReaders } from '../wire/parsers/config/line-readers.ts';
import { loadParserConfig } from '../wire/parsers/config/parser-config.ts';
import { runParserTests } from '../wire/parsers/config/parser-tests.ts';
import { loadKafkaInputs } from '../gateway/kafka/kafka-config.ts';
import { loadFileInputs } from '../gateway/files/file-config.ts';
import { loadInputs } from '../gateway/tcp/input-config.ts';
import { enrichmentSummary } from './enrichment-check.ts';
import { loadLogSchema } from '../wire/records/schema.ts';
import { runSchemaTests } from '../wire/records/schema-tests.ts';

/** One configuration file that was read and understood. */
interface CheckedFile {
  readonly file: string;
  /** What it defines, for people. */
  readonly summary: string;
  readonly text: string;
}

/** One file, or why it cannot be used. */
export type FileCheck =
  | ({ readonly ok: true } & CheckedFile)
  | { readonly ok: false; readonly file: string; readonly error: unknown };

export function configFolder(cwd: string, folder: string | undefined): string {
  return folder === undefined ? join(projectRoot(), 'config') : resolve(cwd, folder);
}

const FILES: readonly (readonly [name: string, check: (text: string, file: string) => string])[] = [
  ['log_schema.yaml', checkSchema],
  ['anomaly_schema.yaml', checkDetectors],
  ['parsers.yaml', checkParsers],
  ['inputs.yaml', checkInputs],
  ['redaction.yaml', checkRedaction],
  ['enrichment.yaml', enrichmentSummary],
  ['routes.yaml', checkRoutes],
];
/** Files that a configuration may do without. */
const OPTIONAL: readonly string[] = [
  'parsers.yaml',
  'inputs.yaml',
  'redaction.yaml',
  'enrichment.yaml',
  'routes.yaml',
];

/** Reads and validates every configuration file; one that fails does not hide the others. */
export function checkConfig(folder: string): readonly FileCheck[] {
  const files = FILES.filter(
    ([name]) => !OPTIONAL.includes(name) || existsSync(join(folder, name)),
  );
  return files.map(([name, check]) => {
    const file = join(folder, name);
    try {
      const text = readConfig(file);
      return { ok: true, file, summary: check(text, file), text };
    } catch (error) {
      return { ok: false, file, error };
    }
  });
}

function checkRedaction(text: string, file: string): string {
  const { actions, secretNames } = loadRedaction(text, file);
  const kinds = Object.entries(actions).filter(([, action]) => action !== 'keep');
  const names = secretNames.length === 0 ? '' : `, ${secretNames.length} more names`;
  return `redacts ${kinds.map(([kind]) => kind).join(', ')}${names}`;
}

function checkRoutes(text: string, file: string): string {
  const routes = [...loadAlertRoutes(text, file)];
  const parts = routes.map(([channel, { where }]) => `${channel}: ${where}`);
  return routes.length === 0 ? 'every channel takes all alerts' : parts.join('; ');
}

/** Compiles the schema and runs the tests that the file holds. */
function checkSchema(text: string, file: string): string {
  const schema = loadLogSchema(text, file);
  const results = runSchemaTests(schema);
  const wrong = results.find(({ passed }) => !passed);
  if (wrong !== undefined) {
    throw new WatchkeeperError(
      'CONFIG_INVALID',
      `${wrong.place}: the test "${wrong.name}" fails: ${wrong.reason}`,
      { fix: 'Change the schema, or what the test expects.' },
    );
  }
  const own = schema.own.size === 0 ? '' : ` and ${schema.own.size} of your own`;
  return `${schema.rules.length} fields of a log record${own}, ${results.length} tests passed`;
}

function checkInputs(text: string, file: string): string {
  const parsers = join(dirname(file), 'parsers.yaml');
  const known = existsSync(parsers) ? loadParserConfig(readConfig(parsers), parsers) : undefined;
  const readers = createLineReaders(known);
  const inputs = loadInputs(text, file, readers);
  const followed = loadFileInputs(text, file, readers);
  const topics = loadKafkaInputs(text, file, readers);
  const all = [...inputs, ...followed, ...topics];
  const names = all.map(({ name }) => name).join(', ');
  const count = all.length;
  return count === 0 ? 'no inputs enabled' : `${count} inputs (${names})`;
}

/** Compiles the detectors and runs the tests that the file holds. */
function checkDetectors(text: string, file: string): string {
  const set = compileDetectors(text, file);
  const results = runConfigTests(set);
  const wrong = results.find(({ passed }) => !passed);
  if (wrong !== undefined) {
    throw new WatchkeeperError(
      'CONFIG_INVALID',
      `${wrong.place}: the test "${wrong.name}" fails: ${wrong.reason}`,
      {
        fix: 'Change the detector, or what the test expects.',
      },
    );
  }
  const ids = set.detectors.map(({ id }) => id).join(', ');
  return `${set.detectors.length} detectors (${ids}), ${results.length} tests passed`;
}

/** Compiles the patterns and filters and runs the tests that the file holds. */
function checkParsers(text: string, file: string): string {
  const config = loadParserConfig(text, file);
  const tests = runParserTests(text, file, config);
  const stopped = config.cutOff();
  const note = stopped === 0 ? '' : `, ${stopped} matches stopped because they took too long`;
  return `${config.sources.size} sources (${[...config.sources.keys()].join(', ')}), ${tests} tests passed${note}`;
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new WatchkeeperError('CONFIG_MISSING', `Cannot read "${file}".`, {
      cause,
      fix: 'Give the folder that holds log_schema.yaml and anomaly_schema.yaml with --config.',
    });
  }
}
