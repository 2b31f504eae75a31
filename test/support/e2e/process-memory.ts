import { openSync, closeSync, readFileSync, readSync } from 'node:fs';

const CHUNK = 4 * 1024 * 1024;

/**
 * Which of the needles lie in the memory of another process: every readable
 * region of `/proc/<pid>/mem`, with what has been freed and not overwritten.
 * @returns names of those found
 */
export function findInMemory(
  pid: number,
  needles: ReadonlyMap<string, Uint8Array>,
): { readonly found: ReadonlySet<string>; readonly bytes: number } {
  const found = new Set<string>();
  const overlap = Math.max(...[...needles.values()].map(({ length }) => length));
  const buffer = Buffer.alloc(CHUNK + overlap);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  let bytes = 0;
  try {
    for (const [start, end] of readableRegions(pid)) {
      for (let at = start; at < end; at += CHUNK) {
        const size = read(memory, buffer, { at, length: Math.min(buffer.length, end - at) });
        bytes += Math.min(size, CHUNK);
        for (const name of findInBytes(buffer.subarray(0, size), needles)) found.add(name);
      }
    }
  } finally {
    closeSync(memory);
  }
  return { found, bytes };
}

/** Names of the needles that lie in the bytes. */
export function findInBytes(
  bytes: Buffer,
  needles: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  return [...needles]
    .filter(([, needle]) =>
      bytes.includes(Buffer.from(needle.buffer, needle.byteOffset, needle.length)),
    )
    .map(([name]) => name);
}

/** A region may go away between the list and the read. */
function read(
  memory: number,
  buffer: Buffer,
  { at, length }: { readonly at: number; readonly length: number },
): number {
  try {
    return readSync(memory, buffer, 0, length, at);
  } catch {
    return 0;
  }
}

function readableRegions(pid: number): (readonly [start: number, end: number])[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .filter((line) => /^[0-9a-f]+-[0-9a-f]+ r/.test(line) && !/\[v(var|syscall)/.test(line))
    .map((line) => {
      const [start = '0', end = '0'] = (line.split(' ')[0] ?? '').split('-');
      return [Number.parseInt(start, 16), Number.parseInt(end, 16)] as const;
    });
}
