import { watch, type FSWatcher } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Cancel, Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { fileSource, HEAD_BYTES } from '../../wire/file-source.ts';
import { FileTail, type FileTailOptions } from './file-tail.ts';
import { folderOf, pathsOf } from './glob.ts';
import type { LogSource } from './log-source.ts';

export interface FileFollowerOptions extends Omit<FileTailOptions, 'now'> {
  readonly name: string;
  /** Paths; `*` and `?` stand for any characters of one name. */
  readonly patterns: readonly string[];
  /** Where files begin that are there at the first start under this name; later ones are read whole. */
  readonly startAt: 'beginning' | 'end';
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often is looked when nothing tells of a change, in real ms. @default 1000 */
  readonly pollMs?: number;
  /** How long a file is kept open that has lost its name, and an unfinished record held, in real ms. @default 5000 */
  readonly quietMs?: number;
  /** Files that are open at one time. @default 1024 */
  readonly maxFiles?: number;
}

interface Followed {
  readonly tail: FileTail;
  /** Monotonic ms at which it last had something. */
  busyAt: number;
  isNamed: boolean;
}

/**
 * Follows files by what they are, not by what they are called: one that is
 * renamed or deleted is read to its end, one that is cut is begun anew, and a
 * new one under the old name is read from its beginning. How far each is read
 * is known by the sink, so nothing is read twice after a restart.
 */
export class FileFollower implements LogSource {
  readonly name: string;
  readonly #options: FileFollowerOptions;
  readonly #files = new Map<string, Followed>();
  readonly #watchers = new Map<string, FSWatcher>();
  #cancel: Cancel | undefined;
  #polling: Promise<void> | undefined;
  #isAgain = false;
  #isFirst = true;
  /** Whether nothing was followed under this name before. */
  #isNew: boolean;
  #isStopped = false;

  constructor(options: FileFollowerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#isNew = options.sink.position(this.#marker) === undefined;
  }

  async start(): Promise<void> {
    const { clock, pollMs = 1000, patterns } = this.#options;
    for (const pattern of patterns) this.#watch(folderOf(pattern));
    this.#cancel = clock.every(pollMs, () => void this.poll());
    await this.poll();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    for (const watcher of this.#watchers.values()) watcher.close();
    await this.#polling;
    for (const [key, { tail }] of this.#files) await this.#close(key, tail);
  }

  /** Looks at every file once; resolves when what they hold by now is durable, or the sink refused it. */
  poll(): Promise<void> {
    if (this.#polling !== undefined) {
      this.#isAgain = true;
      return this.#polling;
    }
    if (this.#isStopped) return Promise.resolve();
    this.#polling = this.#pollAll().finally(() => {
      this.#polling = undefined;
    });
    return this.#polling;
  }

  async #pollAll(): Promise<void> {
    do {
      this.#isAgain = false;
      await this.#discover();
      for (const [key, followed] of this.#files) await this.#pollOne(key, followed);
    } while (this.#isAgain && !this.#isStopped);
  }

  async #pollOne(key: string, followed: Followed): Promise<void> {
    const { clock, logger, quietMs = 5000 } = this.#options;
    const { tail } = followed;
    try {
      const now = clock.monotonic();
      if (await tail.poll()) {
        followed.busyAt = now;
        this.#isAgain = true;
      }
      if (now - followed.busyAt < quietMs) return;
      await tail.flush(!followed.isNamed);
      if (!followed.isNamed) await this.#close(key, tail);
    } catch (error) {
      logger.warn('A file that is followed was not taken in; trying again.', {
        source: this.name,
        reason: messageOf(error),
      });
    }
  }

  async #close(key: string, tail: FileTail): Promise<void> {
    this.#files.delete(key);
    await tail.handle.close().catch(() => undefined);
  }

  async #discover(): Promise<void> {
    for (const followed of this.#files.values()) followed.isNamed = false;
    const found = (await Promise.all(this.#options.patterns.map(pathsOf))).flat();
    for (const path of new Set(found)) await this.#meet(path);
    if (this.#isFirst) for (const path of new Set(found)) await this.#findRotated(path);
    if (this.#isNew) await this.#mark();
    this.#isFirst = false;
    this.#isNew = false;
  }

  get #marker(): string {
    return `follow:${this.#options.name}`;
  }

  /** Remembers the first start: a file that is new at a later one came while nobody looked. */
  async #mark(): Promise<void> {
    const span = { source: this.#marker, from: 0, to: 1, check: '' };
    await this.#options.sink.take({ items: [], span }).catch(() => undefined);
  }

  async #meet(path: string): Promise<void> {
    const { clock, startAt, maxFiles = 1024 } = this.#options;
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    if (found?.isFile() !== true) return;
    const key = `${found.dev}/${found.ino}`;
    const known = this.#files.get(key);
    if (known !== undefined) {
      known.isNamed = true;
      return;
    }
    if (this.#files.size >= maxFiles) return;
    const handle = await open(path, 'r').catch(() => undefined);
    if (handle === undefined) return;
    const now = await handle.stat({ bigint: true });
    const isSame = now.ino === found.ino && now.dev === found.dev;
    const at = this.#isNew && startAt === 'end' ? Number(now.size) : 0;
    const tail = new FileTail(handle, { ...this.#options, now: () => clock.now() }, at);
    const isKnown = this.#files.has(`${now.dev}/${now.ino}`);
    if (isKnown) await handle.close();
    // It may have been replaced between the look and the opening.
    else this.#files.set(isSame ? key : `${now.dev}/${now.ino}`, this.#followed(tail));
    this.#watch(dirname(path));
  }

  #followed(tail: FileTail): Followed {
    return { tail, busyAt: this.#options.clock.monotonic(), isNamed: true };
  }

  /** What was renamed while nobody looked lies beside the file, with more behind its name. */
  async #findRotated(path: string): Promise<void> {
    const folder = dirname(path);
    const names = await readdir(folder).catch(() => []);
    const own = `${basename(path)}`;
    for (const name of names) {
      if (!name.startsWith(own) || name === own || /\.(gz|zst|xz|bz2)$/.test(name)) continue;
      const handle = await open(join(folder, name), 'r').catch(() => undefined);
      if (handle !== undefined) await this.#goOnWith(handle);
    }
  }

  async #goOnWith(handle: FileHandle): Promise<void> {
    const { clock, sink } = this.#options;
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    const now = await handle.stat({ bigint: true });
    const key = `${now.dev}/${now.ino}`;
    const source = fileSource(now, head.subarray(0, bytesRead));
    const known = source === undefined ? undefined : sink.position(source);
    if (known === undefined || known.next >= Number(now.size) || this.#files.has(key)) {
      await handle.close();
      return;
    }
    const tail = new FileTail(handle, { ...this.#options, now: () => clock.now() }, 0);
    this.#files.set(key, { ...this.#followed(tail), isNamed: false });
  }

  /** Changes are told where the system does that; what it does not tell is found by looking. */
  #watch(folder: string): void {
    if (this.#watchers.has(folder) || this.#isStopped) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => void this.poll());
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(folder);
      });
      this.#watchers.set(folder, watcher);
    } catch {
      // The folder is not there, or there are too many watches: looking remains.
    }
  }
}
