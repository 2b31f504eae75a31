import { modelKind } from '../../ml/registry/model-kinds.ts';
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
  const gathered = kind.takes === 'rows' ? await rows(request, say) : await sessions(request, say);
  const { name, options, seed, parent, now } = request;
  const trained = trainModel({
    ...{ name, kind, options, seed, samples: gathered.samples, notes: gathered.notes },
    ...(parent === undefined ? {} : { parent }),
    createdAt: now,
    onProgress: (stage, done, total) => {
      say({ type: 'progress', stage, done, total });
    },
  });
  return { trained, skipped: gathered.skipped, left: gathered.left };
}

interface Gathered {
  readonly samples: TrainingSamples;
  readonly notes: Readonly<Record<string, unknown>>;
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
