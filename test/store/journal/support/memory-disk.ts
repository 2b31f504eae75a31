import type { JournalFs } from '../../../../src/store/segment-journal/journal-fs.ts';

const SECTOR = 512;

interface File {
  now: Buffer;
  durable: Buffer;
  unsynced: { at: number; bytes: Buffer }[];
}

type FolderChange = { name: string; file: File | undefined };

export type FaultKind = 'EIO' | 'ENOSPC' | 'short write' | 'crash';

export interface Fault {
  /** The call that it hits, counted from 0. */
  readonly at: number;
  readonly kind: FaultKind;
}

/**
 * One folder on a disk that loses what was not synced. `powerCut` keeps any
 * subset of the sectors written since a file's last sync and any first part
 * of the folder changes since the folder's last sync, as a real disk may.
 */
export class MemoryDisk {
  calls = 0;
  fault: Fault | undefined;
  /** What a disk with a lying write cache does. */
  syncLies = false;
  #isDown = false;
  #entries = new Map<string, File>();
  #durableEntries = new Map<string, File>();
  #changes: FolderChange[] = [];
  #open = new Map<number, File>();
  #files = 3;

  readonly fs: JournalFs = {
    open: (path, mode) => this.#call(() => this.#openFile(nameOf(path), mode)),
    close: (file) => this.#call(() => void this.#open.delete(file)),
    read: (file, into, position) =>
      this.#call(() => this.#opened(file).now.copy(into, 0, position, position + into.length)),
    write: (file, bytes, position) =>
      this.#call((kind) => {
        const part = kind === 'short write' ? bytes.subarray(0, bytes.length >> 1) : bytes;
        return this.#write(this.#opened(file), Buffer.from(part), position);
      }),
    fdatasync: (file) =>
      this.#call(() => {
        if (this.syncLies) return;
        const opened = this.#opened(file);
        opened.durable = Buffer.from(opened.now);
        opened.unsynced = [];
      }),
    syncFolder: () =>
      this.#call(() => {
        this.#durableEntries = new Map(this.#entries);
        this.#changes = [];
      }),
    rename: (from, to) =>
      this.#call(() => {
        const file = this.#file(nameOf(from));
        this.#change(nameOf(to), file);
        this.#change(nameOf(from), undefined);
      }),
    unlink: (path) =>
      this.#call(() => {
        this.#file(nameOf(path));
        this.#change(nameOf(path), undefined);
      }),
    readdir: () => this.#call(() => [...this.#entries.keys()]),
    size: (path) => this.#call(() => this.#file(nameOf(path)).now.length),
    makeFolder: () => this.#call(() => undefined),
    freeBytes: () => this.#call(() => 2 ** 40),
  };

  /** Loses power and comes back; `random` in [0, 1) decides what of the unsynced survives. */
  powerCut(random: () => number): void {
    const kept = Math.floor(random() * (this.#changes.length + 1));
    const entries = new Map(this.#durableEntries);
    for (const { name, file } of this.#changes.slice(0, kept)) setEntry(entries, name, file);
    for (const file of entries.values()) surviving(file, random);
    this.#entries = entries;
    this.restart();
    this.#durableEntries = new Map(entries);
    this.#changes = [];
  }

  /** The process ends and another starts: all that was written is still there. */
  restart(): void {
    this.#open.clear();
    this.#isDown = false;
    this.fault = undefined;
  }

  names(): string[] {
    return [...this.#entries.keys()].sort();
  }

  /** The bytes of a file now; change them to damage it. */
  bytes(name: string): Buffer {
    return this.#file(name).now;
  }

  shorten(name: string, bytes: number): void {
    const file = this.#file(name);
    file.now = Buffer.from(file.now.subarray(0, bytes));
    file.durable = Buffer.from(file.now);
  }

  /** A disk with the same files, all of it durable. */
  copy(): MemoryDisk {
    const disk = new MemoryDisk();
    for (const [name, { now }] of this.#entries) {
      const file = { now: Buffer.from(now), durable: Buffer.from(now), unsynced: [] };
      disk.#entries.set(name, file);
      disk.#durableEntries.set(name, file);
    }
    return disk;
  }

  #call<T>(act: (kind?: FaultKind) => T): Promise<T> {
    if (this.#isDown) return Promise.reject(systemError('EIO'));
    const kind = this.fault?.at === this.calls ? this.fault.kind : undefined;
    this.calls += 1;
    if (kind === 'EIO' || kind === 'ENOSPC') return Promise.reject(systemError(kind));
    if (kind === 'crash') this.#isDown = true;
    try {
      const result = act(kind);
      return kind === 'crash' ? Promise.reject(systemError('EIO')) : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #openFile(name: string, mode: 'read' | 'write' | 'create'): number {
    if (mode === 'create') {
      this.#change(name, { now: Buffer.alloc(0), durable: Buffer.alloc(0), unsynced: [] });
    }
    this.#files += 1;
    this.#open.set(this.#files, this.#file(name));
    return this.#files;
  }

  #opened(file: number): File {
    const opened = this.#open.get(file);
    if (opened === undefined) throw systemError('EBADF');
    return opened;
  }

  #file(name: string): File {
    const file = this.#entries.get(name);
    if (file === undefined) throw systemError('ENOENT');
    return file;
  }

  #change(name: string, file: File | undefined): void {
    this.#changes.push({ name, file });
    setEntry(this.#entries, name, file);
  }

  #write(file: File, bytes: Buffer, at: number): number {
    file.now = written(file.now, bytes, at);
    file.unsynced.push({ at, bytes });
    return bytes.length;
  }
}

function surviving(file: File, random: () => number): void {
  for (const { at, bytes } of file.unsynced) {
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + SECTOR - ((at + from) % SECTOR));
      if (random() < 0.5) {
        file.durable = written(file.durable, bytes.subarray(from, to), at + from);
      }
      from = to;
    }
  }
  file.now = Buffer.from(file.durable);
  file.unsynced = [];
}

function written(into: Buffer, bytes: Buffer, at: number): Buffer {
  const grown = into.length >= at + bytes.length ? into : Buffer.alloc(at + bytes.length);
  if (grown !== into) into.copy(grown);
  bytes.copy(grown, at);
  return grown;
}

function setEntry(entries: Map<string, File>, name: string, file: File | undefined): void {
  if (file === undefined) entries.delete(name);
  else entries.set(name, file);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test asked`), { code });
}

/** Repeatable numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
