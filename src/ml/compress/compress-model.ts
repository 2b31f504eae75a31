import { spellingHint } from '../../core/edit-distance.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import type { Matrix } from '../matrix.ts';
import type { Model, ModelSnapshot } from '../model.ts';
import { autoencoder } from '../neural/autoencoder.ts';
import { AUTOENCODER_KIND } from '../neural/autoencoder-state.ts';
import { lstmNextEvent } from '../neural/lstm-next-event.ts';
import { LSTM_KIND } from '../neural/lstm-state.ts';
import { writePlain } from '../registry/plain-writer.ts';
import type { Sequences } from '../sequences/sequence-model.ts';
import { compressed, expanded } from './compress.ts';
import { plantedRows } from './planted-rows.ts';
import { plantedSessions } from './planted-sessions.ts';
import { rankShift } from './rank-shift.ts';
import { roundAutoencoder, type Rounding } from './round-autoencoder.ts';
import { pack, type Packed } from './step-packer.ts';

/** What a compressed model may be at most, as a part of what it was. */
export const LARGEST_SHARE = 0.3;
/** How far scores may move among the normal ones (see `rankShift`): half of the AUC that may be lost. */
export const LARGEST_SHIFT = 0.005;

export interface CompressionSamples<Samples> {
  /** Some of what it was trained on. */
  readonly learned: Samples;
  /** Normal samples that it has not seen, on which scores are compared. */
  readonly held: Samples;
}

export interface Compression extends Rounding {
  readonly snapshot: ModelSnapshot;
  /** Bytes, as a part of those of the snapshot it was made of. */
  readonly share: number;
  /** How far scores moved, of held samples and of anomalies planted in them. */
  readonly shift: number;
}

/** From the most careful on. */
const STEPS: readonly Rounding[] = [
  { bits: 8, prune: 0 },
  { bits: 7, prune: 0 },
  { bits: 6, prune: 0 },
  { bits: 6, prune: 0.25 },
  { bits: 6, prune: 0.4 },
  { bits: 6, prune: 0.5 },
  { bits: 5, prune: 0.5 },
  { bits: 5, prune: 0.6 },
  { bits: 5, prune: 0.7 },
];

const KINDS: readonly string[] = [AUTOENCODER_KIND, LSTM_KIND];

/** @throws MODEL_INPUT when models of this kind have no weights that could be rounded */
export function requireCompressible(kind: string): void {
  if (KINDS.includes(kind)) return;
  throw new WatchkeeperError('MODEL_INPUT', `Models of the kind ${kind} cannot be compressed.`, {
    fix: `Leave --compress out; only ${KINDS.join(' and ')} have weights. ${spellingHint(kind, KINDS)}`,
  });
}

/** Samples that are compared at most, and that weights are fitted to. */
const COMPARED = { rows: 1_000, sessions: 200 };
const FITTED = 600;

/**
 * The smallest form of a trained autoencoder whose scores keep their order:
 * fewer bits and more weights at 0, step by step, as long as no group of held
 * rows, or of anomalies planted in them, moves among the normal ones by more
 * than 0.005 on average. Where even the first steps move more, the one of
 * them that moves least and is at most 30 % as large. The same model, rows and
 * random state give the same. Costs up to some 300 ms a step with 64 columns.
 * @throws MODEL_INPUT
 */
export function compressAutoencoder(
  model: Model<Matrix>,
  { learned, held }: CompressionSamples<Matrix>,
  random: Random,
): Compression {
  const fitted = firstRows(learned, FITTED);
  const third = firstRows(fitted, Math.ceil(fitted.rows / 3));
  const rows = joined([fitted, ...plantedRows(third, random)]);
  const compared = firstRows(held, COMPARED.rows);
  return smallest(model, {
    restore: (snapshot) => autoencoder.restore(snapshot),
    groups: [compared, ...plantedRows(compared, random)],
    packer(rounding) {
      const packed = roundAutoencoder(model.snapshot(), rows, rounding);
      return () => packed;
    },
  });
}

/** As `compressAutoencoder`, each weight rounded by itself. */
export function compressLstm(
  model: Model<Sequences>,
  held: Sequences,
  random: Random,
): Compression {
  const compared = held.slice(0, COMPARED.sessions);
  return smallest(model, {
    restore: (snapshot) => lstmNextEvent.restore(snapshot),
    groups: [compared, ...plantedSessions(compared, random)],
    packer:
      ({ bits, prune }) =>
      (values) =>
        pack(values, bits, prune),
  });
}

interface Search<Samples> {
  readonly restore: (snapshot: ModelSnapshot) => Model<Samples>;
  /** Normal samples, then anomalies, group by group. */
  readonly groups: readonly Samples[];
  readonly packer: (rounding: Rounding) => (values: Float32Array) => Packed;
}

function smallest<Samples>(model: Model<Samples>, search: Search<Samples>): Compression {
  const whole = model.snapshot();
  const size = writePlain(whole).length;
  const before = search.groups.map((group) => model.score(group));
  let best: Compression | undefined;
  for (const rounding of STEPS) {
    const snapshot = compressed(whole, search.packer(rounding));
    const small = search.restore(expanded(snapshot));
    const after = search.groups.map((group) => small.score(group));
    const share = writePlain(snapshot).length / size;
    const tried = { ...rounding, snapshot, share, shift: rankShift(before, after) };
    if (best !== undefined && !isBetter(tried, best)) break;
    best = tried;
  }
  return best as Compression;
}

/** Smaller is better within what scores may move; beyond, the one that moves less, unless only the other is small enough. */
function isBetter(tried: Compression, best: Compression): boolean {
  if (best.share > LARGEST_SHARE) return true;
  if (tried.shift <= LARGEST_SHIFT) return tried.share < best.share;
  return best.shift > LARGEST_SHIFT && tried.prune === 0 && tried.shift < best.shift;
}

function firstRows({ rows, columns, values }: Matrix, most: number): Matrix {
  const taken = Math.min(rows, most);
  return { rows: taken, columns, values: values.subarray(0, taken * columns) };
}

function joined(parts: readonly Matrix[]): Matrix {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const columns = parts[0]?.columns ?? 0;
  const values = new Float64Array(rows * columns);
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return { rows, columns, values };
}
