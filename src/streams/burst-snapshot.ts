import type { EvidenceSample } from '../model/finding.ts';
import type { BurstState } from './burst-state.ts';
import type { Template } from './operators/window.ts';

const VERSION = 1;

/** The state as plain data for msgpack. */
export function writeBurst({ isOpen, window, samples, updateAt }: BurstState): unknown {
  return {
    version: VERSION,
    isOpen,
    updateAt,
    samples,
    times: [...window.times],
    kinds: [...window.kinds],
    templates: window.templates,
    buckets: window.buckets === undefined ? null : [...window.buckets],
    newest: finiteOrNull(window.newest),
    floor: finiteOrNull(window.floor),
  };
}

/** Inverse of {@link writeBurst}; `undefined` for data of another version. */
export function readBurst(data: unknown): BurstState | undefined {
  if (!isWritten(data)) return undefined;
  return {
    isOpen: data.isOpen,
    updateAt: data.updateAt,
    samples: data.samples.map(readSample),
    window: {
      times: Float64Array.from(data.times),
      kinds: Uint8Array.from(data.kinds),
      templates: data.templates,
      buckets: data.buckets === null ? undefined : Uint32Array.from(data.buckets),
      newest: data.newest ?? -Infinity,
      floor: data.floor ?? -Infinity,
    },
  };
}

interface Written {
  readonly version: number;
  readonly isOpen: boolean;
  readonly updateAt: number;
  readonly samples: readonly EvidenceSample[];
  readonly times: readonly number[];
  readonly kinds: readonly number[];
  readonly templates: readonly Template[];
  readonly buckets: readonly number[] | null;
  readonly newest: number | null;
  readonly floor: number | null;
}

function isWritten(data: unknown): data is Written {
  if (typeof data !== 'object' || data === null) return false;
  const { version, times, kinds } = data as Partial<Written>;
  return version === VERSION && Array.isArray(times) && Array.isArray(kinds);
}

/** Gives every key, in one order: msgpack may have left out those that were undefined. */
export function readSample(sample: EvidenceSample): EvidenceSample {
  return {
    timestamp: sample.timestamp,
    level: sample.level,
    service: sample.service,
    message: sample.message,
    requestId: sample.requestId ?? undefined,
    errorCode: sample.errorCode ?? undefined,
    durationMs: sample.durationMs ?? undefined,
    userId: sample.userId ?? undefined,
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
