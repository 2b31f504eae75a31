import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from '../../src/actors/engine.ts';
import { ENGINE_TIMING } from '../../src/actors/engine-options.ts';
import type { LiveModel, LiveModels, Opener } from '../../src/actors/ports.ts';
import { noBreadcrumbs } from '../../src/actors/watchdog.ts';
import { frameReader } from '../../src/app/frame-reader.ts';
import { loadModel } from '../../src/app/models/load-model.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { noMetrics, type Metrics } from '../../src/core/metrics.ts';
import { projectRoot } from '../../src/core/root.ts';
import { SiteClock } from '../../src/core/site-clock.ts';
import { noTracer } from '../../src/core/trace.ts';
import { decodeArtefact } from '../../src/ml/registry/artefact.ts';
import { ENTRY } from '../../src/model/journal-entry.ts';
import { openKeyRing } from '../../src/security/key-ring.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { openSegmentJournal } from '../../src/store/segment-journal.ts';
import type { Detector, DetectorSet } from '../../src/streams/detector.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { WINDOW_FEATURES } from '../../src/streams/detectors/feature-windows.ts';
import { createGroupSealer } from '../../src/wire/group-sealer.ts';
import { createOpener } from '../../src/wire/opener.ts';
import { createRecordDecoder } from '../../src/wire/records/decode.ts';
import { encodeRecords } from '../../src/wire/records/encode.ts';
import { loadLogSchema } from '../../src/wire/records/schema.ts';
import { createTemplateMiners } from '../../src/wire/templates/template-miners.ts';
import { trainForest } from '../../test/support/e2e/trained-model.ts';
import { median, quantile } from './figures.ts';

/** What `bench/scorer.ts` prints. */
export interface ScorerFigures {
  readonly capacityRowsPerSecond: number;
  readonly halfLoad: {
    readonly rowsPerSecond: number;
    readonly rows: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    /** Of each second its p99, and of these the median: less of what else the machine did. */
    readonly secondP99Ms: number;
    readonly rowsPerBatch: number;
    readonly computeP50Ms: number;
    readonly computeP99Ms: number;
  };
  readonly cost: {
    readonly offMicrosPerRecord: number;
    /** With the detector on, as a ratio to off in the same round. */
    readonly modelScore: number;
    /** The same, with a session for every five records. */
    readonly sessionAnomaly: number;
  };
}

const SERVICES = 40;
const PER_GROUP = 20;
const COLUMNS = WINDOW_FEATURES.service.set.columns.length;

/** Batches as the scorer measured them. */
class Seen {
  compute: number[] = [];
  rows: number[] = [];
  waits: number[] = [];
  /** The same by second. */
  seconds = new Map<number, number[]>();

  readonly metrics: Metrics = {
    ...noMetrics,
    histogram: (name) => ({
      observe: (value) => {
        if (name === 'watchkeeper_ml_compute_seconds') this.compute.push(value * 1000);
        if (name === 'watchkeeper_ml_batch_rows') this.rows.push(value);
      },
    }),
  };

  reset(): void {
    this.compute = [];
    this.rows = [];
    this.waits = [];
    this.seconds = new Map();
  }

  note(wait: number): void {
    this.waits.push(wait);
    const second = Math.floor(performance.now() / 1000);
    const list = this.seconds.get(second);
    if (list === undefined) this.seconds.set(second, [wait]);
    else list.push(wait);
  }
}

/** Asks for a score of every record, and notes how long the answer took to come back to it. */
function asker(seen: Seen): Detector<number> {
  return {
    id: 'asker',
    type: 'asker',
    version: 1,
    subjects: ['service'],
    initial: () => 0,
    selector: () => () => true,
    deadline: () => undefined,
    detect: (state, input) => ({
      state,
      findings: [],
      requests:
        input.type === 'deadline'
          ? []
          : input.records.map(({ durationMs = 0 }, index) => ({
              model: 'service_windows',
              key: input.triggers[index] ?? '',
              trigger: input.triggers[index] ?? '',
              input: new Float64Array(COLUMNS).fill(Math.log1p(durationMs)),
              timeoutMs: 600_000,
              note: performance.now(),
            })),
    }),
    answer(state, { request }) {
      seen.note(performance.now() - Number(request.note));
      return { state: state + 1, findings: [] };
    },
    snapshot: (state) => state,
    restore: () => 0,
  };
}

/** A fold on a real journal and a real store, without the gateway in front. */
async function openSite(detectors: () => DetectorSet, models: LiveModels, metrics: Metrics) {
  const folder = mkdtempSync(join(tmpdir(), 'wk-scorer-'));
  const clock = new SiteClock(systemClock);
  const keyRing = await openKeyRing({ folder, clock });
  const { id, publicKey } = keyRing.current();
  const recipient = { id, publicKey };
  const sealer = createGroupSealer({ site: 'bench', recipient, gateway: 'g', epoch: 1 });
  const file = join(projectRoot(), 'config', 'log_schema.yaml');
  const decoder = createRecordDecoder(loadLogSchema(readFileSync(file, 'utf8'), file));
  const journal = await openSegmentJournal({ folder: join(folder, 'journal'), clock });
  const decode = (payload: Uint8Array) => decoder.wire(payload);
  const store = await openEmbeddedStore({ folder: join(folder, 'store'), site: 'bench', decode });
  const state = { inFlight: 0 };
  const nothing = (): undefined => undefined;
  const engine = new Engine({
    site: 'bench',
    clock,
    logger: silentLogger,
    metrics,
    tracer: noTracer,
    random: Math.random,
    journal,
    store,
    opener: createOpener({ site: 'bench', keyRing }) as unknown as Opener,
    decoder,
    frames: frameReader,
    miners: createTemplateMiners(),
    models,
    channels: [],
    companions: [],
    breadcrumbs: noBreadcrumbs,
    hangs: [],
    timing: ENGINE_TIMING,
    compile: detectors,
    hooks: {
      folded: () => (state.inFlight -= 1),
      note: nothing,
      actorEvent: nothing,
      alertChanged: nothing,
      isWatched: () => false,
      seen: nothing,
      fatal: (path, error) => {
        throw new Error(`${path}: ${String(error)}`);
      },
    },
  });
  await engine.recover();
  engine.start();
  await engine.command({ id: 'c', type: 'config.set', hash: 'h', content: 'c' });
  return {
    engine,
    state,
    append(service: string, records: readonly object[]): void {
      const body = sealer.seal(service, encodeRecords(records as never));
      journal.append({ kind: ENTRY.group, subject: service, observedAt: clock.now(), body });
    },
    async close(): Promise<void> {
      await engine.stop();
      await store.close();
      await journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Site = Awaited<ReturnType<typeof openSite>>;

let number = 0;

function post(site: Site, service: number): void {
  const records = Array.from({ length: PER_GROUP }, () => {
    number += 1;
    return {
      timestamp: Date.now(),
      level: 'INFO',
      service: `s${service}`,
      message: `handled request ${number} in ${number % 90} ms`,
      request_id: `r${Math.floor(number / 5)}`,
      duration_ms: number % 90,
    };
  });
  site.append(`s${service}`, records);
}

/** Rows answered in a second when as many are asked for as the site folds. */
async function capacity(site: Site, seen: Seen, seconds: number): Promise<number> {
  seen.reset();
  const start = performance.now();
  let asked = 0;
  while (performance.now() - start < seconds * 1000) {
    for (let service = 0; service < SERVICES && asked - seen.waits.length < 4096; service += 1) {
      post(site, service);
      asked += PER_GROUP;
    }
    await sleep(1);
  }
  return (seen.waits.length / (performance.now() - start)) * 1000;
}

/** Asks at a steady rate. */
async function pace(site: Site, rowsPerSecond: number, seconds: number): Promise<void> {
  const start = performance.now();
  let [asked, service] = [0, 0];
  for (let now = start; now - start < seconds * 1000; now = performance.now()) {
    while (asked < ((now - start) / 1000) * rowsPerSecond) {
      post(site, service % SERVICES);
      service += 1;
      asked += PER_GROUP;
    }
    await sleep(1);
  }
  await sleep(500);
}

/** CPU of the whole process per record, in µs, for a number of records folded at full speed. */
async function cost(detectors: () => DetectorSet, models: LiveModels): Promise<number> {
  const site = await openSite(detectors, models, noMetrics);
  const rounds = 250;
  const run = async (): Promise<number> => {
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round += 1) {
      for (let service = 0; service < SERVICES; service += 1) post(site, service);
      if (round % 10 === 9) {
        await sleep(1);
        await site.engine.drained();
      }
    }
    await site.engine.drained();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (rounds * SERVICES * PER_GROUP);
  };
  await run();
  const micros = await run();
  await site.close();
  return micros;
}

function modelsOf(model: LiveModel): LiveModels {
  const slot = { live: model, shadows: [] };
  return { get: () => slot, onChange: () => () => undefined };
}

/** The shipped configuration, with some of the detectors that ask switched on. */
function configuration(...on: readonly string[]): () => DetectorSet {
  const file = join(projectRoot(), 'config', 'anomaly_schema.yaml');
  const text = readFileSync(file, 'utf8');
  const chosen = on.reduce(
    (all, id) => all.replace(`type: ${id}\n    enabled: false`, `type: ${id}`),
    text,
  );
  return () => compileDetectors(chosen, file);
}

async function measure(): Promise<ScorerFigures> {
  const model = await loadModel(decodeArtefact(trainForest(1)), systemClock);
  const models = modelsOf(model);
  const seen = new Seen();
  const own = asker(seen) as unknown as Detector;
  const set: DetectorSet = {
    hash: 'bench',
    detectors: [own],
    expectedServices: [],
    forKind: (kind) => (kind === 'service' ? [own] : []),
  };
  const site = await openSite(() => set, models, seen.metrics);
  await capacity(site, seen, 3);
  const capacityRowsPerSecond = await capacity(site, seen, 8);
  await sleep(1000);
  seen.reset();
  const rowsPerSecond = capacityRowsPerSecond / 2;
  await pace(site, rowsPerSecond, 15);
  const { waits, compute, rows } = seen;
  await site.close();
  const [off, windows, sessions]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < 3; round += 1) {
    off.push(await cost(configuration(), models));
    windows.push(await cost(configuration('model_score'), models));
    sessions.push(await cost(configuration('session_anomaly'), models));
  }
  const ratio = (to: readonly number[]): number =>
    median(to.map((value, index) => value / (off[index] ?? value)));
  return {
    capacityRowsPerSecond,
    halfLoad: {
      rowsPerSecond,
      rows: waits.length,
      p50Ms: median(waits),
      p99Ms: quantile(waits, 0.99),
      secondP99Ms: median([...seen.seconds.values()].map((each) => quantile(each, 0.99))),
      rowsPerBatch: median(rows),
      computeP50Ms: median(compute),
      computeP99Ms: quantile(compute, 0.99),
    },
    cost: {
      offMicrosPerRecord: median(off),
      modelScore: ratio(windows),
      sessionAnomaly: ratio(sessions),
    },
  };
}

process.send?.(await measure());
