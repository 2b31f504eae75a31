import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SiteClient } from '../../../src/cli/http/site-client.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { freePort } from '../../support/nats-server.ts';
import { describe } from '../../support/suite.ts';
import { entry, packedMode } from '../../wire/inputs/forward/messages.ts';
import {
  ack,
  compressedFrame,
  jsonFrame,
  windowFrame,
} from '../../wire/inputs/lumberjack/frames.ts';
import { NetClient } from './net-client.ts';

const TOKEN = `wk_0123456789_${'a'.repeat(43)}`;
const EVENTS = 100;
/** The process is killed when so many windows of both streams together are acked. */
const KILLS_AT = [8, 20, 30];
const WINDOWS_AT_LEAST = 40;

interface Protocol {
  readonly service: string;
  readonly port: number;
  window(number: number): Buffer;
  isAcked(received: Buffer, number: number): boolean;
}

function lumberjack(port: number): Protocol {
  return {
    service: 'beat',
    port,
    window: (number) => {
      const events = Array.from({ length: EVENTS }, (_, index) =>
        jsonFrame(index + 1, { message: `${number}.${index}`, service: { name: 'beat' } }),
      );
      return Buffer.concat([windowFrame(EVENTS), compressedFrame(events)]);
    },
    isAcked: (received) => received.includes(Buffer.from(ack(EVENTS), 'latin1')),
  };
}

function forward(port: number): Protocol {
  return {
    service: 'fluent',
    port,
    window: (number) => {
      const entries = Array.from({ length: EVENTS }, (_, index) =>
        entry(Date.now(), { log: `${number}.${index}` }),
      );
      return packedMode('fluent', entries, { chunk: `c${number}.` });
    },
    isAcked: (received, number) => received.includes(Buffer.from(`c${number}.`)),
  };
}

/** Sends one window after the other, and each again until it is acked. */
class Sender {
  readonly acked: number[] = [];
  /** Windows that were sent more than once. */
  readonly repeated = new Set<number>();
  readonly #protocol: Protocol;
  isStopped = false;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
  }

  async run(onAck: () => void): Promise<void> {
    for (let number = 0; !this.isStopped; number += 1) {
      while (!(await this.#send(number))) {
        this.repeated.add(number);
        await delay(20);
      }
      this.acked.push(number);
      onAck();
    }
  }

  async #send(number: number): Promise<boolean> {
    const { port, window, isAcked } = this.#protocol;
    try {
      const client = await NetClient.connect(port);
      client.send(window(number));
      await client.until((received) => isAcked(received, number));
      client.close();
      return true;
    } catch {
      return false;
    }
  }
}

async function startProcess(options: object): Promise<{ child: ChildProcess; url: string }> {
  const program = join(projectRoot(), 'test/support/e2e/input-process.ts');
  const args = ['--import', 'tsx', '--no-warnings', program, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (piece: Buffer) => {
      text += piece.toString();
      if (text.includes('\n')) resolve((JSON.parse(text) as { url: string }).url);
    });
    child.once('exit', () => reject(new Error('The site did not start.')));
  });
  return { child, url };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exit;
}

async function storedMessages(url: string, service: string): Promise<Map<string, number>> {
  const client = new SiteClient({ url, token: TOKEN });
  const counts = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ service, from: '0', to: String(2 ** 45), limit: '1000' });
    if (cursor !== undefined) query.set('cursor', cursor);
    const page = await client.get<{ records: { message: string }[]; cursor?: string }>(
      `/v1/records/query?${query.toString()}`,
    );
    for (const { message } of page.records) counts.set(message, (counts.get(message) ?? 0) + 1);
    cursor = page.cursor;
  } while (cursor !== undefined);
  client.close();
  return counts;
}

describe('acked streams under kill -9', (it) => {
  it(
    'every record of a confirmed window is stored; only repeated windows are there twice',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wk-kill-'));
      const configFolder = join(folder, 'config');
      cpSync(join(projectRoot(), 'config'), configFolder, { recursive: true });
      const protocols = [lumberjack(await freePort()), forward(await freePort())];
      const [beat, fluent] = protocols;
      writeFileSync(
        join(configFolder, 'inputs.yaml'),
        `inputs:\n  - { type: lumberjack, port: ${beat?.port} }\n  - { type: forward, port: ${fluent?.port} }\n`,
      );
      const options = { dataFolder: join(folder, 'data'), configFolder, token: TOKEN };
      const senders = protocols.map((protocol) => new Sender(protocol));
      let total = 0;
      let wake: () => void = () => undefined;
      const onAck = (): void => {
        total += 1;
        wake();
      };
      const acked = async (count: number): Promise<void> => {
        while (total < count) await new Promise<void>((resolve) => (wake = resolve));
      };
      let site = await startProcess(options);
      const runs = senders.map((sender) => sender.run(onAck));
      for (const count of KILLS_AT) {
        await acked(count);
        await ended(site.child, 'SIGKILL');
        site = await startProcess(options);
      }
      await acked(WINDOWS_AT_LEAST);
      for (const sender of senders) sender.isStopped = true;
      await Promise.all(runs);
      await ended(site.child, 'SIGTERM');
      site = await startProcess(options);
      try {
        for (const [index, { service }] of protocols.entries()) {
          const stored = await storedMessages(site.url, service);
          const sender = senders[index];
          assert.ok((sender?.acked.length ?? 0) > 5);
          for (const number of sender?.acked ?? []) {
            for (let event = 0; event < EVENTS; event += 1) {
              const count = stored.get(`${number}.${event}`) ?? 0;
              assert.ok(count >= 1, `${service} ${number}.${event} is lost`);
              const isRepeated = sender?.repeated.has(number) ?? false;
              assert.ok(count === 1 || isRepeated, `${service} ${number}.${event} is doubled`);
            }
          }
        }
        assert.ok(
          senders.some(({ repeated }) => repeated.size > 0),
          'a kill must have hit a window',
        );
      } finally {
        await ended(site.child, 'SIGTERM');
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { deadlineMs: 180_000 },
  );

  it(
    'an event that cannot be read is there after a kill, as its window was confirmed',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wk-kill-'));
      const configFolder = join(folder, 'config');
      cpSync(join(projectRoot(), 'config'), configFolder, { recursive: true });
      const port = await freePort();
      writeFileSync(
        join(configFolder, 'inputs.yaml'),
        `inputs:\n  - { type: lumberjack, port: ${port} }\n`,
      );
      const options = { dataFolder: join(folder, 'data'), configFolder, token: TOKEN };
      const first = await startProcess(options);
      const client = await NetClient.connect(port);
      const large = { message: '\u20ac'.repeat(20_000), service: 'beats' };
      client.send(Buffer.concat([windowFrame(2), jsonFrame(1, '{"broken'), jsonFrame(2, large)]));
      await client.until((received) => received.includes(Buffer.from(ack(2), 'latin1')));
      await ended(first.child, 'SIGKILL');
      const second = await startProcess(options);
      try {
        const messages = [...(await storedMessages(second.url, 'beats')).keys()];
        assert.equal(messages.length, 2);
        assert.ok(messages.includes('{"broken'));
        assert.ok(messages.some((message) => message.includes('\u20ac'.repeat(10_000))));
      } finally {
        await ended(second.child, 'SIGTERM');
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { deadlineMs: 120_000 },
  );
});
