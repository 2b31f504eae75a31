import { isWatchkeeperError, WatchkeeperError } from '../../core/errors.ts';
import type { ImportPiece } from '../../wire/import-body.ts';
import { openImportFile, type ImportFile } from './import-file.ts';
import { PieceReader, type ReadAs, type ReadCounts } from './piece-reader.ts';
import { PieceSender, positionAt, type PieceSenderOptions } from './piece-sender.ts';
import type { CliContext } from '../context.ts';

/** What became of one file. */
export interface FileSummary extends ReadCounts {
  readonly file: string;
  readonly source: string;
  /** Where reading began, in unpacked bytes: what stands before had been imported. */
  readonly from: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly seconds: number;
}

export interface ImportFilesOptions {
  readonly as: ReadAs;
  /** `undefined` for a trial: nothing is sent. */
  readonly site: PieceSenderOptions | undefined;
  /** Bytes read from the disk and lines so far, of all files. */
  readonly onProgress: (bytes: number, lines: number) => void;
  readonly isStopped: () => boolean;
}

/** Bytes of pieces that travel together: enough that the way there and back counts little. */
const BODY_BYTES = 1024 * 1024;
/** Versions of one file that were told apart, at most. */
const MOST_VERSIONS = 100;

/** Imports files one after the other. @throws WatchkeeperError USAGE, or what the site refuses with */
export async function importFiles(
  paths: readonly string[],
  context: CliContext,
  options: ImportFilesOptions,
): Promise<readonly FileSummary[]> {
  const files: ImportFile[] = [];
  for (const path of paths) files.push(await openImportFile(path, context));
  const run = new Run(context, options);
  const summaries: FileSummary[] = [];
  for (const file of files) {
    if (options.isStopped()) break;
    summaries.push(await run.file(file));
  }
  return summaries;
}

class Run {
  readonly #context: CliContext;
  readonly #options: ImportFilesOptions;
  #bytes = 0;
  #lines = 0;

  constructor(context: CliContext, options: ImportFilesOptions) {
    this.#context = context;
    this.#options = options;
  }

  async file(file: ImportFile): Promise<FileSummary> {
    for (;;) {
      const { source, next } = await this.#place(file);
      try {
        return await this.#from(file, source, next);
      } catch (error) {
        // Another import of the same file was faster: go on where that one is.
        if (!isWatchkeeperError(error, 'CONFLICT') || file.size === undefined) throw error;
      }
    }
  }

  /** Under which name the site knows this file, and how far it has it. */
  async #place(file: ImportFile): Promise<{ source: string; next: number }> {
    const { site } = this.#options;
    if (site === undefined) return { source: file.source, next: 0 };
    for (let version = 1; version <= MOST_VERSIONS; version += 1) {
      const source = version === 1 ? file.source : `${file.source}.${version}`;
      const position = await positionAt(site, source);
      // Where the bytes differ, another file had the same place on the disk before.
      if (await file.matches(position)) return { source, next: position.next };
    }
    throw new WatchkeeperError('CONFLICT', `"${file.path}" was rewritten too often.`, {
      fix: 'Copy it, and import the copy.',
    });
  }

  async #from(file: ImportFile, source: string, from: number): Promise<FileSummary> {
    const { site, as } = this.#options;
    const { clock } = this.#context;
    const started = clock.monotonic();
    const reader = new PieceReader(file, as, from);
    const sender = site === undefined ? undefined : new PieceSender(site, source, from);
    const linesBefore = this.#lines;
    let sending: Promise<void> = Promise.resolve();
    let body: ImportPiece[] = [];
    const post = async (): Promise<void> => {
      const pieces = body;
      body = [];
      // One body is on its way while the next one is read.
      await sending;
      sending = sender?.send(pieces) ?? Promise.resolve();
      sending.catch(() => undefined);
    };
    for await (const pieces of reader.pieces((bytes) => (this.#bytes += bytes))) {
      body.push(...pieces);
      this.#lines = linesBefore + reader.counts().lines;
      this.#options.onProgress(this.#bytes, this.#lines);
      if (sizeOf(body) >= BODY_BYTES) await post();
      if (this.#options.isStopped()) break;
    }
    await post();
    await sending;
    this.#lines = linesBefore + reader.counts().lines;
    const seconds = (clock.monotonic() - started) / 1000;
    const { accepted, rejected } = sender?.counts ?? { accepted: 0, rejected: 0 };
    const counts = reader.counts();
    return { file: file.path, source, from, ...counts, accepted, rejected, seconds };
  }
}

function sizeOf(pieces: readonly ImportPiece[]): number {
  return pieces.reduce((sum, { payload }) => sum + payload.length, 0);
}
