import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { E2eSite } from './e2e/e2e-site.ts';
import { until } from './nats-server.ts';

/** An event that a client of others is given to send. */
export interface Sent {
  readonly n: number;
  readonly ms: number;
  readonly level: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'];
const TEXTS: readonly ((n: number) => string)[] = [
  (n) => `plain message ${n}`,
  (n) => `several\nlines ${n}\n\tat frame (a.js:1)`,
  (n) => `ünïcödé ${n} 日本語 🚀 \u200b end`,
  (n) => `quote "${n}" \\back\\slash {json: "x"}`,
  (n) => `tab\t${n} and \u0007 bell`,
  (n) => `{"looks": like json ${n}}`,
  (n) => `${'x'.repeat(3_000)} ${n}`,
  (n) => ` room at both ends ${n} `,
];

/** Events of every level, with texts and attributes that protocols get wrong; one per ms. */
export function corpus(count: number, from: number): readonly Sent[] {
  return Array.from({ length: count }, (_, n) => ({
    n,
    ms: from + n,
    level: LEVELS[n % LEVELS.length] ?? '',
    message: (TEXTS[n % TEXTS.length] ?? String)(n),
    attributes: {
      ratio: n / 7 + 0.1,
      ok: n % 2 === 0,
      tags: ['a', 'b', String(n)],
      http: { status: 200 + (n % 5), path: `/ü/${n}`, deep: { er: [1, { x: 'y' }] } },
      name_ü: 'wért',
      empty: '',
    },
  }));
}

/** What a record holds of an event. */
export type Held = Pick<Sent, 'n' | 'ms' | 'level' | 'message'> & {
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** The records of a service, in the order of `n`, once there are so many. */
export async function heldOf(site: E2eSite, service: string, count: number): Promise<Held[]> {
  const query = { from: 0, to: 2 ** 45, service, limit: 10_000 } as const;
  await site.settled();
  await until(`${count} records of ${service}`, async () => {
    await site.settled();
    return (await site.api.records(query)).records.length >= count;
  });
  const { records } = await site.api.records(query);
  return records
    .map(({ timestamp, level, message, attributes = {} }) => {
      const { n, ...others } = attributes;
      return { n: Number(n), ms: timestamp, level, message, attributes: others };
    })
    .sort((one, other) => one.n - other.n);
}

/** Compares record by record, and names the first that differs. */
export function assertHeld(held: readonly Held[], sent: readonly Held[]): void {
  for (const [index, expected] of sent.entries()) {
    assert.deepEqual(held[index], expected, `event ${index}`);
  }
  assert.equal(held.length, sent.length);
}

/** Writes events where a program reads them. */
export function writeEvents(folder: string, events: readonly Sent[]): string {
  const file = join(folder, 'events.json');
  writeFileSync(file, JSON.stringify(events));
  return file;
}

export interface Outcome {
  readonly code: number;
  readonly errors: string;
}

/** Runs a client to its end. */
export function runClient(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 60_000 }, (error, _stdout, errors) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ code, errors });
    });
  });
}
