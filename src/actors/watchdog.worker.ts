import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
import { readCrumbs } from './watchdog.ts';
import type { WatchdogData } from './watchdog-thread.ts';

/**
 * Watches the main thread from outside. When its beat stops inside a detector
 * for `limitMs`, the step is written down and the process ended by SIGUSR2;
 * the launcher starts it again, and recovery leaves the record out.
 */
function watch({ buffer, file, limitMs, periodMs }: WatchdogData): void {
  let lastBeat = -1;
  let stalledMs = 0;
  setInterval(() => {
    const { beat, hang } = readCrumbs(buffer);
    stalledMs = beat === lastBeat && hang !== undefined ? stalledMs + periodMs : 0;
    lastBeat = beat;
    if (stalledMs < limitMs) return;
    const handle = openSync(file, 'a');
    writeSync(handle, `${JSON.stringify(hang)}\n`);
    fsyncSync(handle);
    closeSync(handle);
    process.kill(process.pid, 'SIGUSR2');
  }, periodMs);
}

if (!isMainThread) watch(workerData as WatchdogData);
