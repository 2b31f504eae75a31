/**
 * What the segment journal asks of a file system, so that a test can fail any
 * single call. Errors carry `code` as in Node (`ENOSPC`, `EIO`, …).
 */
export interface JournalFs {
  /** Opens for reading, for writing in place, or creates an empty file (replacing one of that name). */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<number>;
  close(file: number): Promise<void>;
  /** Bytes read, 0 at the end of the file. */
  read(file: number, into: Uint8Array, position: number): Promise<number>;
  /** Bytes written, which may be fewer than asked. */
  write(file: number, bytes: Uint8Array, position: number): Promise<number>;
  fdatasync(file: number): Promise<void>;
  /** Makes creations, renames and removals in a folder durable. */
  syncFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  readdir(path: string): Promise<readonly string[]>;
  size(path: string): Promise<number>;
  makeFolder(path: string): Promise<void>;
  /** Bytes that this process may still allocate in the folder's file system. */
  freeBytes(path: string): Promise<number>;
}

export function isNoSpace(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The system's code of an error (`ENOENT`), if it has one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Writes all of `bytes`, however many calls that takes. */
export async function writeFully(
  fs: JournalFs,
  file: number,
  { bytes, position }: { readonly bytes: Uint8Array; readonly position: number },
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const rest = done === 0 ? bytes : bytes.subarray(done);
    const written = await fs.write(file, rest, position + done);
    if (written === 0) throw new Error('The file system took no bytes of a write.');
    done += written;
  }
}
