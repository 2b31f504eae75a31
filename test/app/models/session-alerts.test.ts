import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LiveModels } from '../../../src/actors/ports.ts';
import { restoreScoring } from '../../../src/app/models/scoring.ts';
import { SessionCollector } from '../../../src/cli/models/session-collector.ts';
import { trainModel } from '../../../src/cli/models/train-model.ts';
import { Random } from '../../../src/core/random.ts';
import { projectRoot } from '../../../src/core/root.ts';
import { decodeArtefact, type Artefact } from '../../../src/ml/registry/artefact.ts';
import { modelKind } from '../../../src/ml/registry/model-kinds.ts';
import type { Alert } from '../../../src/model/alert.ts';
import { subjectId } from '../../../src/model/subject.ts';
import { compileDetectors } from '../../../src/streams/detector-set.ts';
import { EngineHarness } from '../../support/engine-harness.ts';
import { describe } from '../../support/suite.ts';

const SHOP = subjectId('service', 'shop');

/** The configuration that comes with the program, its session_anomaly switched on and quicker. */
function configuration(options: string): string {
  const file = join(projectRoot(), 'config', 'anomaly_schema.yaml');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(
    /\n {2}- id: session_anomaly\n(?: {4}.*\n)+/,
    `
  - id: session_anomaly
    type: session_anomaly
    model: log_session
    idle: 10s
    timeout: 10m
    quiet: 60s
    ${options}
`,
  );
  assert.notEqual(changed, text);
  return changed;
}

/** One false alarm in 200 sessions, so that 250 that calibrate are enough. */
const OFTEN = 'sessions_per_week: 2000\n    alarms_per_week: 10';

const USUAL = ['order received', 'stock reserved', 'payment taken', 'order shipped'];
const STRANGE = ['order received', 'card refused by its issuer', 'stock released again'];
const FAILURES = new Set(STRANGE.slice(1));

/** Messages of a usual order: some reserve stock twice, some ask for the price. */
function order(random: Random): readonly string[] {
  const [received = '', reserved = '', taken = '', shipped = ''] = USUAL;
  const twice = random.chance(0.3) ? [reserved] : [];
  const asked = random.chance(0.2) ? ['price asked'] : [];
  return [received, ...asked, reserved, ...twice, taken, shipped];
}

/** As `models train log_session orders.ndjson --kind log_session --session request_id`. */
async function trained(): Promise<Artefact> {
  const collector = new SessionCollector({ session: 'request_id' });
  const random = new Random(1, 'orders');
  for (let id = 0; id < 1250; id += 1) {
    for (const message of order(random)) {
      collector.add({ service: 'shop', request_id: `r${id}`, message });
    }
  }
  const { bytes } = await trainModel({
    name: 'log_session',
    kind: modelKind('log_session'),
    options: {},
    seed: 1,
    samples: { takes: 'sessions', sessions: collector.finish().sessions },
    notes: {},
    trainer: () => Promise.reject(new Error('Nothing neural here.')),
    createdAt: 0,
    onProgress: () => undefined,
  });
  return decodeArtefact(bytes);
}

async function opened(artefact: Artefact | undefined, options = OFTEN): Promise<EngineHarness> {
  // On this thread at once: site time goes by in leaps here, and a thread would be late.
  const live = artefact && { id: artefact.id, ...restoreScoring(artefact) };
  const slot = { live, shadows: [] };
  const models: LiveModels = { get: () => slot, onChange: () => () => undefined };
  const site = new EngineHarness(() => compileDetectors(configuration(options), 'test'));
  site.overrides = { models };
  await site.open();
  return site;
}

/** Posts a part of a session. */
async function says(site: EngineHarness, id: string, messages: readonly string[]): Promise<void> {
  await site.post(
    'shop',
    messages.map((message) => {
      const level = FAILURES.has(message) ? ('ERROR' as const) : ('INFO' as const);
      return { message, level, request_id: id };
    }),
  );
  await site.settle();
}

/** Lets sessions become idle, and waits for what the model says of them. */
async function judged(site: EngineHarness): Promise<void> {
  await site.pass(12_000);
  site.clock.advance(20);
  for (let turn = 0; site.engine.state.asking.size > 0; turn += 1) {
    assert.ok(turn < 100_000, 'no answer came');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await site.settle();
}

const alertsOf = (site: EngineHarness): Alert[] =>
  [...site.engine.state.book.active()].filter(({ type }) => type === 'session_anomaly');

async function stateOf(site: EngineHarness): Promise<unknown> {
  const subject = await site.engine.subject(SHOP);
  return subject?.detectors['session_anomaly'];
}

describe('session_anomaly from configuration to alert', (it) => {
  it(
    'fires for a strange session by the trained model, and resolves',
    async () => {
      const artefact = await trained();
      const site = await opened(artefact);
      try {
        const random = new Random(2, 'later orders');
        for (let id = 0; id < 8; id += 1) await says(site, `usual-${id}`, order(random));
        await judged(site);
        assert.deepEqual(alertsOf(site), []);
        await says(site, 'odd', STRANGE);
        await judged(site);
        const [alert, ...others] = alertsOf(site);
        assert.deepEqual(others, []);
        assert.equal(alert?.subject, SHOP);
        const { facts, value, threshold } = alert.evidence;
        assert.equal(facts['model'], artefact.id);
        assert.equal(facts['session'], 'odd');
        assert.equal(facts['fallback'], undefined);
        assert.ok(value >= threshold, `${value} of ${threshold}`);
        await site.pass(70_000);
        assert.deepEqual(alertsOf(site), []);
      } finally {
        await site.crash();
        site.remove();
      }
    },
    { deadlineMs: 60_000 },
  );

  it(
    'goes by its rule while no model is live, and says so',
    async () => {
      const site = await opened(undefined, 'rule_rarity: 1.2');
      try {
        for (let id = 0; id < 30; id += 1) await says(site, `usual-${id}`, USUAL);
        await says(site, 'odd', STRANGE);
        await judged(site);
        const [alert] = alertsOf(site);
        assert.equal(alert?.evidence.facts['fallback'], 'missing');
        assert.equal(alert?.evidence.facts['session'], 'odd');
      } finally {
        await site.crash();
        site.remove();
      }
    },
    { deadlineMs: 60_000 },
  );

  it(
    'holds open sessions over a power cut, bit for bit, and judges them whole',
    async () => {
      const artefact = await trained();
      const results: unknown[] = [];
      for (const isCut of [false, true]) {
        const site = await opened(artefact);
        try {
          const random = new Random(3, 'orders');
          for (let id = 0; id < 4; id += 1) await says(site, `open-${id}`, order(random));
          await says(site, 'odd', STRANGE.slice(0, 2));
          const before = await stateOf(site);
          assert.notEqual(before, undefined);
          if (isCut) {
            await site.crash();
            await site.open();
            assert.deepEqual(await stateOf(site), before);
          }
          await says(site, 'odd', STRANGE.slice(2));
          await judged(site);
          const alerts = alertsOf(site);
          assert.equal(alerts[0]?.evidence.facts['events'], STRANGE.length);
          results.push({
            state: await stateOf(site),
            alerts: alerts.map(({ evidence, summary }) => ({ evidence, summary })),
          });
        } finally {
          await site.crash();
          site.remove();
        }
      }
      assert.deepEqual(results[1], results[0]);
    },
    { deadlineMs: 90_000 },
  );
});
