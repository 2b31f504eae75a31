import { createHash } from 'node:crypto';

/** Bytes at the beginning of a file that tell it apart. */
export const HEAD_BYTES = 1024;

/**
 * The name of a file as a source, whatever it is called: by its place on the
 * disk and its first line, which stay while it grows and is renamed.
 * `undefined` while the first line is not whole.
 */
export function fileSource(
  { dev, ino }: { readonly dev: bigint; readonly ino: bigint },
  head: Uint8Array,
): string | undefined {
  const newline = head.indexOf(0x0a);
  if (newline < 0 && head.length < HEAD_BYTES) return undefined;
  return sourceName({ dev, ino }, newline < 0 ? head : head.subarray(0, newline));
}

/** As {@link fileSource}, by bytes that are known not to change. */
export function sourceName(
  { dev, ino }: { readonly dev: bigint; readonly ino: bigint },
  known: Uint8Array,
): string {
  const hash = createHash('sha256').update(`${dev}/${ino}/`).update(known);
  return `file:${hash.digest('base64url').slice(0, 22)}`;
}

/** What stands before a position, in a few characters; '' when it is not known. */
export function checkOf(tail: Uint8Array | undefined): string {
  if (tail === undefined) return '';
  return createHash('sha256').update(tail).digest('base64url').slice(0, 16);
}
