import { mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { MAX_ARTEFACT_BYTES } from '../../model/models.ts';
import type { ModelShelf, ShelvedBlob, ShelvedText } from '../../model/model-shelf.ts';
import { equalBytes } from '../../security/bytes.ts';
import { createFile } from '../../security/create-file.ts';
import { replaceFile } from '../../security/replace-file.ts';
import { watchVersions } from './watch-versions.ts';

export interface FileShelfOptions {
  /** `<data>/models`; made when it is not there. */
  readonly folder: string;
  readonly clock: Clock;
  /** How often a watcher looks for changes by other processes, in real ms. @default 250 */
  readonly pollMs?: number;
}

/**
 * A shelf of models in a folder, for any number of processes of one machine:
 * `artefacts/<id>.wkm`, and each version of a text as `stages/<name>.<version>.json`.
 * A file is written beside its name, synced and linked, so that a crash leaves
 * a whole one or none; and as a link never replaces, of two who write the same
 * version one wins and the other is told.
 */
export async function openFileShelf(options: FileShelfOptions): Promise<ModelShelf> {
  const shelf = new FileShelf(options);
  await shelf.prepare();
  return shelf;
}

/** Versions of a text that stay. Who writes one that is this far behind has missed that many changes. */
const KEPT_VERSIONS = 32;
/** What a crash left half-written is removed after an hour. */
const LEFTOVER_MS = 3_600_000;

class FileShelf implements ModelShelf {
  readonly #artefacts: string;
  readonly #texts: string;
  readonly #clock: Clock;
  readonly #pollMs: number;

  constructor({ folder, clock, pollMs = 250 }: FileShelfOptions) {
    this.#artefacts = join(folder, 'artefacts');
    this.#texts = join(folder, 'stages');
    this.#clock = clock;
    this.#pollMs = pollMs;
  }

  async prepare(): Promise<void> {
    for (const folder of [this.#artefacts, this.#texts]) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await this.#tidy(folder);
    }
  }

  async putBlob(id: string, bytes: Uint8Array): Promise<void> {
    const path = this.#blobPath(id);
    if (await createFile(path, bytes)) return;
    const found = await this.getBlob(id).catch(() => undefined);
    // What is there under this name and differs was damaged.
    if (found === undefined || !equalBytes(found, bytes)) await replaceFile(path, bytes);
  }

  async getBlob(id: string): Promise<Uint8Array | undefined> {
    const path = this.#blobPath(id);
    const size = await orMissing(stat(path).then((found) => found.size));
    if (size === undefined) return undefined;
    if (size > MAX_ARTEFACT_BYTES) {
      throw new WatchkeeperError('MODEL_INVALID', `The artefact ${id} is over 64 MiB.`);
    }
    return orMissing(readFile(path).then(plainView));
  }

  async blobs(): Promise<readonly ShelvedBlob[]> {
    const files = (await orMissing(readdir(this.#artefacts))) ?? [];
    const blobs: ShelvedBlob[] = [];
    for (const file of files.sort()) {
      const [, id] = /^([0-9a-f]{64})\.wkm$/.exec(file) ?? [];
      const found = id && (await orMissing(stat(this.#blobPath(id))));
      if (found) blobs.push({ id, bytes: found.size, at: found.mtimeMs });
    }
    return blobs;
  }

  async dropBlob(id: string): Promise<void> {
    await orMissing(unlink(this.#blobPath(id)));
  }

  async names(): Promise<readonly string[]> {
    return [...(await this.#newest()).keys()].sort();
  }

  async read(name: string): Promise<ShelvedText | undefined> {
    for (;;) {
      const version = (await this.#newest()).get(name);
      if (version === undefined) return undefined;
      const text = await orMissing(readFile(this.#textPath(name, version), 'utf8'));
      if (text !== undefined) return { text, version };
      // It has been replaced many times since the folder was read.
    }
  }

  async replace(name: string, text: string, seen: number): Promise<number | undefined> {
    const version = seen + 1;
    if (!(await createFile(this.#textPath(name, version), text))) return undefined;
    const newest = (await this.#newest()).get(name) ?? version;
    if (newest - version >= KEPT_VERSIONS) {
      // The version had been there and was dropped as old: nobody reads what we wrote.
      await unlink(this.#textPath(name, version)).catch(() => undefined);
      return undefined;
    }
    await this.#drop(name, newest - KEPT_VERSIONS);
    return version;
  }

  watch(listener: (name: string) => void): () => void {
    const newest = () => this.#newest();
    return watchVersions({ clock: this.#clock, pollMs: this.#pollMs, newest }, listener);
  }

  /** The highest version of each text. */
  async #newest(): Promise<Map<string, number>> {
    const newest = new Map<string, number>();
    for (const { name, version } of await this.#versions()) {
      newest.set(name, Math.max(version, newest.get(name) ?? 0));
    }
    return newest;
  }

  async #versions(): Promise<{ readonly name: string; readonly version: number }[]> {
    const files = (await orMissing(readdir(this.#texts))) ?? [];
    return files.flatMap((file) => {
      const [, name, version] = /^([a-z0-9_-]+)\.([1-9]\d{0,14})\.json$/.exec(file) ?? [];
      return name === undefined ? [] : [{ name, version: Number(version) }];
    });
  }

  async #drop(name: string, upTo: number): Promise<void> {
    const old = (await this.#versions()).filter(
      (each) => each.name === name && each.version <= upTo,
    );
    for (const { version } of old) {
      await unlink(this.#textPath(name, version)).catch(() => undefined);
    }
  }

  async #tidy(folder: string): Promise<void> {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.tmp'));
    for (const file of files) {
      const path = join(folder, file);
      const age = await orMissing(stat(path).then(({ mtimeMs }) => this.#clock.wall() - mtimeMs));
      if (age !== undefined && age > LEFTOVER_MS) await unlink(path).catch(() => undefined);
    }
  }

  #blobPath(id: string): string {
    return join(this.#artefacts, `${id}.wkm`);
  }

  #textPath(name: string, version: number): string {
    return join(this.#texts, `${name}.${version}.json`);
  }
}

/** The same memory, without what buffers add. */
function plainView({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function orMissing<Value>(work: Promise<Value>): Promise<Value | undefined> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
