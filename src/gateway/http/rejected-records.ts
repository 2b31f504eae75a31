import { clippedJson } from '../../wire/records/clipped-json.ts';
import { ndjsonItemLines } from '../../wire/records/intake.ts';
import type { RejectedRecord } from './options.ts';

interface RejectedBody {
  readonly body: Uint8Array;
  /** What was read out of it. */
  readonly items: readonly unknown[];
  readonly format: 'json' | 'ndjson';
  /** By index, the lowest first. */
  readonly rejected: readonly Pick<RejectedRecord, 'index' | 'pointer' | 'reason'>[];
  readonly at: number;
  readonly token: string;
}

const MAX_BYTES = 65_536;

/** Cuts the rejected records out of a body, for the dead letters. Runs only when there are some. */
export function rejectedRecords({
  body,
  items,
  format,
  rejected,
  at,
  token,
}: RejectedBody): readonly RejectedRecord[] {
  const lines = format === 'json' ? undefined : new Lines(body);
  return rejected.map(({ index, pointer, reason }) => {
    const text = lines?.text(index) ?? Buffer.from(clippedJson(items[index], MAX_BYTES));
    return { index, pointer, reason, body: text.subarray(0, MAX_BYTES), at, token };
  });
}

/** Finds lines by their number; each is asked for after those before it. */
class Lines {
  readonly #lines: Iterator<Uint8Array>;
  #next = 0;

  constructor(body: Uint8Array) {
    this.#lines = ndjsonItemLines(body);
  }

  /** As text, so that a letter is UTF-8 whatever came. */
  text(index: number): Buffer | undefined {
    for (;;) {
      const line = this.#lines.next();
      if (line.done === true) return undefined;
      this.#next += 1;
      if (this.#next > index) return utf8(line.value.subarray(0, MAX_BYTES));
    }
  }
}

function utf8({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'));
}
