import assert from 'node:assert/strict';
import fc from 'fast-check';
import { subjectId } from '../../src/model/subject.ts';
import { createTemplateMiners } from '../../src/wire/templates/template-miners.ts';
import { countingDetector, detectorSet } from '../support/counting-detector.ts';
import { EngineHarness } from '../support/engine-harness.ts';
import { describe } from '../support/suite.ts';

/** More than are encoded in one turn, so that folding goes on while a snapshot is written. */
const SERVICES = Array.from({ length: 40 }, (_, index) => `s${index}`);

type Step = 'crash' | 'stop' | 'fail' | 'tick' | { readonly texts: readonly string[] };

const text = fc.oneof(
  fc.tuple(fc.constantFrom('paid', 'refused'), fc.nat(99)).map(([w, n]) => `${w} order ${n}`),
  fc.constantFrom('ann', 'bob', 'cy', 'dan', 'eve').map((user) => `user ${user} signed in`),
  fc.constant(''),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(text, { minLength: 1, maxLength: 4 }).map((texts) => ({ texts })),
  },
  { weight: 2, arbitrary: fc.constant('tick' as const) },
  { weight: 1, arbitrary: fc.constantFrom('crash' as const, 'stop' as const, 'fail' as const) },
);

function newSite(): EngineHarness {
  const site = new EngineHarness(() => detectorSet([countingDetector({ at: 1e9 }) as never]));
  site.overrides = { timing: { snapshotEveryMs: 0, passivateAfterMs: 1500 } };
  return site;
}

/** The next snapshot cannot be committed. */
function failSnapshot({ store }: EngineHarness): void {
  const { snapshots } = store;
  const begin = snapshots.begin.bind(snapshots);
  snapshots.begin = (base) => {
    snapshots.begin = begin;
    const writer = begin(base);
    return {
      put: writer.put.bind(writer),
      remove: writer.remove.bind(writer),
      commit: () => Promise.reject(new Error('The disk is full.')),
    };
  };
}

async function take(site: EngineHarness, each: Step): Promise<void> {
  if (each === 'crash') await site.crash();
  else if (each === 'stop') await site.stop();
  else if (each === 'fail') failSnapshot(site);
  else if (each === 'tick') {
    await site.pass(1000);
    await site.snapshotted();
  } else {
    // The tick's snapshot is still being written when these are folded.
    site.clock.advance(1000);
    const posts = SERVICES.map((name) =>
      site.post(
        name,
        each.texts.map((message) => ({ message })),
      ),
    );
    await Promise.all(posts);
    await site.settle();
  }
  if (each === 'crash' || each === 'stop') await site.open();
}

async function heldBy(site: EngineHarness, service: string): Promise<unknown> {
  const state = await site.engine.subject(subjectId('service', service));
  return state?.templates?.reader.templates() ?? [];
}

describe('templates of a site', (it) => {
  it('are the same after snapshots that fail, crashes and sleep as if it had never stopped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const site = newSite();
        try {
          await site.open();
          const model = createTemplateMiners().open('service', undefined);
          for (const each of steps) {
            await take(site, each);
            if (typeof each === 'string') continue;
            for (const message of each.texts) if (message !== '') model.tally(message);
          }
          await site.crash();
          await site.open();
          for (const service of SERVICES) {
            assert.deepEqual(await heldBy(site, service), model.templates(), service);
          }
        } finally {
          await site.stop();
          site.remove();
        }
      }),
      { numRuns: 12 },
    );
  });

  it('are stored with records, and known to detectors', async () => {
    const site = newSite();
    const seen: unknown[] = [];
    site.detectors = () => {
      const counter = countingDetector({ at: 1e9 });
      const selector: typeof counter.selector = (state) => (record) => {
        seen.push([record.templateId, record.isNewTemplate]);
        return counter.selector(state)?.(record) ?? false;
      };
      return detectorSet([{ ...counter, selector } as never]);
    };
    await site.open();
    await site.post('payment', [{ message: 'paid order 1' }, { message: 'paid order 2' }]);
    await site.pass(1000);
    await site.engine.archivist.flushed();
    const now = site.clock.now();
    const { records } = await site.store.records.query({ from: 0, to: now + 1, order: 'asc' });
    const held = (await heldBy(site, 'payment')) as readonly { id: string; template: string }[];
    assert.deepEqual(
      records.map((record) => record.template_id),
      [held[0]?.id, held[0]?.id],
    );
    assert.equal(held[0]?.template, 'paid order <*>');
    assert.deepEqual(seen, [
      [held[0].id, true],
      [held[0].id, false],
    ]);
    await site.stop();
    site.remove();
  });
});
