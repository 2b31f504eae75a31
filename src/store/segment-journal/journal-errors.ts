import { messageOf, WatchkeeperError } from '../../core/errors.ts';

export function journalFull(reason: string): WatchkeeperError {
  return new WatchkeeperError('JOURNAL_FULL', `The journal takes no entry now: ${reason}.`, {
    fix: 'Free space on its disk; it goes on by itself.',
  });
}

export function journalFailed(folder: string, cause: unknown): WatchkeeperError {
  return new WatchkeeperError(
    'JOURNAL_FAILED',
    `The journal in "${folder}" failed: ${messageOf(cause)}`,
    { fix: 'Check the disk, then start again; what was acknowledged is kept.', cause },
  );
}

export function journalClosed(): WatchkeeperError {
  return new WatchkeeperError('JOURNAL_CLOSED', 'The journal is closed.');
}

export function journalCorrupt(path: string, offset: number, reason: string): WatchkeeperError {
  return new WatchkeeperError(
    'JOURNAL_CORRUPT',
    `The journal segment "${path}" is damaged at byte ${offset}: ${reason}.`,
    {
      fix: 'Restore this file from a backup or from another site; do not delete it, or acknowledged entries are lost.',
    },
  );
}
