import type { Clock } from '../../core/clock.ts';
import type { WireRecord } from '../../model/wire-record.ts';
import { postLogs, toNdjson } from '../http/post-logs.ts';
import type { SiteClient } from '../http/site-client.ts';
import { sleep } from '../within.ts';
import { readLog, type ReadLogOptions } from './read-log.ts';
import { retime } from './retime.ts';

export interface LogFile extends Omit<ReadLogOptions, 'reference'> {
  readonly path: string;
}

export interface ReplayOptions {
  readonly client: SiteClient;
  readonly clock: Clock;
  /** The site's time. */
  readonly siteTime: () => number;
  /** Streams the log at this multiple of its own pace; without it everything is posted at once, its times moved. */
  readonly speed?: number;
  /** Told how many of how many records are posted. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Asked between posts. */
  readonly isStopped?: () => boolean;
}

export interface ReplaySummary {
  readonly lines: number;
  readonly parsed: number;
  readonly unparsed: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly shortenedGaps: number;
}

const POST_RECORDS = 500;
const POST_CHARACTERS = 400_000;
/** How long records may gather before they are posted when a log is streamed, ms. */
const GATHER_MS = 100;

/** Posts real logs as if they happened now. */
export async function replayLogs(
  files: readonly LogFile[],
  options: ReplayOptions,
): Promise<ReplaySummary> {
  const now = options.siteTime();
  const reference = Math.max(now, options.clock.wall());
  const logs = [];
  for (const { path, ...file } of files) logs.push(await readLog(path, { ...file, reference }));
  // Each log ends now, whenever it was written.
  const moved = logs.map(({ records }) => retime(records, now));
  const records = moved.flatMap((log) => log.records).sort((a, b) => a.timestamp - b.timestamp);
  const posted = await (options.speed === undefined
    ? postAll(records, options)
    : stream(records, { ...options, speed: options.speed }));
  const sum = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0);
  return {
    lines: sum(logs.map((log) => log.records.length)),
    parsed: sum(logs.map((log) => log.parsed)),
    unparsed: sum(logs.map((log) => log.unparsed)),
    shortenedGaps: sum(moved.map((log) => log.shortenedGaps)),
    ...posted,
  };
}

type Posted = Pick<ReplaySummary, 'accepted' | 'rejected'>;

async function postAll(records: readonly WireRecord[], options: ReplayOptions): Promise<Posted> {
  const posted = { accepted: 0, rejected: 0, done: 0 };
  for (const batch of batches(records)) {
    if (options.isStopped?.() === true) break;
    await post(batch, posted, options);
    options.onProgress?.(posted.done, records.length);
  }
  return { accepted: posted.accepted, rejected: posted.rejected };
}

/** Posts each record when its time has come; it then carries the site's present. */
async function stream(
  records: readonly WireRecord[],
  options: ReplayOptions & { readonly speed: number },
): Promise<Posted> {
  const { clock, siteTime, speed } = options;
  const first = records[0]?.timestamp ?? 0;
  const startedAt = clock.monotonic();
  const posted = { accepted: 0, rejected: 0, done: 0 };
  while (posted.done < records.length && options.isStopped?.() !== true) {
    const reached = first + (clock.monotonic() - startedAt) * speed;
    const due = records
      .slice(posted.done, posted.done + POST_RECORDS)
      .filter((r) => r.timestamp <= reached);
    const now = siteTime();
    for (const batch of batches(due.map((record) => ({ ...record, timestamp: now })))) {
      await post(batch, posted, options);
    }
    options.onProgress?.(posted.done, records.length);
    if (due.length < POST_RECORDS && posted.done < records.length) await sleep(clock, GATHER_MS);
  }
  return { accepted: posted.accepted, rejected: posted.rejected };
}

async function post(
  batch: readonly WireRecord[],
  posted: { accepted: number; rejected: number; done: number },
  { client, clock }: ReplayOptions,
): Promise<void> {
  const result = await postLogs(client, toNdjson(batch), clock);
  posted.accepted += result.accepted;
  posted.rejected += result.rejected.length;
  posted.done += batch.length;
}

function* batches(records: readonly WireRecord[]): Generator<readonly WireRecord[]> {
  let batch: WireRecord[] = [];
  let characters = 0;
  for (const record of records) {
    const size = record.message.length + 300;
    if (
      batch.length === POST_RECORDS ||
      (batch.length > 0 && characters + size > POST_CHARACTERS)
    ) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(record);
    characters += size;
  }
  if (batch.length > 0) yield batch;
}
