import { readFileSync } from 'node:fs';
import { readScores } from '../../src/actors/entry-codec.ts';
import type { LiveModels } from '../../src/actors/ports.ts';
import { fixedModels, pastModel } from '../../src/app/backtest/past-models.ts';
import { Random } from '../../src/core/random.ts';
import { createSurpriseCalibrator } from '../../src/ml/calibration/surprise.ts';
import { decodeArtefact, encodeArtefact } from '../../src/ml/registry/artefact.ts';
import { logSessionModel } from '../../src/ml/sequences/log-session.ts';
import type { Alert } from '../../src/model/alert.ts';
import { ENTRY, type ScoreResult } from '../../src/model/journal-entry.ts';
import type { WireRecord } from '../../src/model/wire-record.ts';
import { createSimulation } from '../../src/sim/simulation.ts';
import type { Store } from '../../src/store/store.ts';
import { compileDetectors } from '../../src/streams/detector-set.ts';
import { trainForest } from './e2e/trained-model.ts';
import { EngineHarness } from './engine-harness.ts';

export const RULES_FILE = 'config/anomaly_schema.yaml';

/** The shipped detectors, all of them switched on, with models asked after seconds instead of minutes. */
export function everyDetector(): string {
  const text = readFileSync(new URL(`../../${RULES_FILE}`, import.meta.url), 'utf8');
  return text
    .replaceAll('    enabled: false\n', '')
    .replace('    window: 5 minutes\n    alarms_per_week: 0.5\n', ASKING);
}

const ASKING = [
  ...['window: 30s', 'lateness: 2s', 'scale: none', 'min_windows: 2', 'timeout: 10s'],
  'alarms_per_week: 1000',
]
  .map((line) => `    ${line}\n`)
  .join('');

/** Models for the shipped detectors that ask one: a forest over windows, and one of sessions. */
export function askedModels(): LiveModels {
  const forest = pastModel(decodeArtefact(trainForest(1)));
  const session = pastModel(decodeArtefact(trainSessions()));
  return fixedModels(
    new Map([
      ['service_windows', { live: forest, shadows: [] }],
      ['log_session', { live: session, shadows: [] }],
    ]),
  );
}

function trainSessions(): Uint8Array {
  const random = new Random(3);
  const sessions = Array.from({ length: 400 }, () =>
    Uint32Array.from({ length: random.integer(2, 6) }, () => random.integer(1, 9)),
  );
  const model = logSessionModel.create({}, random);
  model.fit(sessions);
  const calibrator = createSurpriseCalibrator();
  calibrator.fit(model.score(sessions));
  return encodeArtefact({
    metadata: {
      name: 'log_session',
      kind: model.kind,
      dataHash: '0'.repeat(64),
      parameters: {},
      metrics: {},
      backend: 'plain',
      createdAt: 0,
    },
    model: model.snapshot(),
    calibrator: calibrator.snapshot(),
  }).bytes;
}

interface PlayOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly rules: string;
  readonly models?: LiveModels;
}

/** What a simulated site stored while it ran live. */
export interface PlayedSite {
  readonly harness: EngineHarness;
  readonly store: Store;
  /** In order of id. */
  readonly alerts: readonly Alert[];
  /** What models said, by subject, detector and key. */
  readonly scores: ReadonlyMap<string, ScoreResult>;
  readonly from: number;
  readonly to: number;
  close(): Promise<void>;
}

/** Runs a simulated fleet through a live engine on a real journal and store, at a pace that its seed decides. */
export async function playSite({ seed, minutes, rules, models }: PlayOptions): Promise<PlayedSite> {
  const harness = new EngineHarness(() => compileDetectors(rules, RULES_FILE));
  if (models !== undefined) harness.overrides = { models };
  await harness.open();
  const from = harness.clock.now();
  await simulate(harness, { seed, to: from + minutes * 60_000 });
  await harness.engine.archivist.flushed();
  const { alerts } = await harness.store.alerts.list({ limit: 10_000 });
  return {
    ...{ harness, from, to: harness.clock.now(), store: harness.store },
    alerts: alerts.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    scores: await scoresOf(harness),
    async close() {
      await harness.crash();
      harness.remove();
    },
  };
}

async function simulate(
  harness: EngineHarness,
  { seed, to }: { readonly seed: number; readonly to: number },
): Promise<void> {
  const random = new Random(seed, 'pace');
  const fleet = { seed, devices: 5, services: 6, rate: 1, scenario: 'all' };
  const simulation = createSimulation({ ...fleet, start: harness.clock.now() });
  for (const { id } of simulation.watches) await harness.enroll(id);
  let state = simulation.initial();
  while (harness.clock.now() < to) {
    await passOnTime(harness, random.integer(200, 6_000));
    const step = simulation.advance(state, harness.clock.now());
    ({ state } = step);
    for (const batch of step.batches) {
      if (batch.kind === 'service') await harness.post(batch.id, batch.records.map(inSession));
      else {
        const records = batch.records.map(({ record }) => record);
        await harness.postDevice(batch.id, records);
      }
    }
    await harness.settle();
  }
}

/** Lets time pass as in a site whose ticks come at once: on the second, and when a deadline falls due. */
async function passOnTime(harness: EngineHarness, ms: number): Promise<void> {
  const { clock, engine } = harness;
  for (const end = clock.now() + ms; clock.now() < end;) {
    const now = clock.now();
    const second = (Math.floor(now / 1000) + 1) * 1000;
    const due = Math.max(now + 1, Math.ceil(engine.state.timers.next ?? Infinity));
    clock.advance(Math.min(end, second, due) - now);
    await harness.settle();
  }
}

function inSession(record: WireRecord): WireRecord {
  return { ...record, request_id: `${record.service}-${Math.floor(record.timestamp / 8_000)}` };
}

async function scoresOf(harness: EngineHarness): Promise<ReadonlyMap<string, ScoreResult>> {
  const scores = new Map<string, ScoreResult>();
  for await (const entries of harness.journal.read(1)) {
    for (const { kind, body } of entries) {
      if (kind !== ENTRY.scores) continue;
      for (const { subject, detector, key, answer } of readScores(body).rows) {
        scores.set([subject, detector, key].join(' '), answer);
      }
    }
  }
  return scores;
}
