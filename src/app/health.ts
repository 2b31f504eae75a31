import type { Engine } from '../actors/engine.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Health, HealthPart } from '../gateway/site-api.ts';
import type { Intake } from '../gateway/intake.ts';
import type { AlertBus } from '../federation/alert-bus.ts';
import type { Journal } from '../store/journal.ts';
import type { Store } from '../store/store.ts';
import type { InputInfo } from '../gateway/tcp/input-info.ts';
import { enrichmentPart } from './enrichment/enrichment-part.ts';
import type { LookupFiles } from './enrichment/lookup-files.ts';
import { inputParts } from './inputs.ts';
import { schemaPart, type SchemaFile } from './schema-file.ts';

export interface HealthSources {
  readonly site: string;
  readonly version: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly store: Store;
  readonly engine: Engine;
  readonly intake: Pick<Intake, 'pressure'>;
  readonly bus: AlertBus | undefined;
  readonly isReady: () => boolean;
  readonly inputs: () => readonly InputInfo[];
  readonly schemaFile: Pick<SchemaFile, 'problem'>;
  readonly enrichment: Pick<LookupFiles, 'info'>;
}

/** Health of each part, with its reason and what to do. */
export async function healthOf(sources: HealthSources): Promise<Health> {
  const parts = [
    journalPart(sources.journal),
    await storePart(sources),
    intakePart(sources.intake),
    busPart(sources),
    subjectsPart(sources.engine),
    ...inputParts(sources.inputs()),
    schemaPart(sources.schemaFile),
    enrichmentPart(sources.enrichment.info()),
  ];
  const worst = parts.some(({ state }) => state === 'failed')
    ? 'failed'
    : parts.some(({ state }) => state === 'degraded')
      ? 'degraded'
      : 'ok';
  const { site, version } = sources;
  return { state: worst, ready: sources.isReady() && worst !== 'failed', site, version, parts };
}

function journalPart(journal: Journal): HealthPart {
  const evidence = `${journal.nextLsn - journal.firstLsn} entries, ${(journal.sizeBytes / 1e6).toFixed(1)} MB, ${journal.state}`;
  if (journal.state === 'full') {
    return {
      name: 'journal',
      state: 'failed',
      evidence,
      fix: 'Free disk space; it goes on by itself.',
    };
  }
  if (journal.state !== 'ok') {
    return { name: 'journal', state: 'failed', evidence, fix: 'Check the disk, then start again.' };
  }
  return { name: 'journal', state: 'ok', evidence, fix: '' };
}

async function storePart({ store, engine, clock }: HealthSources): Promise<HealthPart> {
  const backlog = `${(engine.archivist.backlogBytes / 1e6).toFixed(1)} MB behind`;
  try {
    await answered(store.ping(), clock);
  } catch (error) {
    return {
      name: `store (${store.kind})`,
      state: 'degraded',
      evidence: `${messageOf(error)}; ${backlog}`,
      fix: 'Start the database; the journal keeps everything until it is back.',
    };
  }
  const { lastError } = engine.archivist;
  if (lastError === undefined)
    return { name: `store (${store.kind})`, state: 'ok', evidence: backlog, fix: '' };
  return {
    name: `store (${store.kind})`,
    state: 'degraded',
    evidence: `${lastError}; ${backlog}`,
    fix: 'Look at the store.',
  };
}

/** How long the store may take to answer, in real ms. */
const PING_MS = 2_000;

function answered(ping: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(PING_MS, () => {
      reject(new Error(`It did not answer within ${PING_MS / 1000} s`));
    });
    void ping.then(resolve, reject).finally(cancel);
  });
}

function intakePart(intake: Pick<Intake, 'pressure'>): HealthPart {
  const pressure = intake.pressure();
  const evidence = `${Math.round(pressure * 100)} % of the in-flight budget in use`;
  const isPressed = pressure >= 0.75;
  return {
    name: 'intake',
    state: isPressed ? 'degraded' : 'ok',
    evidence,
    fix: isPressed ? 'Debug and information frames are being shed; add capacity or send less.' : '',
  };
}

const REFUSED_LATELY_MS = 600_000;

/** Services and users beyond those that are told apart: their records are kept, but not all detectors see them. */
function subjectsPart({ state }: Engine): HealthPart {
  const { knownServices, knownUsers, time, serviceLimit } = state;
  const isLately = ({ lastRefusedAt }: { readonly lastRefusedAt: number }): boolean =>
    time.now - lastRefusedAt < REFUSED_LATELY_MS;
  const evidence = `${knownServices.size} of ${serviceLimit} services, ${knownUsers.size} of ${knownUsers.limit} users told apart`;
  const name = 'subjects';
  if (isLately(knownServices)) {
    return {
      name,
      state: 'degraded',
      evidence: `${evidence}; ${knownServices.refused} groups of more services since the start`,
      fix: 'Find out who sends under so many names; else raise max_services in anomaly_schema.yaml.',
    };
  }
  if (!isLately(knownUsers)) return { name, state: 'ok', evidence, fix: '' };
  return {
    name,
    state: 'degraded',
    evidence: `${evidence}; some records of more users reach no user detector`,
    fix: 'Find out who sends under so many user names.',
  };
}

function busPart({ bus, engine }: HealthSources): HealthPart {
  if (bus === undefined) {
    return {
      name: 'nats',
      state: 'off',
      evidence: 'no nats-server: no alert subscribers, no federation',
      fix: 'Install nats-server (Debian: apt-get install nats-server) and start again.',
    };
  }
  const problem = bus.problem();
  const evidence = `${bus.url}, ${engine.state.outbox.pending('nats')} alerts waiting`;
  return problem === undefined
    ? { name: 'nats', state: 'ok', evidence, fix: '' }
    : {
        name: 'nats',
        state: 'degraded',
        evidence: `${problem}; ${evidence}`,
        fix: 'Start the NATS server; alerts wait in the outbox.',
      };
}
