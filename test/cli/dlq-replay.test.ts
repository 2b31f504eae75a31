import assert from 'node:assert/strict';
import { Command } from 'commander';
import { configCommand } from '../../src/cli/commands/config.ts';
import { dlqCommand } from '../../src/cli/commands/dlq.ts';
import { isWatchkeeperError } from '../../src/core/errors.ts';
import { ExitWith } from '../../src/cli/exit.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { systemClock } from '../../src/core/clock.ts';
import picocolors from 'picocolors';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';
import { describe } from '../support/suite.ts';

/** Runs one command and gives what it wrote and how it ended. */
async function run(site: E2eSite, ...args: readonly string[]) {
  let out = '';
  const write = (text: string) => (out += text);
  const context: CliContext = {
    env: {},
    cwd: site.folder,
    home: '/nowhere',
    clock: systemClock,
    out: { write },
    err: { write: () => undefined },
    stdin: (async function* () {})(),
    colors: picocolors.createColors(false),
    onStop: () => () => undefined,
  };
  const program = new Command().enablePositionalOptions();
  const [dlq, config] = [dlqCommand(context), configCommand(context)];
  for (const each of [dlq, config]) each.enablePositionalOptions();
  program.addCommand(dlq).addCommand(config);
  const place = ['--url', site.handle.url, '--token', site.token];
  try {
    await program.parseAsync([...args, ...place], { from: 'user' });
    return { out, end: 'ok' };
  } catch (error) {
    if (error instanceof ExitWith) return { out, end: 'exit' };
    if (isWatchkeeperError(error)) return { out, end: error.code };
    throw error;
  }
}

describe('dlq replay and config drift', (it) => {
  it('say per letter what became of it, and what drifted', async () => {
    const site = await E2eSite.start({ withNats: false });
    try {
      assert.match((await run(site, 'config', 'drift')).out, /No record differed/);
      await site.logs([line(), { ...line(), level: 'LOUD' }, { ...line(), shade: 1 }]);
      await site.handle.engine.archivist.flushed();
      const shown = await run(site, 'dlq', 'replay', '--all');
      assert.equal(shown.end, 'exit');
      assert.match(shown.out, /still invalid +http\S+ +\/level Expected a level/);
      assert.match(shown.out, /0 accepted \(0 records\), 1 still invalid/);
      const json = await run(site, 'dlq', 'replay', '--reason', '/LEVEL', '--json');
      const [first, summary] = json.out
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each) as object);
      assert.deepEqual(
        { ...first, id: '' },
        {
          id: '',
          records: 0,
          outcome: 'invalid',
          pointer: '/level',
          reason: 'Expected a level such as DEBUG, INFO, WARNING, ERROR or CRITICAL.',
        },
      );
      assert.deepEqual(summary, {
        type: 'summary',
        accepted: 0,
        invalid: 1,
        already: 0,
        refused: 0,
        records: 0,
        looked: 1,
      });
      assert.match((await run(site, 'dlq', 'replay', '--reason', 'nothing')).out, /^0 accepted/m);
      assert.equal((await run(site, 'dlq', 'replay')).end, 'USAGE');
      assert.equal((await run(site, 'dlq', 'replay', 'x', '--all')).end, 'USAGE');
      assert.equal((await run(site, 'dlq', 'replay', 'none')).end, 'NOT_FOUND');
      assert.match((await run(site, 'config', 'drift')).out, /shade +unknown +1 /);
    } finally {
      await site.close();
    }
  });
});
