import { WatchkeeperError, messageOf } from '../core/errors.ts';

/** A body of `POST /v1/logs` and how many records it holds. */
export interface Body {
  readonly body: Uint8Array;
  readonly count: number;
}

/** Bodies stay well below the site's limit of 1 MiB. */
const BODY_BYTES = 512 * 1024;
const BODY_RECORDS = 2_000;
/** A JSON array is read whole, so it has a limit; NDJSON has none. */
const ARRAY_BYTES = 256 * 1_048_576;

/**
 * Cuts a stream of records, NDJSON or one JSON array, into NDJSON bodies.
 *
 * @throws BAD_REQUEST when an array is not valid JSON, TOO_LARGE when it is above 256 MiB
 */
export async function* splitBodies(source: AsyncIterable<Uint8Array>): AsyncGenerator<Body> {
  let lines: string[] = [];
  let size = 0;
  for await (const line of records(source)) {
    if (lines.length > 0 && (size + line.length > BODY_BYTES || lines.length >= BODY_RECORDS)) {
      yield toBody(lines);
      lines = [];
      size = 0;
    }
    lines.push(line);
    size += Buffer.byteLength(line);
  }
  if (lines.length > 0) yield toBody(lines);
}

function toBody(lines: readonly string[]): Body {
  return { body: Buffer.from(`${lines.join('\n')}\n`), count: lines.length };
}

/** Each record as JSON text without line breaks. */
async function* records(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let isArray: boolean | undefined;
  let array = '';
  for await (const line of textLines(source)) {
    if (isArray === undefined && line.trim() !== '') isArray = line.trimStart().startsWith('[');
    if (isArray === true) {
      array += `${line}\n`;
      if (array.length > ARRAY_BYTES) throw tooLarge();
    } else if (line.trim() !== '') {
      yield line;
    }
  }
  if (isArray === true) for (const record of parseArray(array)) yield JSON.stringify(record);
}

/** Lines of UTF-8 text, without their line breaks; the last one needs none. */
export async function* textLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield part.replace(/\r+$/, '');
  }
  rest += decoder.decode();
  if (rest !== '') yield rest.replace(/\r+$/, '');
}

function parseArray(text: string): readonly unknown[] {
  try {
    return JSON.parse(text) as readonly unknown[];
  } catch (error) {
    const where = /at position \d+(?: \(line \d+ column \d+\))?/.exec(messageOf(error))?.[0] ?? '';
    throw new WatchkeeperError(
      'BAD_REQUEST',
      `The array is not valid JSON ${where}.`.replace(' .', '.'),
      {
        fix: 'Write one JSON array, or one JSON object a line.',
      },
    );
  }
}

function tooLarge(): WatchkeeperError {
  return new WatchkeeperError(
    'TOO_LARGE',
    'A JSON array of more than 256 MiB is not read at once.',
    {
      fix: 'Write one JSON object a line instead.',
    },
  );
}
