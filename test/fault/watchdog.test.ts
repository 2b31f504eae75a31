import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/root.ts';
import { restarting } from '../../scripts/supervise.mjs';
import { buildFaultSite } from '../support/fault/build-site.ts';
import { SiteRun } from '../support/fault/site.ts';
import type { FaultSiteConfig } from '../support/fault/site-config.ts';
import { describe } from '../support/suite.ts';

const TOKEN = `wk_fault_${'A'.repeat(43)}`;
const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };

/** A detector that never returns from one record. */
const LOOPS = {
  file: 'streams/burst.ts',
  find: 'const record = records[index] as LogRecord;',
  replace: "const record = records[index] as LogRecord; while (record.message === 'loop');",
};

function configOf(folder: string): FaultSiteConfig {
  return {
    dataFolder: join(folder, 'data'),
    configFolder: join(projectRoot(), 'config'),
    port: 0,
    token: TOKEN,
    sink: { file: join(folder, 'sink.jsonl'), replyLoss: 0, refusal: 0, slowMs: 0, seed: 1 },
    snapshotEveryMs: 300,
    watchdogMs: 1000,
  };
}

async function post(url: string, messages: readonly string[]): Promise<number> {
  const records = messages.map((message) => ({
    timestamp: Date.now(),
    level: 'ERROR',
    service: 'payment',
    message,
  }));
  const answer = await fetch(`${url}/v1/logs`, {
    method: 'POST',
    headers,
    body: JSON.stringify(records),
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function read(url: string, path: string): Promise<Record<string, never[]>> {
  const answer = await fetch(url + path, { headers });
  assert.equal(answer.status, 200, path);
  return (await answer.json()) as Record<string, never[]>;
}

describe('A detector that never returns', (it) => {
  it(
    'is ended by the watchdog, and its record is set aside when the site starts again',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wk-watchdog-'));
      const program = await buildFaultSite('watchdog', [LOOPS]);
      const exits: (string | number | null)[] = [];
      const start = async (): Promise<{ site: SiteRun; url: string } | undefined> => {
        const site = new SiteRun(program, configOf(folder));
        const ready = await site.ready.catch(() => undefined);
        if (ready !== undefined) return { site, url: ready.url };
        const { code, signal } = await site.exited;
        exits.push(signal ?? code);
        return undefined;
      };
      const first = await start();
      assert.ok(first !== undefined);
      assert.equal(await post(first.url, ['fine', 'loop', 'fine']), 200);
      exits.push((await first.site.exited).signal);
      let next = await start();
      for (let count = 0; next === undefined && count < 4; count += 1) next = await start();
      assert.ok(next !== undefined, `the site must start again; it ended with ${exits.join()}`);
      try {
        assert.deepEqual(new Set(exits), new Set(['SIGUSR2']));
        assert.equal(await post(next.url, Array<string>(99).fill('fine')), 200);
        const { subjects } = await untilFolded(next.url, 102);
        assert.deepEqual(subjects, { records: 102, errors: 102 });
        const { alerts } = await read(next.url, '/v1/alerts');
        assert.deepEqual(
          (alerts ?? []).map(({ type, summary }: { type: string; summary: string }) => [
            type,
            summary,
          ]),
          [['error_spike', '101 errors in 5 minutes']],
        );
        const { letters } = await read(next.url, '/v1/dlq');
        assert.deepEqual(
          (letters ?? []).map(({ stage, reason }: { stage: string; reason: string }) => [
            stage,
            reason,
          ]),
          [
            ['database_connection_failure', 'the detector did not return'],
            ['error_spike', 'the detector did not return'],
          ].slice(1),
        );
      } finally {
        await next.site.kill();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { deadlineMs: 60_000 },
  );

  it('makes the launcher start the site again, as it does after exit code 88', async () => {
    const codes = [128 + constants.signals.SIGUSR2, 88, 3];
    const lines: string[] = [];
    const code = await restarting({
      start: () => Promise.resolve(codes.shift() ?? 0),
      log: (line) => lines.push(line),
      now: () => 0,
    });
    assert.equal(code, 3);
    assert.equal(lines.length, 2);
  });
});

async function untilFolded(url: string, records: number) {
  for (;;) {
    const subject = await read(url, '/v1/subjects/service/payment');
    const { records: have, errors } = subject as unknown as { records: number; errors: number };
    if (have >= records) return { subjects: { records: have, errors } };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
