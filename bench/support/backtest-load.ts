import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf } from '../../src/actors/cells.ts';
import { NO_MODELS, type LiveModels } from '../../src/actors/ports.ts';
import { storeHistory } from '../../src/app/backtest/history.ts';
import { fixedModels, pastModel } from '../../src/app/backtest/past-models.ts';
import { runBacktest } from '../../src/app/backtest/run-backtest.ts';
import { projectRoot } from '../../src/core/root.ts';
import { decodeArtefact } from '../../src/ml/registry/artefact.ts';
import { subjectId, type SubjectId } from '../../src/model/subject.ts';
import type { WireRecord } from '../../src/model/wire-record.ts';
import { createSimulation } from '../../src/sim/simulation.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import type { BlockEntry, Store } from '../../src/store/store.ts';
import { createRecordDecoder } from '../../src/wire/records/decode.ts';
import { encodeRecords } from '../../src/wire/records/encode.ts';
import { loadLogSchema } from '../../src/wire/records/schema.ts';
import { trainForest } from '../../test/support/e2e/trained-model.ts';

/** What the parent asks for. */
export interface BacktestLoad {
  readonly records: number;
  readonly devices: number;
  readonly services: number;
  /** Records a second of all services together, and ms between two readings of a watch. */
  readonly rate: number;
  readonly sampleMs: number;
}

export interface BacktestFigures {
  readonly records: number;
  /** Of history. */
  readonly hours: number;
  readonly entries: number;
  readonly rules: RunFigures;
  /** With `model_score` on every service. */
  readonly model: RunFigures;
  /** Reading the records alone. */
  readonly readSeconds: number;
}

export interface RunFigures {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly alerts: number;
  readonly scores: number;
  /** Most memory resident while it ran, in MiB. */
  readonly residentMb: number;
  readonly isRepeatable: boolean;
}

const START = Date.UTC(2026, 0, 1);
const STEP_MS = 1000;
const BLOCK_ENTRIES = 4096;
const root = projectRoot();

process.once('message', (load: BacktestLoad) => {
  void measure(load).then((figures) => process.send?.(figures));
});

async function measure(load: BacktestLoad): Promise<BacktestFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'wk-backtest-'));
  const schema = join(root, 'config', 'log_schema.yaml');
  const decoder = createRecordDecoder(loadLogSchema(readFileSync(schema, 'utf8'), schema));
  const decode = (payload: Uint8Array) => decoder.wire(payload);
  const store = await openEmbeddedStore({ folder, site: 'bench', decode });
  try {
    const { to, entries } = await fill(store, load);
    const readSeconds = await readAll(store, to);
    const rulesFile = join(root, 'config', 'anomaly_schema.yaml');
    const rules = readFileSync(rulesFile, 'utf8');
    const asking = rules.replace('type: model_score\n    enabled: false', 'type: model_score');
    const forest = pastModel(decodeArtefact(trainForest(1)));
    const models = fixedModels(new Map([['service_windows', { live: forest, shadows: [] }]]));
    const source = { store, to };
    return {
      records: await store.records.count(),
      hours: (to - START) / 3_600_000,
      entries,
      rules: await run(source, { rules, models: NO_MODELS }),
      model: await run(source, { rules: asking, models }),
      readSeconds,
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Stores what a simulated fleet sends, second by second, as it would have come in. */
async function fill(
  store: Store,
  { records, ...fleet }: BacktestLoad,
): Promise<{ readonly to: number; readonly entries: number }> {
  const simulation = createSimulation({ seed: 1, scenario: 'all', start: START, ...fleet });
  let state = simulation.initial();
  let [stored, lsn] = [0, 0];
  let waiting: BlockEntry[] = [];
  while (stored < records) {
    const step = simulation.advance(state, state.now + STEP_MS);
    ({ state } = step);
    for (const batch of step.batches) {
      const own =
        batch.kind === 'device' ? batch.records.map(({ record }) => record) : batch.records;
      lsn += 1;
      waiting.push(entryOf(subjectId(batch.kind, batch.id), own, { lsn, observedAt: state.now }));
      stored += own.length;
    }
    // A tick of the site.
    lsn += 1;
    if (waiting.length < BLOCK_ENTRIES && stored < records) continue;
    await store.records.put(blocks(waiting));
    waiting = [];
  }
  return { to: state.now + 1, entries: lsn };
}

function entryOf(
  subject: SubjectId,
  records: readonly WireRecord[],
  place: Pick<BlockEntry, 'lsn' | 'observedAt'>,
): BlockEntry {
  const times = records.map(({ timestamp }) => timestamp);
  return {
    ...place,
    subject,
    payload: encodeRecords(records),
    count: records.length,
    minTimestamp: Math.min(...times),
    maxTimestamp: Math.max(...times),
    levels: [0, records.length, 0, 0, 0],
    services: [...new Set(records.map(({ service }) => service))],
    users: [],
  };
}

function blocks(entries: BlockEntry[]): ReturnType<typeof blocksOf> {
  return blocksOf({
    ...{ firstLsn: entries[0]?.lsn ?? 0, isPast: false, entries, isClosed: true, foldedAt: 0 },
    ...{ begun: entries.length, done: entries.length, quarantined: 0, bytes: 0 },
  });
}

async function readAll(store: Store, to: number): Promise<number> {
  const start = performance.now();
  const pages = storeHistory(store).records({ axis: 'ingest', from: START, to });
  for await (const page of pages) void page;
  return (performance.now() - start) / 1000;
}

/** Twice: for the figures the second time, and the first time for comparison. */
async function run(
  { store, to }: { readonly store: Store; readonly to: number },
  options: { readonly rules: string; readonly models: LiveModels },
): Promise<RunFigures> {
  let resident = 0;
  const once = () =>
    runBacktest({
      history: storeHistory(store),
      query: { axis: 'ingest', from: START, to },
      ...{ site: 'bench', rulesFile: 'anomaly_schema.yaml', ...options },
      onProgress: () => (resident = Math.max(resident, process.memoryUsage.rss())),
    });
  const first = await once();
  resident = 0;
  const start = performance.now();
  const cpu = process.cpuUsage();
  const second = await once();
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (user + system) / 1e6,
    alerts: second.alerts.length,
    scores: second.models.reduce((sum, { rows }) => sum + rows, 0),
    residentMb: resident / 2 ** 20,
    isRepeatable: first.hash === second.hash,
  };
}
