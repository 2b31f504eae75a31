import { WatchkeeperError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import { sleep } from '../within.ts';
import { problemOf, type SiteClient } from './site-client.ts';

/** What became of one body of `POST /v1/logs`. */
export interface LogsResult {
  readonly accepted: number;
  readonly rejected: readonly RejectedItem[];
}

export interface RejectedItem {
  readonly index: number;
  readonly pointer: string;
  readonly reason: string;
}

const MAX_TRIES = 20;
const MAX_WAIT_MS = 10_000;

/**
 * Posts NDJSON and waits as the site asks when it is busy. The answer comes
 * after the records are durable.
 *
 * @throws what the site says, when it refuses or stays busy
 */
export async function postLogs(
  client: SiteClient,
  body: Uint8Array,
  clock: Clock,
): Promise<LogsResult> {
  for (let attempt = 1; ; attempt += 1) {
    const request = {
      method: 'POST',
      path: '/v1/logs',
      body,
      contentType: 'application/x-ndjson',
    } as const;
    const answer = await client.request(request);
    if (answer.status === 200 || answer.status === 207) return readResult(answer.body);
    const isBusy = answer.status === 429 || answer.status === 503;
    if (!isBusy || attempt === MAX_TRIES) {
      const rejected = readResult(answer.body).rejected;
      if (answer.status === 400 && rejected.length > 0) return { accepted: 0, rejected };
      throw problemOf(answer);
    }
    await sleep(clock, Math.min(MAX_WAIT_MS, (answer.retryAfter ?? 1) * 1_000));
  }
}

/** One line of NDJSON per record. */
export function toNdjson(records: readonly unknown[]): Uint8Array {
  return Buffer.from(`${records.map((record) => JSON.stringify(record)).join('\n')}\n`);
}

function readResult(body: unknown): LogsResult {
  if (typeof body !== 'object' || body === null) {
    throw new WatchkeeperError(
      'INTERNAL',
      'The site answered POST /v1/logs with something else than JSON.',
    );
  }
  const { accepted, rejected } = body as Partial<LogsResult>;
  return { accepted: accepted ?? 0, rejected: rejected ?? [] };
}
