import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../../../src/actors/engine.ts';
import type { Opener } from '../../../src/actors/ports.ts';
import { encodeSubject } from '../../../src/actors/subject/subject-codec.ts';
import { unpackPart } from '../../../src/actors/entry-codec.ts';
import { noBreadcrumbs } from '../../../src/actors/watchdog.ts';
import type { Channel, Notification } from '../../../src/alerts/channel.ts';
import { frameReader } from '../../../src/app/frame-reader.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { noMetrics } from '../../../src/core/metrics.ts';
import { SiteClock } from '../../../src/core/site-clock.ts';
import { noTracer } from '../../../src/core/trace.ts';
import { parseSubjectId, type SubjectId } from '../../../src/model/subject.ts';
import { openKeyRing } from '../../../src/security/key-ring.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Journal } from '../../../src/store/journal.ts';
import type { Store, StoredRecord } from '../../../src/store/store.ts';
import { compileDetectors } from '../../../src/streams/detector-set.ts';
import { createOpener } from '../../../src/wire/opener.ts';
import { createTemplateMiners } from '../../../src/wire/templates/template-miners.ts';
import { createRecordDecoder } from '../../../src/wire/records/decode.ts';
import { loadLogSchema } from '../../../src/wire/records/schema.ts';
import { canonical } from './canonical.ts';
import { readOnly } from './journals.ts';
import { SINK_NAME, sinkLine } from './sink-channel.ts';
import type { SinkLine } from './site-config.ts';

export interface FoldOptions {
  readonly dataFolder: string;
  readonly configFolder: string;
  readonly journal: Journal;
  /** Empty for an uninterrupted fold from the first entry; the site's own to see what the site knows. */
  readonly storeFolder: string;
}

/** All that a site knows, in forms that can be compared. */
export interface Fold {
  readonly engine: Engine;
  readonly store: Store;
  readonly subjects: ReadonlyMap<SubjectId, string>;
  /** Alerts in the store by id, canonical, resolved ones included. */
  readonly alerts: ReadonlyMap<string, string>;
  readonly book: string;
  /** Notifications that the fold gave rise to; whole only for a fold from the first entry. */
  readonly notices: ReadonlyMap<string, SinkLine>;
  readonly records: readonly StoredRecord[];
  readonly deadLetters: readonly string[];
}

/** Folds a journal in an engine of its own, which appends nothing and delivers nothing. */
export async function foldJournal(options: FoldOptions): Promise<Fold> {
  const { dataFolder, configFolder, journal, storeFolder } = options;
  const clock = new SiteClock(systemClock);
  const schemaFile = join(configFolder, 'log_schema.yaml');
  const decoder = createRecordDecoder(loadLogSchema(readFileSync(schemaFile, 'utf8'), schemaFile));
  const store = await openEmbeddedStore({
    folder: storeFolder,
    site: 'local',
    decode: (payload) => decoder.wire(payload),
  });
  const keyRing = await openKeyRing({ folder: dataFolder, clock });
  const channel = new NoticeChannel();
  const engine = new Engine({
    site: 'local',
    clock,
    logger: silentLogger,
    metrics: noMetrics,
    tracer: noTracer,
    random: () => 0.5,
    journal: readOnly(journal),
    store,
    opener: createOpener({ site: 'local', keyRing }) as unknown as Opener,
    decoder,
    frames: frameReader,
    miners: createTemplateMiners(),
    channels: [channel],
    companions: [],
    breadcrumbs: noBreadcrumbs,
    hangs: [],
    timing: { snapshotEveryMs: 1e12, passivateAfterMs: 1e12 },
    compile: (content) => compileDetectors(content, 'anomaly_schema.yaml'),
    hooks: {
      folded: () => undefined,
      note: () => undefined,
      actorEvent: () => undefined,
      alertChanged: () => undefined,
      isWatched: () => false,
      seen: () => undefined,
      fatal: (path, error) => {
        throw new Error(`${path}: ${String(error)}`);
      },
    },
  });
  await engine.recover();
  await engine.archivist.flushed();
  return {
    engine,
    store,
    subjects: await subjectsOf(engine, store),
    alerts: await alertsOf(store),
    book: canonical(engine.state.book.snapshot().active.toSorted(byAlertId)),
    notices: channel.notices,
    records: await recordsOf(store),
    deadLetters: await lettersOf(store),
  };
}

export async function closeFold({ engine, store }: Fold): Promise<void> {
  engine.abandon();
  await store.close();
}

/** Remembers what it was asked to take. */
class NoticeChannel implements Channel {
  readonly name = SINK_NAME;
  readonly notices = new Map<string, SinkLine>();

  accepts(notification: Notification): boolean {
    this.notices.set(notification.key, sinkLine(notification));
    return true;
  }

  deliver(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function subjectsOf(engine: Engine, store: Store): Promise<Map<SubjectId, string>> {
  const ids = new Set<SubjectId>([...engine.directory.slots()].map(([id]) => id));
  for await (const name of store.snapshots.parts('subject/')) {
    const id = parseSubjectId(name.slice('subject/'.length));
    if (id !== undefined) ids.add(id);
  }
  const subjects = new Map<SubjectId, string>();
  for (const id of [...ids].sort()) {
    const state = await engine.subject(id);
    const bytes = state && encodeSubject(state, engine.detectors.detectors);
    subjects.set(id, canonical(bytes && unpackPart(bytes)));
  }
  return subjects;
}

async function alertsOf(store: Store): Promise<Map<string, string>> {
  const alerts = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await store.alerts.list({
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const alert of page.alerts) alerts.set(alert.id, canonical(alert));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return alerts;
}

async function recordsOf(store: Store): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.records.query({
      from: 0,
      to: 1e14,
      order: 'asc',
      limit: 10_000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    records.push(...page.records);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return records;
}

async function lettersOf(store: Store): Promise<string[]> {
  const letters: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.deadLetters.list({
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    // Records that the gateway refused have no place in the journal.
    letters.push(...page.letters.map(({ id }) => id).filter((id) => !id.startsWith('http.')));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return letters.sort();
}

function byAlertId(a: { alert: { id: string } }, b: { alert: { id: string } }): number {
  return a.alert.id < b.alert.id ? -1 : 1;
}
