import { WatchkeeperError } from '../../core/errors.ts';
import type { ModelSnapshot } from '../model.ts';
import { readCompact } from './compact-reader.ts';
import { writeCompact } from './compact-writer.ts';
import { COMPRESSED_KIND, invalidCompressed } from './kind.ts';
import { pack, type Packed } from './step-packer.ts';

const VERSION = 2;
/** A mean of so many scales is exact to a ten-thousandth of one in single precision. */
const NEAR = 1_024;

/**
 * A smaller snapshot of the same model or calibration: weights in steps of at
 * most 8 bits, means and scales in single precision where that is exact to a
 * ten-thousandth of the scale, all else whole but in fewer bytes. `expanded`
 * gives a snapshot of the model's own kind back. Its scores differ: measure
 * them (compress-model.ts does) before it goes live.
 *
 * @param packed how a Float32Array is rounded; each number by itself to 8 bits unless given
 * @throws MODEL_INPUT for a snapshot that is compressed already
 */
export function compressed(
  snapshot: ModelSnapshot,
  packed: (values: Float32Array) => Packed = (values) => pack(values, 8),
): ModelSnapshot {
  if (snapshot.kind === COMPRESSED_KIND) throw compressedTwice();
  const { kind, version, state } = snapshot;
  const bytes = writeCompact({ kind, version, state: rounded(state) }, packed);
  return { kind: COMPRESSED_KIND, version: VERSION, state: bytes };
}

/** The snapshot a compressed one was made of, nearly; any other snapshot as it is. @throws MODEL_INVALID */
export function expanded(snapshot: ModelSnapshot): ModelSnapshot {
  if (snapshot.kind !== COMPRESSED_KIND) return snapshot;
  if (snapshot.version !== VERSION) throw invalidCompressed('it is of another version');
  if (!(snapshot.state instanceof Uint8Array)) throw invalidCompressed('its state is no bytes');
  const inner = readCompact(snapshot.state);
  if (!isRecord(inner)) throw invalidCompressed('its state is no map');
  const { kind, version, state } = inner;
  if (typeof kind !== 'string' || kind === COMPRESSED_KIND) {
    throw invalidCompressed('it has no kind');
  }
  if (typeof version !== 'number') throw invalidCompressed('it has no version');
  return { kind, version, state };
}

/** Doubles as singles, where that is near enough. */
function rounded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rounded);
  if (!isRecord(value)) return value;
  const { mean, scale, values, weights } = value;
  const singles = isStandard(mean, scale)
    ? { mean: mean.map(Math.fround), scale: (scale as Float64Array).map(Math.fround) }
    : isFalling(values) && weights instanceof Float64Array
      ? { values: values.map(Math.fround) }
      : {};
  const inner = Object.entries({ ...value, ...singles }).map(([key, item]) => [key, rounded(item)]);
  return Object.fromEntries(inner) as unknown;
}

function isStandard(mean: unknown, scale: unknown): mean is Float64Array {
  if (!(mean instanceof Float64Array && scale instanceof Float64Array)) return false;
  return scale.every(
    (one, at) => one > 1e-30 && one < 1e30 && Math.abs(mean[at] as number) <= NEAR * one,
  );
}

/** Scores of a calibration: as singles they must still fall, or some would become one. */
function isFalling(values: unknown): values is Float64Array {
  if (!(values instanceof Float64Array)) return false;
  return values.every((value, at) => {
    const single = Math.fround(value);
    const before = at === 0 ? Infinity : Math.fround(values[at - 1] as number);
    return Number.isFinite(single) && single < before;
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

function compressedTwice(): WatchkeeperError {
  return new WatchkeeperError('MODEL_INPUT', 'The model is compressed already.', {
    fix: 'Compress the model as it was trained.',
  });
}
