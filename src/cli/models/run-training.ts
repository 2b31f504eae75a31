import { systemClock } from '../../core/clock.ts';
import { WatchkeeperError } from '../../core/errors.ts';
import { probeBackends } from '../../ml/neural/probe-backends.ts';
import { createTrainer, type Trainer } from '../../ml/neural/trainer.ts';
import { modelKind } from '../../ml/registry/model-kinds.ts';
import type { ArtefactMetadata } from '../../ml/registry/artefact.ts';
import { WINDOW_FEATURES } from '../../streams/detectors/feature-windows.ts';
import { WindowCollector, type WindowOptions } from './window-collector.ts';
import { RowCollector, rowsWhere } from './labelled-rows.ts';
import { readNamedValues, type NamedValues } from './named-values.ts';
import { SessionCollector } from './session-collector.ts';
import { siteValues } from './site-values.ts';
import { trainModel, type Trained, type TrainingSamples } from './train-model.ts';
import type { TrainingNews, TrainingRequest } from './training-request.ts';

export interface TrainingResult {
  readonly trained: Trained;
  /** Rows or records that could not be used. */
  readonly skipped: number;
  /** Samples left out, because they are labelled as anomalies. */
  readonly left: number;
}

/** Reads what a model is to learn from, trains it and packs the artefact. */
export async function runTraining(
  request: TrainingRequest,
  say: (news: TrainingNews) => void,
): Promise<TrainingResult> {
  const kind = modelKind(request.kind);
  const gathered = await gather(kind.takes, request, say);
  const { name, options, seed, parent, now } = request;
  const trained = await trainModel({
    ...{ name, kind, options, seed, samples: gathered.samples, notes: gathered.notes },
    ...(parent === undefined ? {} : { parent }),
    isCompressed: request.isCompressed ?? false,
    ...(request.threshold === undefined ? {} : { threshold: request.threshold }),
    ...(gathered.features === undefined ? {} : { features: gathered.features }),
    trainer: openTrainer,
    createdAt: now,
    onProgress: (stage, done, total) => {
      say({ type: 'progress', stage, done, total });
    },
  });
  return { trained, skipped: gathered.skipped, left: gathered.left };
}

/** On the best backend that works here. */
async function openTrainer(): Promise<Trainer> {
  const clock = systemClock;
  const { chosen } = await probeBackends({ clock });
  if (chosen !== undefined) return createTrainer({ backend: chosen, clock });
  throw new WatchkeeperError('MODEL_FAILED', 'No backend can train neural models here.', {
    fix: 'See what stands in the way with: watchkeeper doctor',
  });
}

function gather(
  takes: 'rows' | 'sessions',
  request: TrainingRequest,
  say: (news: TrainingNews) => void,
): Promise<Gathered> {
  if (takes === 'sessions') return sessions(request, say);
  return request.windows === undefined
    ? rows(request, say)
    : windows(request, request.windows, say);
}

interface Gathered {
  readonly samples: TrainingSamples;
  readonly notes: Readonly<Record<string, unknown>>;
  readonly features?: ArtefactMetadata['features'];
  readonly skipped: number;
  readonly left: number;
}

async function rows(
  request: TrainingRequest,
  say: (news: TrainingNews) => void,
): Promise<Gathered> {
  const collector = new RowCollector(request);
  for await (const values of valuesOf(request, say)) collector.add(values);
  const { matrix, labels, columns, skipped } = collector.finish();
  const normal = rowsWhere(matrix, (row) => labels[row] !== 1);
  const left = matrix.rows - normal.rows;
  return { samples: { takes: 'rows', rows: normal }, notes: { columns }, skipped, left };
}

async function windows(
  request: TrainingRequest,
  options: WindowOptions,
  say: (news: TrainingNews) => void,
): Promise<Gathered> {
  const collector = new WindowCollector(options);
  for await (const values of valuesOf(request, say)) collector.add(values);
  const { matrix, skipped } = collector.finish();
  const { name, version, hash, columns } = WINDOW_FEATURES[options.features].set;
  return {
    samples: { takes: 'rows', rows: matrix },
    notes: { columns, window: options.windowMs, scale: options.scale },
    features: { name, version, hash },
    skipped,
    left: 0,
  };
}

async function sessions(
  request: TrainingRequest,
  say: (news: TrainingNews) => void,
): Promise<Gathered> {
  const collector = new SessionCollector(request);
  for await (const values of valuesOf(request, say)) collector.add(values);
  const found = collector.finish();
  const normal = found.sessions.filter((_, index) => found.labels[index] !== 1);
  const { session, event } = request;
  return {
    samples: { takes: 'sessions', sessions: normal },
    notes: { session, event: event ?? 'template' },
    skipped: found.skipped,
    left: found.sessions.length - normal.length,
  };
}

async function* valuesOf(
  { site, files, as, now }: TrainingRequest,
  say: (news: TrainingNews) => void,
): AsyncGenerator<NamedValues> {
  let done = 0;
  const onRead = (count: number): void => {
    done += count;
    say({ type: 'progress', stage: 'read', done, total: 0 });
  };
  if (site !== undefined) yield* siteValues(site, onRead);
  const options = { onRead, reference: now, ...(as === undefined ? {} : { as }) };
  for (const file of files) yield* readNamedValues(file, options);
}
