import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import {
  alertMessage,
  encodeAlertMessage,
  MESSAGE_LIMIT,
  type AlertMessage,
} from '../../src/alerts/alert-message.ts';
import { projectRoot } from '../../src/core/root.ts';
import type { AlertTransition } from '../../src/model/alert.ts';
import { SEVERITIES } from '../../src/model/severity.ts';
import { subjectId } from '../../src/model/subject.ts';
import { notification, seedAlert } from '../support/notifications.ts';
import { describe } from '../support/suite.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
const schema = JSON.parse(
  readFileSync(join(projectRoot(), 'docs', 'alert.schema.json'), 'utf8'),
) as { readonly required: readonly string[]; readonly properties: Record<string, unknown> };
const validate = ajv.compile(schema);

function decode(bytes: Uint8Array): AlertMessage {
  return JSON.parse(Buffer.from(bytes).toString()) as AlertMessage;
}

function assertValid(message: unknown): void {
  assert.equal(validate(message), true, JSON.stringify(validate.errors));
}

const sample = seedAlert().evidence.samples[0]!;

describe('alert message', (it) => {
  it('is what the published schema says, for every transition', () => {
    const at = seedAlert().openedAt;
    const life = {
      opened: {},
      repeated: { count: 2, revision: 2 },
      acknowledged: {
        state: 'acknowledged',
        acknowledgedAt: at,
        acknowledgedBy: 'ann',
        note: 'mine',
      },
      resolved: { state: 'resolved', resolvedAt: at, resolvedBy: 'condition cleared' },
    } as const;
    for (const [transition, changes] of Object.entries(life)) {
      const bytes = encodeAlertMessage(notification(changes, transition as AlertTransition));
      assertValid(decode(bytes));
    }
  });

  it('has exactly the fields the schema requires and describes', () => {
    const fields = Object.keys(alertMessage(notification())).sort();
    assert.deepEqual(fields, [...schema.required].sort());
    const enriched = { ...notification(), enrichment: { owner: 'ops' } };
    const all = Object.keys(alertMessage(enriched)).sort();
    assert.deepEqual(all, Object.keys(schema.properties).sort());
    assert.ok(validate(decode(encodeAlertMessage(enriched))));
    const bad = { ...enriched, enrichment: { owner: 7 as unknown as string } };
    assert.equal(validate(decode(encodeAlertMessage(bad))), false);
  });

  it('is refused by the schema when something is wrong with it', () => {
    const good = decode(encodeAlertMessage(notification()));
    const bad: Record<string, unknown>[] = [
      { id: 'x' },
      { severity: 'HIGH' },
      { state: 'closed' },
      { opened_at: '2024-02-16 14:30:00' },
      { subject: 'payment-service' },
      { revision: 0 },
      { evidence: {} },
      { detector: 'error_spike' },
      { schema: 2 },
    ];
    for (const change of bad)
      assert.equal(validate({ ...good, ...change }), false, JSON.stringify(change));
  });

  it('carries the values of the alert under the documented names', () => {
    const message = decode(encodeAlertMessage(notification()));
    assert.equal(message.subject, 'service:payment-service');
    assert.equal(message.opened_at, '2024-02-16T14:30:00.000Z');
    assert.equal(message.acknowledged_at, null);
    assert.deepEqual(message.detector, { id: 'error_spike', version: 1 });
    assert.deepEqual(message.evidence.samples, [
      {
        timestamp: '2024-02-16T14:29:59.990Z',
        level: 'ERROR',
        service: 'payment-service',
        message: 'card declined',
        request_id: 'r-1',
        duration_ms: 12,
      },
    ]);
    assert.match(message.text, /^⚠️ ANOMALY DETECTED\n/);
  });

  it('leaves out samples from the last when it would be too large, then the facts', () => {
    const long = 'x'.repeat(20_000);
    const { evidence } = seedAlert();
    const samples = [1, 2, 3, 4, 5].map((n) => ({ ...sample, message: `${n} ${long}` }));
    const some = encodeAlertMessage(notification({ evidence: { ...evidence, samples } }));
    const kept = decode(some).evidence;
    assert.deepEqual(
      kept.samples.map(({ message }) => String(message).slice(0, 1)),
      ['1', '2', '3'],
    );
    assert.equal(kept.truncated, true);
    assert.ok(some.length <= MESSAGE_LIMIT);
    const facts = { all: 'y'.repeat(MESSAGE_LIMIT) };
    const none = decode(encodeAlertMessage(notification({ evidence: { ...evidence, facts } })));
    assert.deepEqual([none.evidence.samples, none.evidence.facts], [[], {}]);
    assert.equal(none.evidence.value, 150);
    assertValid(none);
  });

  it('keeps what fits exactly and cuts what has one byte more', () => {
    const size = encodeAlertMessage(notification()).length;
    assert.equal(decode(encodeAlertMessage(notification(), size)).evidence.truncated, false);
    assert.equal(decode(encodeAlertMessage(notification(), size - 1)).evidence.truncated, true);
  });

  it('is valid and within its limit for any alert', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('é'.repeat(40_000), '"'.repeat(70_000)));
    const alerts = fc.record({
      severity: fc.constantFrom(...SEVERITIES),
      summary: text,
      actionRequired: text,
      key: text,
      note: fc.option(text, { nil: undefined }),
      resolvedBy: fc.option(text, { nil: undefined }),
      acknowledgedBy: fc.option(text, { nil: undefined }),
      subject: fc.constantFrom(subjectId('device', 'w.1'), subjectId('user', 'ann@x')),
      evidence: fc.record({
        value: fc.double(),
        threshold: fc.double(),
        unit: fc.constant('ms'),
        windowMs: fc.nat(),
        samples: fc.array(
          text.map((message) => ({ ...sample, message })),
          { maxLength: 5 },
        ),
        facts: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 16 }),
      }),
    });
    fc.assert(
      fc.property(alerts, (changes) => {
        const bytes = encodeAlertMessage(notification(changes));
        assert.ok(bytes.length <= MESSAGE_LIMIT);
        assertValid(decode(bytes));
      }),
      { numRuns: 60 },
    );
  });
});
