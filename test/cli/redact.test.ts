import assert from 'node:assert/strict';

import { describe } from '../support/suite.ts';
import { chunks, fakeTerminal, runIn } from './fake-terminal.ts';

const TEXT = 'started\nmail bob@exam';
const REST = 'ple.com password=hunter2\r\nlast 4111111111111111';

describe('redact', (it) => {
  it('shows the lines that would change, and counts by kind', async () => {
    const terminal = fakeTerminal({ stdin: chunks(TEXT, REST) });
    const { code, out, err } = await runIn(terminal, ['redact', '-']);
    assert.equal(code, 0);
    assert.match(
      out,
      /^2: mail email:[0-9a-f]{16} password=\[secret\]\n3: last card:[0-9a-f]{16}\n$/,
    );
    assert.equal(err, '3 lines: 1 email, 1 secret, 1 card\n');
  });

  it('says where, without the values, as JSON', async () => {
    const terminal = fakeTerminal({ stdin: chunks(TEXT, REST) });
    const { out } = await runIn(terminal, ['redact', '-', '--json']);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    assert.deepEqual(lines, [
      { line: 2, kind: 'email', start: 5, end: 20 },
      { line: 2, kind: 'secret', start: 30, end: 37 },
      { line: 3, kind: 'card', start: 5, end: 21 },
    ]);
  });

  it('prints every line when asked, and says when there is nothing', async () => {
    const { out, err } = await runIn(fakeTerminal({ stdin: chunks('a\nb\n') }), [
      'redact',
      '-',
      '--all',
    ]);
    assert.equal(out, '1: a\n2: b\n');
    assert.equal(err, '2 lines: nothing to replace\n');
    assert.equal((await runIn(fakeTerminal(), ['redact', '/nowhere/x.log'])).code, 2);
  });
});
