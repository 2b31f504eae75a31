import type { RejectedRecord } from './options.ts';

interface RejectedBody {
  readonly body: Uint8Array;
  readonly format: 'json' | 'ndjson';
  readonly rejected: readonly Pick<RejectedRecord, 'index' | 'pointer' | 'reason'>[];
  readonly at: number;
  readonly token: string;
}

const MAX_BYTES = 65_536;

/** Cuts the rejected records out of a body, for the dead letters. Runs only when there are some. */
export function rejectedRecords({
  body,
  format,
  rejected,
  at,
  token,
}: RejectedBody): readonly RejectedRecord[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const items =
    format === 'json' ? jsonItems(text) : text.split('\n').filter((line) => /\S/.test(line));
  return rejected.map(({ index, pointer, reason }) => {
    const item = Buffer.from(items[index] ?? text, 'utf8');
    return { index, pointer, reason, body: item.subarray(0, MAX_BYTES), at, token };
  });
}

function jsonItems(text: string): readonly string[] {
  const parsed: unknown = JSON.parse(text);
  const items: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return items.map((item) => JSON.stringify(item));
}
