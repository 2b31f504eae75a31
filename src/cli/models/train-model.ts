import { createHash } from 'node:crypto';
import { Random } from '../../core/random.ts';
import { createSurpriseCalibrator } from '../../ml/calibration/surprise.ts';
import { compressed, expanded } from '../../ml/compress/compress.ts';
import {
  compressAutoencoder,
  compressLstm,
  requireCompressible,
  type Compression,
} from '../../ml/compress/compress-model.ts';
import type { Matrix } from '../../ml/matrix.ts';
import type { Model } from '../../ml/model.ts';
import type { Trainer } from '../../ml/neural/trainer.ts';
import { encodeArtefact, type ArtefactMetadata } from '../../ml/registry/artefact.ts';
import type { AnyKind, KnownKind } from '../../ml/registry/model-kinds.ts';
import type { Sequences } from '../../ml/sequences/sequence-model.ts';
import {
  distinctScores,
  highestSurprise,
  warningsOf,
  type TrainingWarning,
} from './calibration-report.ts';
import { farRows, farSessions } from './far-samples.ts';
import { rowsWhere } from './labelled-rows.ts';

/** What a model is trained on: all of it is taken to be normal. */
export type TrainingSamples =
  | { readonly takes: 'rows'; readonly rows: Matrix }
  | { readonly takes: 'sessions'; readonly sessions: Sequences };

export interface TrainingPlan {
  readonly name: string;
  readonly kind: KnownKind;
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly samples: TrainingSamples;
  /** Kept in the metadata beside the options, for example the columns. */
  readonly notes: Readonly<Record<string, unknown>>;
  readonly features?: ArtefactMetadata['features'];
  readonly parent?: string;
  /** Keeps weights in fewer bits (src/ml/compress); scores are calibrated as they are then. @default false */
  readonly isCompressed?: boolean;
  /** Surprise that is to alarm; what cannot reach it is warned of. @default 3 */
  readonly threshold?: number;
  /** Starts what trains neural kinds. */
  readonly trainer: () => Promise<Trainer>;
  /** Ms since the epoch. */
  readonly createdAt: number;
  readonly onProgress: (stage: 'fit' | 'calibrate', done: number, total: number) => void;
}

export interface Trained {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly metadata: ArtefactMetadata;
  readonly warnings: readonly TrainingWarning[];
}

/** One of so many samples is kept from the model, to calibrate its scores on. */
const HOLD_OUT = 5;
/** With fewer samples all are used for both, and the metrics say so. */
const FEW = 100;
const BATCH = 4_096;
/** One normal sample in a thousand. */
const USUAL_THRESHOLD = 3;

/**
 * Fits a model on four of five samples and calibrates its scores to surprise
 * on the fifth (the last fifth, where order matters); with fewer than 100
 * samples on the same. The same samples, options, seed and backend give the
 * same model, bit for bit.
 * @throws MODEL_INPUT | MODEL_FAILED
 */
export async function trainModel(plan: TrainingPlan): Promise<Trained> {
  const { kind, samples } = plan;
  if (kind.takes === 'rows' && samples.takes === 'rows') {
    const { rows } = samples;
    const part = (keep: (row: number) => boolean): Matrix => rowsWhere(rows, keep);
    const compress: Source<Matrix>['compress'] = (model, learned, held) =>
      compressAutoencoder(model, { learned, held }, new Random(plan.seed, 'compress'));
    const parts = { part, count: rows.rows, batches: rowBatches, far: farRows };
    return finish(plan, kind.kind, { ...parts, compress });
  }
  const sessions = samples.takes === 'sessions' ? samples.sessions : [];
  const part = (keep: (index: number) => boolean): Sequences =>
    sessions.filter((_, index) => keep(index));
  const known = kind.kind as AnyKind<Sequences>;
  const compress: Source<Sequences>['compress'] = (model, _, held) =>
    compressLstm(model, held, new Random(plan.seed, 'compress'));
  const parts = { part, count: sessions.length, batches: sessionBatches, far: farSessions };
  return finish(plan, known, { ...parts, compress });
}

interface Source<Samples> {
  readonly count: number;
  readonly part: (keep: (index: number) => boolean) => Samples;
  readonly batches: (samples: Samples) => readonly Samples[];
  /** Samples unlike any of these. */
  readonly far: (samples: Samples) => readonly Samples[];
  readonly compress: (model: Model<Samples>, learned: Samples, held: Samples) => Compression;
}

async function finish<Samples>(
  plan: TrainingPlan,
  kind: AnyKind<Samples>,
  source: Source<Samples>,
): Promise<Trained> {
  const { onProgress } = plan;
  if (plan.isCompressed === true) requireCompressible(kind.kind);
  const isFew = source.count < FEW;
  const isHeld = heldOut(plan.kind, source.count);
  const learned = source.part((index) => isFew || !isHeld(index));
  const held = source.part((index) => isFew || isHeld(index));
  onProgress('fit', 0, 1);
  const { model: full, backend } = await fitted(plan, kind, learned);
  const compression = plan.isCompressed === true ? source.compress(full, learned, held) : undefined;
  const model = compression === undefined ? full : kind.restore(expanded(compression.snapshot));
  onProgress('fit', 1, 1);
  const scores = scoreAll(model, source.batches(held), (done, total) => {
    onProgress('calibrate', done, total);
  });
  // Sessions are alike, and their scores nearly tie.
  const calibrator = createSurpriseCalibrator({ stepped: plan.kind.takes === 'sessions' });
  calibrator.fit(scores);
  const highest = highestSurprise(model, calibrator, source.far(learned));
  const asked = plan.threshold ?? USUAL_THRESHOLD;
  const metadata = metadataOf(plan, kind, {
    ...{ backend, compression },
    metrics: {
      samples: source.count,
      held_out: isFew ? 0 : scores.length,
      ...spread(scores),
      ...{ highest_surprise: highest, asked_surprise: asked },
    },
  });
  const parts = {
    metadata,
    model: compression?.snapshot ?? model.snapshot(),
    calibrator: compression ? compressed(calibrator.snapshot()) : calibrator.snapshot(),
  };
  const warnings = warningsOf({ scores, isHeldOut: !isFew, highest, asked, compression });
  return { ...encodeArtefact(parts), metadata, warnings };
}

interface Outcome {
  readonly backend: string;
  readonly compression: Compression | undefined;
  readonly metrics: Readonly<Record<string, number>>;
}

function metadataOf(
  plan: TrainingPlan,
  { kind, defaults }: AnyKind<never>,
  { backend, compression, metrics }: Outcome,
): ArtefactMetadata {
  return {
    name: plan.name,
    kind,
    ...(plan.features === undefined ? {} : { features: plan.features }),
    dataHash: hashOf(plan.samples),
    parameters: {
      ...{ options: { ...defaults, ...plan.options }, seed: plan.seed, ...plan.notes },
      ...(compression && { compressed: { bits: compression.bits, prune: compression.prune } }),
    },
    metrics: {
      ...metrics,
      ...(compression && {
        compressed_to: compression.share,
        compressed_shift: compression.shift,
      }),
    },
    ...(plan.parent === undefined ? {} : { parent: plan.parent }),
    backend,
    createdAt: plan.createdAt,
  };
}

function heldOut({ isOrdered }: KnownKind, count: number): (index: number) => boolean {
  const first = Math.floor((count * (HOLD_OUT - 1)) / HOLD_OUT);
  return (index) => (isOrdered ? index >= first : index % HOLD_OUT === HOLD_OUT - 1);
}

async function fitted<Samples>(
  { name, seed, options, trainer, onProgress }: TrainingPlan,
  kind: AnyKind<Samples>,
  samples: Samples,
): Promise<{ readonly model: Model<Samples>; readonly backend: string }> {
  const random = new Random(seed, name);
  if (kind.train === undefined) {
    const model = kind.create(options, random);
    model.fit(samples);
    return { model, backend: 'plain' };
  }
  const neural = await trainer();
  try {
    const model = await kind.train(samples, {
      ...{ trainer: neural, random, options },
      onProgress: ({ epoch, epochs }) => {
        onProgress('fit', epoch, epochs);
      },
    });
    return { model, backend: neural.backend };
  } finally {
    await neural.close();
  }
}

/** Scores of all batches, one after the other. */
export function scoreAll<Samples>(
  model: Model<Samples>,
  batches: readonly Samples[],
  onProgress: (done: number, total: number) => void,
): Float64Array {
  const parts: Float64Array[] = [];
  for (const [index, batch] of batches.entries()) {
    parts.push(model.score(batch));
    onProgress(index + 1, batches.length);
  }
  const scores = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    scores.set(part, at);
    at += part.length;
  }
  return scores;
}

export function rowBatches({ rows, columns, values }: Matrix): readonly Matrix[] {
  const batches: Matrix[] = [];
  for (let row = 0; row < rows; row += BATCH) {
    const end = Math.min(rows, row + BATCH);
    const part = values.subarray(row * columns, end * columns);
    batches.push({ rows: end - row, columns, values: part });
  }
  return batches;
}

function sessionBatches(sessions: Sequences): readonly Sequences[] {
  const batches: Sequences[] = [];
  for (let at = 0; at < sessions.length; at += 256) batches.push(sessions.slice(at, at + 256));
  return batches;
}

/** Median and highest score of samples that it had not seen, and how many different ones there are. */
function spread(scores: Float64Array): Readonly<Record<string, number>> {
  const sorted = scores.toSorted();
  const [median = 0, highest = 0] = [sorted[sorted.length >> 1], sorted.at(-1)];
  return {
    ...{ median_score: median, highest_score: highest },
    distinct_scores: distinctScores(scores),
  };
}

/** SHA-256 of the numbers as they were given, row after row or session after session. */
function hashOf(samples: TrainingSamples): string {
  const hash = createHash('sha256');
  if (samples.takes === 'rows') {
    const { columns, values } = samples.rows;
    hash.update(`rows ${columns}\n`).update(bytesOf(values));
  } else {
    hash.update('sessions\n');
    for (const session of samples.sessions)
      hash.update(`${session.length}\n`).update(bytesOf(session));
  }
  return hash.digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
