import { open } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { WatchkeeperError } from '../../core/errors.ts';
import { createRedactor, type Redactor } from '../../security/redaction/redactor.ts';
import { DEFAULT_REDACTION, loadRedaction } from '../../security/redaction/rules.ts';
import { createCommand, printJsonLine, printLine, type CommonOptions } from '../command.ts';
import { configFolder } from '../config-files.ts';
import type { CliContext } from '../context.ts';

interface RedactOptions extends CommonOptions {
  readonly config?: string;
  readonly all?: boolean;
}

/** Stands in for the site's key, which this command does not read. */
const SAMPLE_KEY = new Uint8Array(32);
/** Longer lines are cut, so that a file without newlines is bounded too. */
const LONGEST_LINE = 64 * 1024;

/** `watchkeeper redact`. */
export function redactCommand(context: CliContext): Command {
  return createCommand('redact <file>', {
    about: 'Show what would be replaced in a text before it is stored',
    more:
      'Nothing needs to run and nothing is changed. Pseudonyms are made with a sample key: they are the\n' +
      "same for the same value, but not those of your site. '-' reads stdin.",
    examples: [
      ['redact app.log', 'lines that would change, as they would be stored'],
      ['redact app.log --json', 'one JSON line per replacement: line, kind, start, end'],
      ['journalctl | watchkeeper redact - --all', 'every line'],
    ],
  })
    .option('--config <folder>', 'folder with redaction.yaml')
    .option('--all', 'print the lines without findings too')
    .action((file: string, options: RedactOptions) => redact(context, file, options));
}

async function redact(context: CliContext, file: string, options: RedactOptions): Promise<void> {
  const redactor = openSample(configFolder(context.cwd, options.config));
  const counts = new Map<string, number>();
  let lineNumber = 0;
  for await (const line of linesOf(context, file)) {
    lineNumber += 1;
    const found = redactor.find(line);
    for (const { kind, start, end } of found) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      if (options.json === true) printJsonLine(context, { line: lineNumber, kind, start, end });
    }
    if (options.json === true) continue;
    if (found.length > 0) printLine(context, `${lineNumber}: ${redactor.text(line)}`);
    else if (options.all === true) printLine(context, `${lineNumber}: ${line}`);
  }
  const parts = [...counts].map(([kind, count]) => `${count} ${kind}`);
  const total = parts.length === 0 ? 'nothing to replace' : parts.join(', ');
  context.err.write(`${lineNumber} lines: ${total}\n`);
}

function openSample(folder: string): Redactor {
  const file = join(folder, 'redaction.yaml');
  const rules = existsSync(file)
    ? loadRedaction(readFileSync(file, 'utf8'), file)
    : DEFAULT_REDACTION;
  return createRedactor({ rules, secret: SAMPLE_KEY });
}

async function* linesOf(context: CliContext, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunksOf(context, file)) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = (parts.pop() ?? '').slice(0, LONGEST_LINE);
    for (const part of parts) yield withoutReturn(part.slice(0, LONGEST_LINE));
  }
  rest += decoder.decode();
  if (rest !== '') yield withoutReturn(rest);
}

async function* chunksOf({ cwd, stdin }: CliContext, file: string): AsyncGenerator<Uint8Array> {
  if (file === '-') return yield* stdin;
  const handle = await open(resolve(cwd, file)).catch((cause: unknown) => {
    throw new WatchkeeperError('USAGE', `Cannot read "${file}".`, { cause });
  });
  yield* handle.createReadStream() as AsyncIterable<Uint8Array>;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
