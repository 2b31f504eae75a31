import { existsSync, readFileSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import { startWorker } from '../core/worker-thread.ts';
import { newCrumbBuffer, SharedBreadcrumbs, type Breadcrumbs, type Hang } from './watchdog.ts';

export interface WatchdogData {
  readonly buffer: SharedArrayBuffer;
  /** Where hangs are written down, one JSON line each. */
  readonly file: string;
  readonly limitMs: number;
  readonly periodMs: number;
}

export interface Watchdog {
  readonly breadcrumbs: Breadcrumbs;
  stop(): Promise<void>;
}

/** Starts the watchdog's thread. A detector that does not return for `limitMs` of real time ends the process. */
export function startWatchdog(options: {
  readonly file: string;
  readonly clock: Clock;
  readonly limitMs?: number;
}): Watchdog {
  const buffer = newCrumbBuffer();
  const breadcrumbs = new SharedBreadcrumbs(buffer);
  const limitMs = options.limitMs ?? 5000;
  const data: WatchdogData = {
    buffer,
    file: options.file,
    limitMs,
    periodMs: Math.min(500, limitMs / 4),
  };
  const worker = startWorker('actors/watchdog', data);
  worker.unref();
  const cancel = options.clock.every(data.periodMs / 2, () => {
    breadcrumbs.beat();
  });
  return {
    breadcrumbs,
    async stop() {
      cancel();
      await worker.terminate();
    },
  };
}

/** Hangs written down by earlier runs, oldest first; lines that do not parse are left out. */
export function readHangs(file: string): Hang[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Hang];
      } catch {
        return [];
      }
    });
}
