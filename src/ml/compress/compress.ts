import { WatchkeeperError } from '../../core/errors.ts';
import { invalidSnapshot, type ModelSnapshot } from '../model.ts';
import { pack, packProblem, unpack, type Packed } from './pack.ts';

export const COMPRESSED_KIND = 'compressed';
const VERSION = 1;

/** Arrays shorter than this stay as they are: biases, whose pruning would cost more than it saves. */
const SHORTEST = 64;
const MAX_LENGTH = 2 ** 28;
const MAX_DEPTH = 32;
const MARK = 'packed';
const SINGLE = 'single';
/** A mean of so many scales is exact to a ten-thousandth of one in single precision. */
const NEAR = 1_024;

/**
 * A smaller snapshot of the same model: each Float32Array of at least 64
 * numbers becomes bytes (see `pack`), means and scales become single precision
 * where that is exact to a ten-thousandth of the scale, everything else stays.
 * Weights come to 26 % of their size, a whole autoencoder of 16 columns to
 * 34 %, one of 24 or more to at most 30 %; trained with `prune: 0.5`, to 17 to
 * 27 %. `expanded` gives a snapshot of the model's own kind back, whose scores
 * differ a little: measure on held-out samples before it goes live.
 * @throws MODEL_INPUT for a snapshot that is compressed already
 */
export function compressed(snapshot: ModelSnapshot): ModelSnapshot {
  if (snapshot.kind === COMPRESSED_KIND) throw compressedTwice();
  const { kind, version, state } = snapshot;
  const packed = mapped(state, smaller);
  return { kind: COMPRESSED_KIND, version: VERSION, state: { kind, version, state: packed } };
}

function smaller(value: unknown): unknown {
  if (value instanceof Float32Array && value.length >= SHORTEST) return { [MARK]: pack(value) };
  if (!isRecord(value) || !hasNearMeans(value)) return undefined;
  const { mean, scale, ...others } = value;
  const rest = mapped(others, smaller) as object;
  return { ...rest, [SINGLE]: { mean: new Float32Array(mean), scale: new Float32Array(scale) } };
}

interface Standard {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

function hasNearMeans(value: Readonly<Record<string, unknown>>): value is Standard & typeof value {
  const { mean, scale } = value;
  if (!(mean instanceof Float64Array && scale instanceof Float64Array)) return false;
  return scale.every(
    (one, at) => one > 1e-30 && one < 1e30 && Math.abs(mean[at] as number) <= NEAR * one,
  );
}

/** The snapshot a compressed one was made of, nearly; any other snapshot as it is. @throws MODEL_INVALID */
export function expanded(snapshot: ModelSnapshot): ModelSnapshot {
  if (snapshot.kind !== COMPRESSED_KIND) return snapshot;
  if (snapshot.version !== VERSION) throw invalid('it is of another version');
  const { state: inner } = snapshot;
  if (!isRecord(inner)) throw invalid('its state is no map');
  const { kind, version, state } = inner;
  if (typeof kind !== 'string' || kind === COMPRESSED_KIND) throw invalid('it has no kind');
  if (typeof version !== 'number') throw invalid('it has no version');
  return { kind, version, state: mapped(state, larger) };
}

function larger(value: unknown): unknown {
  if (!isRecord(value)) return undefined;
  if (MARK in value) return unpack(readPacked(value[MARK]));
  if (!(SINGLE in value)) return undefined;
  const { [SINGLE]: single, ...others } = value;
  if (!isRecord(single)) throw invalid('its means and scales are no map');
  const { mean, scale } = single;
  if (!(mean instanceof Float32Array && scale instanceof Float32Array)) {
    throw invalid('it lacks means or scales');
  }
  const rest = mapped(others, larger) as object;
  return { ...rest, mean: Float64Array.from(mean), scale: Float64Array.from(scale) };
}

/** Plain data with every value replaced for which `replace` gives another one. */
function mapped(value: unknown, replace: (value: unknown) => unknown, depth = 0): unknown {
  const other = replace(value);
  if (other !== undefined) return other;
  if (depth > MAX_DEPTH) throw invalid('it is too deep');
  if (Array.isArray(value)) return value.map((item) => mapped(item, replace, depth + 1));
  if (ArrayBuffer.isView(value)) return structuredClone(value);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapped(item, replace, depth + 1)]),
  );
}

function readPacked(value: unknown): Packed {
  if (!isRecord(value)) throw invalid('an array is no map');
  const { length, scales, steps, kept } = value;
  const hasParts =
    Number.isInteger(length) &&
    (length as number) >= 0 &&
    (length as number) <= MAX_LENGTH &&
    scales instanceof Float32Array &&
    steps instanceof Int8Array &&
    (kept === undefined || kept instanceof Uint8Array);
  if (!hasParts) throw invalid('an array lacks a part');
  const packed = value as unknown as Packed;
  const problem = packProblem(packed);
  if (problem !== undefined) throw invalid(problem);
  return packed;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

function invalid(what: string): WatchkeeperError {
  return invalidSnapshot(COMPRESSED_KIND, what);
}

function compressedTwice(): WatchkeeperError {
  return new WatchkeeperError('MODEL_INPUT', 'The model is compressed already.', {
    fix: 'Compress the model as it was trained.',
  });
}
