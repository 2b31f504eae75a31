import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../../src/model/alert.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { line } from '../support/e2e/records.ts';
import { REASON, registryOf, trainForest } from '../support/e2e/trained-model.ts';
import { until } from '../support/nats-server.ts';
import { describe } from '../support/suite.ts';

const DETECTOR = `
  - id: model_score
    type: model_score
    model: service_windows
    window: 10s
    scale: none
    min_windows: 1
    lateness: 0s
    alarms_per_week: 1000
    rule_deviations: 1000000
`;

/** Usual windows of ten seconds, one of slow failures, and what closes it. */
function story(service: string): readonly Readonly<Record<string, unknown>>[] {
  const start = Math.floor((Date.now() - 120_000) / 10_000) * 10_000;
  const at = (window: number, second: number, fields: object) =>
    line({
      service,
      message: `took ${second}`,
      level: 'INFO',
      duration_ms: 30 + second,
      ...fields,
      timestamp: start + window * 10_000 + second * 1000,
    });
  const seconds = Array.from({ length: 10 }, (_, second) => second);
  return [
    ...Array.from({ length: 6 }, (_, window) => seconds.map((s) => at(window, s, {}))).flat(),
    ...seconds.map((s) => at(6, s, { level: 'ERROR', duration_ms: 4000 })),
    at(7, 1, {}),
  ];
}

async function alertOf(site: E2eSite, service: string): Promise<Alert> {
  return until(`an alert about ${service}`, async () => {
    const { alerts } = await site.http.get<{ alerts: readonly Alert[] }>('/v1/alerts');
    return alerts.find(({ type, subject }) => type === 'model_score' && subject.endsWith(service));
  });
}

async function prepared(): Promise<E2eSite> {
  const site = E2eSite.prepare({ withNats: false });
  const file = join(site.configFolder, 'anomaly_schema.yaml');
  const text = readFileSync(file, 'utf8');
  const entry = /\n {2}- id: model_score\n(?: {4}.*\n)+/.exec(text)?.[0] ?? '';
  assert.notEqual(entry, '');
  writeFileSync(file, text.replace(entry, DETECTOR));
  return Promise.resolve(site);
}

describe('model_score in a whole site', (it) => {
  it(
    'raises alerts that name the live model, follows promotion and rollback, and survives a restart',
    async () => {
      const site = await prepared();
      try {
        const registry = await registryOf(site.dataFolder);
        const first = await registry.put(trainForest(1), REASON);
        const second = await registry.put(trainForest(2), REASON);
        await registry.move('service_windows', { id: first.id, to: 'live', ...REASON });
        await site.up();
        await site.logs(story('alpha'));
        const alert = await alertOf(site, 'alpha');
        const { facts } = alert.evidence;
        assert.equal(facts['model'], first.id);
        assert.equal(facts['fallback'], undefined);
        assert.ok(Number(facts['surprise']) > 1.7);
        const parts = facts['contributions'] as readonly { name: string }[];
        assert.ok(parts.length > 0 && parts.every(({ name }) => /^[a-z_0-9]+$/.test(name)));

        await registry.move('service_windows', { id: second.id, to: 'live', ...REASON });
        let turn = 0;
        const by = async (wanted: string): Promise<void> => {
          await until(`an alert by ${wanted.slice(0, 8)}`, async () => {
            turn += 1;
            await site.logs(story(`beta${turn}`));
            const found = await alertOf(site, `beta${turn}`);
            return found.evidence.facts['model'] === wanted ? found : undefined;
          });
        };
        await by(second.id);
        await registry.rollback('service_windows', REASON);
        await by(first.id);

        const before = await alertOf(site, 'alpha');
        await site.down();
        await site.up();
        assert.equal((await alertOf(site, 'alpha')).id, before.id);
        await site.logs(story('gamma'));
        assert.equal((await alertOf(site, 'gamma')).evidence.facts['model'], first.id);
      } finally {
        await site.close();
      }
    },
    { deadlineMs: 90_000 },
  );
});
