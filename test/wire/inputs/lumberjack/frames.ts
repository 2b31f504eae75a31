import { deflateSync } from 'node:zlib';

function frame(type: string, numbers: readonly number[], body: Uint8Array = Buffer.of()): Buffer {
  const head = Buffer.alloc(2 + 4 * numbers.length);
  head.write(type, 0, 'latin1');
  for (const [index, number] of numbers.entries()) head.writeUInt32BE(number, 2 + 4 * index);
  return Buffer.concat([head, body]);
}

export const windowFrame = (size: number, version = '2'): Buffer => frame(`${version}W`, [size]);

export function jsonFrame(sequence: number, event: unknown): Buffer {
  const body = Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
  return frame('2J', [sequence, body.length], body);
}

export function pairsFrame(
  sequence: number,
  fields: Readonly<Record<string, string>>,
  version = '1',
): Buffer {
  const texts = Object.entries(fields).flat();
  const body = texts.map((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return frame(`${version}D`, [sequence, texts.length / 2], Buffer.concat(body));
}

export function compressedFrame(frames: readonly Buffer[], version = '2'): Buffer {
  const body = deflateSync(Buffer.concat(frames));
  return frame(`${version}C`, [body.length], body);
}

/** `2A` and the number, as latin1 text. */
export function ack(sequence: number, version = '2'): string {
  return frame(`${version}A`, [sequence]).toString('latin1');
}
