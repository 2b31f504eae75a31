import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { fakeTerminal } from '../cli/fake-terminal.ts';
import { describe } from '../support/suite.ts';
import { codeSpans, documents, readDocument, shellLines } from './documents.ts';

/** The launcher runs `test` itself, before there is a program. */
const LAUNCHER = new Map([
  ['test', ['--no-check', '--no-provision', '--jobs', '--deadline', '--coverage']],
]);
/** Options behind these belong to what they start. */
const PASSING_ON = new Set(['bench']);

interface Mention {
  readonly where: string;
  readonly words: readonly string[];
}

/** Every `watchkeeper …` in the code of the documents, cut where the shell's part begins. */
function mentions(): readonly Mention[] {
  return documents().flatMap(({ path, text }) =>
    [...codeSpans(text), ...shellLines(text)].flatMap((code) => {
      const match = /^(?:\.\/|node )?watchkeeper ([^#|&;>]+)/.exec(code.trim());
      const line = match?.[1]?.trim();
      if (line === undefined || line === '' || /^[<…]/.test(line)) return [];
      return [{ where: `${path}: ${code.trim()}`, words: line.split(/\s+/) }];
    }),
  );
}

/** What is wrong with the words of a command line; `undefined` when nothing is. */
function fault(program: Command, words: readonly string[]): string | undefined {
  const [first = ''] = words;
  const own = LAUNCHER.get(first);
  let command = program;
  let depth = 0;
  for (; own === undefined && command.commands.length > 0; depth += 1) {
    const word = words[depth];
    if (word === undefined || word.startsWith('-') || word.startsWith('…')) break;
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) return `there is no command "${words.slice(0, depth + 1).join(' ')}"`;
    command = next;
  }
  if (PASSING_ON.has(first)) return undefined;
  const known = own ?? [...command.options.map(({ long }) => long), '--help', '--version'];
  const unknown = words.slice(depth).find((word) => {
    const flag = /^--[a-z-]+/.exec(word)?.[0];
    return flag !== undefined && !known.includes(flag);
  });
  return unknown === undefined ? undefined : `"${first}" has no option ${unknown}`;
}

describe('commands in the documents', (it) => {
  it('exist, with the options that are named', () => {
    const program = createProgram(fakeTerminal());
    const wrong = mentions().flatMap(({ where, words }) => {
      const found = fault(program, words);
      return found === undefined ? [] : [`${where}\n  ${found}`];
    });
    assert.deepEqual(wrong, []);
  });

  it('are looked for where they stand, and found wrong when they are', () => {
    const program = createProgram(fakeTerminal());
    assert.ok(mentions().length > 40, `${mentions().length} mentions`);
    assert.match(fault(program, ['dmeo']) ?? '', /no command "dmeo"/);
    assert.match(fault(program, ['alerts', 'lits']) ?? '', /no command "alerts lits"/);
    assert.match(fault(program, ['demo', '--prot', '0']) ?? '', /no option --prot/);
    assert.equal(fault(program, ['alerts', 'ack', '3f2a', '--note', 'x']), undefined);
  });

  for (const path of ['README.md', 'docs/cli.md']) {
    it(`are all in the table of ${path}`, () => {
      const text = readDocument(path);
      for (const { commands } of [createProgram(fakeTerminal())]) {
        for (const command of commands) {
          assert.match(text, new RegExp(`^\\| \`(?:\\./watchkeeper )?${command.name()}\\b`, 'm'));
        }
      }
    });
  }
});
