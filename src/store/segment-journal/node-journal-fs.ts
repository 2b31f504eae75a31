import { close, constants, fdatasync, fsync, open, read, write } from 'node:fs';
import { mkdir, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';

import type { JournalFs } from './journal-fs.ts';

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
} as const;

/** The real file system; files are readable by their owner only. */
export const nodeJournalFs: JournalFs = {
  open: (path, mode) => openFile(path, FLAGS[mode]),
  close: (file) => settled((done) => close(file, done)),
  read: (file, into, position) =>
    counted((done) => read(file, into, 0, into.length, position, done)),
  write: (file, bytes, position) =>
    counted((done) => write(file, bytes, 0, bytes.length, position, done)),
  fdatasync: (file) => settled((done) => fdatasync(file, done)),
  async syncFolder(path) {
    const folder = await openFile(path, constants.O_RDONLY);
    try {
      await settled((done) => fsync(folder, done));
    } finally {
      await settled((done) => close(folder, done));
    }
  },
  rename,
  unlink,
  readdir: (path) => readdir(path),
  size: async (path) => (await stat(path)).size,
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};

type Failure = Error | null;

// The callback forms cost a third of what FileHandle does, and run for each commit.
function settled(start: (done: (error: Failure) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function counted(start: (done: (error: Failure, count: number) => void) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    start((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

function openFile(path: string, flags: number): Promise<number> {
  return counted((done) => {
    open(path, flags, 0o600, done);
  });
}
