import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCsv } from '../../src/cli/templates/csv.ts';
import { describe } from '../support/suite.ts';
import { fakeTerminal, runIn } from './fake-terminal.ts';

const HEADER = 'LineId,Content,EventId,EventTemplate';
const ROWS = [
  '1,job 7 ended,E1,job <*> ended',
  '2,"said ""no"", twice",E2,"said ""no"", twice"',
  '3,job 8 ended,E1,job <*> ended',
  '4,the pump stopped,E3,the <*> stopped',
];

interface Answer {
  readonly sets: readonly Readonly<Record<string, unknown>>[];
  readonly mean: Readonly<Record<string, number>>;
}

describe('watchkeeper templates eval', (it) => {
  let folder = '';
  it.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'watchkeeper-templates-'));
  });
  it.afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = (set: string, file: string, lines: readonly string[]): void => {
    mkdirSync(join(folder, set), { recursive: true });
    writeFileSync(join(folder, set, file), `${lines.join('\r\n')}\r\n`);
  };

  it('judges each set under the folder, and their mean', async () => {
    write('Zeta', 'Zeta_2k.log_structured.csv', [HEADER, ...ROWS]);
    write('Alpha', 'Alpha_2k.log_structured.csv', [HEADER, ...ROWS.slice(0, 3)]);
    write('Empty', 'notes.txt', ['nothing']);
    const { code, out } = await runIn(fakeTerminal({ cwd: folder }), [
      'templates',
      'eval',
      '.',
      '--json',
    ]);
    assert.equal(code, 0);
    const { sets, mean } = JSON.parse(out) as Answer;
    assert.deepEqual(
      sets.map(({ set, lines, ga, fga, pa, groupsFound, groupsTrue }) => [
        ...[set, lines, ga, fga, pa],
        ...[groupsFound, groupsTrue],
      ]),
      [
        ['Alpha', 3, 1, 1, 1, 2, 2],
        ['Zeta', 4, 1, 1, 0.75, 3, 3],
      ],
    );
    assert.equal(mean['pa'], 0.875);
    assert.ok(sets.every(({ linesPerSecond }) => Number(linesPerSecond) > 0));
  });

  it('prefers the corrected labels, and takes a set by its own folder', async () => {
    write('One', 'One_2k.log_structured.csv', ['broken']);
    write('One', 'One_2k.log_structured_corrected.csv', [HEADER, ...ROWS]);
    const { code, out } = await runIn(fakeTerminal(), ['templates', 'eval', join(folder, 'One')]);
    assert.equal(code, 0);
    assert.match(out, /^set +GA +FGA +PA +FTA +groups found\/true +lines\/s\n/);
    assert.match(out, /^One +1\.0000 +1\.0000 +0\.7500 +/m);
    assert.match(out, /^mean +1\.0000/m);
  });

  it('says what is wrong', async () => {
    const failing = async (set: string): Promise<string> => {
      const { code, err } = await runIn(fakeTerminal({ cwd: folder }), ['templates', 'eval', set]);
      assert.equal(code, 1);
      return err;
    };
    write('Empty', 'notes.txt', ['nothing']);
    assert.match(await failing('Empty'), /no labelled log set under ".*Empty"[^]*_structured\.csv/);
    assert.match(await failing('missing'), /"[^"]*missing" cannot be read/);
    write('Bad', 'Bad_2k.log_structured.csv', ['LineId,Text', '1,a']);
    assert.match(await failing('Bad'), /has no column "Content"[^]*"LineId", "Text"/);
    write('Bad', 'Bad_2k.log_structured.csv', [HEADER]);
    assert.match(await failing('Bad'), /has no lines/);
    write('Bad', 'Bad_2k.log_structured.csv', ['']);
    assert.match(await failing('Bad'), /has no column "Content"/);
  });

  it('judges the other sets when one cannot be read, and says which one', async () => {
    write('bad', 'bad_2k.log_structured.csv', [HEADER]);
    write('good', 'good_2k.log_structured.csv', [HEADER, ...ROWS]);
    const terminal = fakeTerminal({ cwd: folder });
    const { code, out, err } = await runIn(terminal, ['templates', 'eval', '.', '--json']);
    assert.equal(code, 1);
    assert.match(err, /bad_2k\.log_structured\.csv\\*" has no lines/);
    const { sets } = JSON.parse(out) as Answer;
    assert.deepEqual(
      sets.map(({ set }) => set),
      ['good'],
    );
  });

  it('takes other ways to write such a file: a mark of its encoding, other columns, delimiters and cases', async () => {
    const rows = ROWS.map((row) => `a\t${row.replace(/,(?! twice)/g, '\t')}`);
    const header = '\uFEFFLevel\tlineid\tcontent\tEventId\tEventtemplate';
    write('tabs', 'tabs_2k.LOG_structured.CSV', [header, ...rows]);
    const plain = ROWS.map((row) => row.replace(/,(?! twice)/g, ';'));
    write('semicolons', 'semicolons_2k.log_structured.csv', [
      HEADER.replaceAll(',', ';'),
      ...plain,
    ]);
    const terminal = fakeTerminal({ cwd: folder });
    const { code, out } = await runIn(terminal, ['templates', 'eval', '.', '--json']);
    assert.equal(code, 0);
    assert.deepEqual(
      (JSON.parse(out) as Answer).sets.map(({ set, lines, ga }) => [set, lines, ga]),
      [
        ['semicolons', 4, 1],
        ['tabs', 4, 1],
      ],
    );
  });
});

describe('parseCsv', (it) => {
  it('reads quoted commas, quotes and line ends', () => {
    assert.deepEqual(parseCsv('\uFEFFa,"b,\n""c"""\r\n,\n"x"y,'), [
      ['a', 'b,\n"c"'],
      ['', ''],
      ['xy', ''],
    ]);
    assert.deepEqual(parseCsv(''), []);
    assert.deepEqual(parseCsv('a,"never closed'), [['a', 'never closed']]);
  });
});
