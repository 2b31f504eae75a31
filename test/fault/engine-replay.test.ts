import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import fc from 'fast-check';
import type { Notification } from '../../src/alerts/channel.ts';
import { encodeSubject } from '../../src/actors/subject/subject-codec.ts';
import { unpackPart } from '../../src/actors/entry-codec.ts';
import type { DetectorInput, DetectorSet } from '../../src/streams/detector.ts';
import type { Block } from '../../src/store/store.ts';
import { SimulatedClock } from '../../src/core/simulated-clock.ts';
import { askingDetector, FakeModel, FakeModels } from '../support/asking-detector.ts';
import { countingDetector, detectorSet } from '../support/counting-detector.ts';
import { EngineHarness, RecordingChannel } from '../support/engine-harness.ts';
import { canonical } from '../support/fault/canonical.ts';
import { describe } from '../support/suite.ts';

/** Remembers what it was asked to take, and can lose its answers. */
class NoticingChannel extends RecordingChannel {
  readonly notices = new Map<string, string>();
  /** Of how many deliveries one is recorded and then rejected; 0 for none. */
  loses = 0;
  #count = 0;

  override accepts(notification?: Notification): boolean {
    if (notification !== undefined) this.notices.set(notification.key, textOf(notification));
    return true;
  }

  override async deliver(notification: Notification): Promise<void> {
    await super.deliver(notification);
    this.#count += 1;
    if (this.loses > 0 && this.#count % this.loses === 0) throw new Error('The answer is lost.');
  }
}

function textOf({ alert, transition }: Notification): string {
  return canonical({ ...alert, transition });
}

function failOnPoison(input: DetectorInput): void {
  if (input.type !== 'records') return;
  if (input.records.some(({ message }) => message === 'poison')) throw new Error('It is poisoned.');
}

function detectors(): DetectorSet {
  return detectorSet([
    countingDetector({ at: 5, silenceMs: 8000, before: failOnPoison }) as never,
    countingDetector({ id: 'users', subjects: ['user'], at: 4 }) as never,
    askingDetector({ subjects: ['service', 'user'] }) as never,
  ]);
}

/** A model that scores most rows, and fails on some. */
function flakyModels(): FakeModels {
  const model = new FakeModel();
  model.rule = (value) => {
    if (value === 4) throw new Error('It cannot score this.');
    return value === 5 ? Number.NaN : value;
  };
  return new FakeModels(model);
}

type Step =
  | {
      readonly type: 'post';
      readonly service: string;
      readonly user: string;
      readonly count: number;
    }
  | { readonly type: 'poison'; readonly service: string }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'gap'; readonly ms: number }
  | { readonly type: 'acknowledge' }
  | { readonly type: 'crash' }
  | { readonly type: 'stop' };

const service = fc.constantFrom('auth', 'payment', 'database');
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('post' as const),
        service,
        user: fc.constantFrom('ana', 'bo'),
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('poison' as const), service }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('pass' as const),
        ms: fc.constantFrom(1000, 2000, 4000, 9000),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('gap' as const), ms: fc.constant(20_000) }),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'acknowledge' as const }) },
    { weight: 3, arbitrary: fc.constant({ type: 'crash' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'stop' as const }) },
  ),
  { minLength: 4, maxLength: 16 },
);

async function apply(site: EngineHarness, step: Step, index: number): Promise<void> {
  switch (step.type) {
    case 'post':
      await site.post(
        step.service,
        Array.from({ length: step.count }, (_, at) => ({
          user_id: step.user,
          duration_ms: (index + at) % 6,
        })),
      );
      return;
    case 'poison':
      await site.post(step.service, [{}, { message: 'poison' }, {}]);
      return;
    case 'pass':
      return site.pass(step.ms);
    case 'gap':
      // The process stood still: time has passed and no tick was written.
      site.clock.advance(step.ms);
      return site.settle();
    case 'acknowledge': {
      const alert = site.engine.state.book.active().toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];
      if (alert === undefined) return;
      const by = { id: `command-${index}`, alert: alert.id, by: 'ana', note: '' };
      const done = site.engine.command({ ...by, type: 'alert.acknowledge' });
      await site.settle();
      await done;
      return;
    }
    case 'crash':
      await site.crash();
      return reopen(site);
    case 'stop':
      await site.settle();
      await site.stop();
      return reopen(site);
  }
}

/** A detector that failed before waits for its restart while it recovers, and only the test lets time pass. */
async function reopen(site: EngineHarness): Promise<void> {
  let isOpen = false;
  const opening = site.open().then(() => {
    isOpen = true;
  });
  for (let turn = 1; !isOpen; turn += 1) {
    await Promise.race([opening, new Promise((resolve) => setImmediate(resolve))]);
    if (turn % 200 === 0) site.clock.wait(100);
  }
  await opening;
}

async function picture(site: EngineHarness): Promise<Record<string, string>> {
  const { engine } = site;
  await engine.archivist.flushed();
  const all: Record<string, string> = {
    book: canonical(engine.state.book.active().toSorted((a, b) => (a.id < b.id ? -1 : 1))),
    ledger: canonical({ ...engine.state.ledger }),
  };
  for (const name of [
    'service:auth',
    'service:payment',
    'service:database',
    'user:ana',
    'user:bo',
  ]) {
    const state = await engine.subject(name as never);
    const bytes = state && encodeSubject(state, engine.detectors.detectors);
    all[name] = canonical(bytes && unpackPart(bytes));
  }
  return all;
}

async function newSite(channel: NoticingChannel, models?: FakeModels): Promise<EngineHarness> {
  const site = new EngineHarness(detectors);
  site.overrides = {
    channels: [channel],
    ...(models === undefined ? {} : { models }),
    timing: { snapshotEveryMs: 1500, passivateAfterMs: 3000 },
  };
  return Promise.resolve(site);
}

/** The same journal folded once, from the first entry, without interruption. */
async function oracleOf(site: EngineHarness, channel: NoticingChannel): Promise<EngineHarness> {
  const oracle = await newSite(channel);
  cpSync(site.folder, oracle.folder, {
    recursive: true,
    filter: (path) => !path.startsWith(`${site.folder}/store`),
  });
  oracle.clock.jump(site.clock.now() - oracle.clock.now());
  await reopen(oracle);
  await oracle.settle();
  return oracle;
}

/** A clock that can stand still as SIGSTOP makes it: all time passes and no timer fires meanwhile. */
class PausingClock extends SimulatedClock {
  #pausedMs = 0;

  override monotonic(): number {
    return super.monotonic() + this.#pausedMs;
  }

  pause(ms: number): void {
    this.#pausedMs += ms;
    this.jump(ms);
  }
}

describe('An engine that is interrupted', (it) => {
  it(
    'knows and delivers the same as one that folds the journal at one go',
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, fc.integer({ min: 0, max: 4 }), async (all, loses) => {
          const channel = new NoticingChannel();
          channel.loses = loses;
          const site = await newSite(channel, flakyModels());
          await site.open();
          for (const [index, step] of all.entries()) await apply(site, step, index);
          await site.settle();
          channel.loses = 0;
          await site.pass(4000);
          for (let turn = 0; site.engine.state.outbox.pending('recorder') > 0; turn += 1) {
            assert.ok(turn < 1000, 'the outbox must empty');
            await site.pass(1000);
          }
          await site.settle();
          const own = await picture(site);
          await site.stop();
          const noticed = new NoticingChannel();
          const oracle = await oracleOf(site, noticed);
          try {
            assert.deepEqual(own, await picture(oracle));
            const delivered = new Map(channel.delivered.map((each) => [each.key, textOf(each)]));
            assert.deepEqual([...delivered].sort(), [...noticed.notices].sort());
          } finally {
            await oracle.stop();
            oracle.remove();
            site.remove();
          }
        }),
        { numRuns: Number(process.env['FAULT_RUNS'] ?? 100), includeErrorInReport: true },
      );
    },
    { deadlineMs: 180_000 },
  );

  it('keeps everything while its store fails, and catches up', async () => {
    const channel = new NoticingChannel();
    const site = await newSite(channel);
    const engine = await site.open();
    const { records } = site.store;
    const put = records.put.bind(records);
    let failures = 5;
    records.put = (blocks: readonly Block[]) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('The disk is away.')) : put(blocks);
    };
    for (let count = 0; count < 10; count += 1) await site.post('auth', [{}, {}]);
    await site.pass(2000);
    assert.ok(engine.archivist.backlogBytes > 0);
    assert.match(engine.archivist.lastError ?? '', /disk is away/);
    for (let second = 0; second < 40 && engine.state.ledger.pending > 0; second += 1)
      await site.pass(1000);
    assert.equal(engine.state.ledger.pending, 0);
    assert.equal(await records.count(), 20);
    await site.stop();
    site.remove();
  });

  it('saves with the next snapshot what one that failed was to save', async () => {
    const site = await newSite(new NoticingChannel());
    const engine = await site.open();
    const { snapshots } = site.store;
    const begin = snapshots.begin.bind(snapshots);
    let failures = 1;
    snapshots.begin = (base) => {
      const writer = begin(base);
      failures -= 1;
      if (failures < 0) return writer;
      return { ...writer, put: () => undefined, commit: () => Promise.reject(new Error('Full.')) };
    };
    const publicKey = new Uint8Array(32).fill(1);
    const done = engine.command({
      id: 'e',
      type: 'device.enroll',
      device: 'w',
      publicKey,
      by: 'ana',
    });
    await site.settle();
    await done;
    for (let second = 0; second < 6; second += 1) {
      await site.pass(1000);
      await site.snapshotted();
    }
    assert.ok(failures < -1, 'a later snapshot must have been written');
    await site.crash();
    await site.open();
    assert.equal(site.engine.state.registry.find('w')?.id, 'w');
    await site.stop();
    site.remove();
  });

  it('takes no pause of its own for the silence of others', async () => {
    const site = await newSite(new NoticingChannel());
    const clock = new PausingClock();
    Object.assign(site, { clock });
    await site.open();
    await site.post('auth', [{ level: 'INFO' }]);
    await site.settle();
    await site.pass(3000);
    clock.pause(60_000);
    await site.pass(2000);
    assert.deepEqual(site.changes, []);
    await site.pass(6000);
    assert.equal(site.changes.length, 1);
    await site.stop();
    site.remove();
  });
});
