import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { BackendRefusal, BACKENDS, isNative, type BackendName } from './backend.ts';
import { attemptInProcess } from './attempt-in-process.ts';

export interface BackendCandidate {
  readonly name: BackendName;
  readonly state: 'chosen' | 'refused' | 'spare';
  /** Why not, or what it is; `spare`: a better one works. */
  readonly reason: string;
  /** What would make it usable; '' when nothing is known. */
  readonly fix: string;
}

export interface BackendReport {
  /** The first that passed; `undefined` when none did. */
  readonly chosen: BackendName | undefined;
  /** All of them, best first. */
  readonly candidates: readonly BackendCandidate[];
}

/** Tries one backend: loads it, trains a little on it and compares. Resolves with what it is, for people. */
export type BackendAttempt = (name: BackendName, signal: AbortSignal) => Promise<string>;

export interface ProbeOptions {
  readonly clock: Clock;
  /** @default in a process of its own each, which crashes and hangs alone */
  readonly attempt?: BackendAttempt;
  /** How long a native backend may take, in ms: the first use of a graphics card compiles. @default 60000 */
  readonly nativeMs?: number;
  /** How long wasm and cpu may take, in ms. @default 30000 */
  readonly ownMs?: number;
  /** Ends the attempt under way; it and all after it are refused. */
  readonly signal?: AbortSignal;
}

/** Tries the backends, best first, until one passes. Never rejects. */
export async function probeBackends(options: ProbeOptions): Promise<BackendReport> {
  const { attempt = attemptInProcess, nativeMs = 60_000, ownMs = 30_000 } = options;
  const candidates: BackendCandidate[] = [];
  let chosen: BackendName | undefined;
  for (const name of BACKENDS) {
    if (chosen !== undefined) {
      candidates.push({ name, state: 'spare', reason: `not tried: ${chosen} works`, fix: '' });
      continue;
    }
    const limitMs = isNative(name) ? nativeMs : ownMs;
    try {
      const reason = await within(options, limitMs, (signal) => attempt(name, signal));
      candidates.push({ name, state: 'chosen', reason, fix: '' });
      chosen = name;
    } catch (error) {
      const fix = error instanceof BackendRefusal ? error.fix : '';
      candidates.push({ name, state: 'refused', reason: firstLine(messageOf(error)), fix });
    }
  }
  return { chosen, candidates };
}

/** Rejects after `limitMs` even when `work` heeds no signal. */
async function within<Result>(
  { clock, signal }: ProbeOptions,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (signal?.aborted === true) throw new BackendRefusal('stopped');
  const abort = new AbortController();
  let cancel = (): void => undefined;
  let onStop = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    onStop = () => {
      reject(new BackendRefusal('stopped'));
    };
    cancel = clock.after(limitMs, () => {
      reject(new BackendRefusal(`no answer within ${limitMs / 1000} s`));
    });
  });
  signal?.addEventListener('abort', onStop, { once: true });
  try {
    return await Promise.race([late, work(abort.signal)]);
  } finally {
    cancel();
    signal?.removeEventListener('abort', onStop);
    abort.abort();
  }
}

const LONGEST = 160;

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, LONGEST);
}
