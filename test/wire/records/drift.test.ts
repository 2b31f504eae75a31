import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/root.ts';
import { createRecordDecoder } from '../../../src/wire/records/decode.ts';
import { DRIFT_LIMITS, OTHERS, SchemaDrift } from '../../../src/wire/records/drift.ts';
import { readJsonRecords } from '../../../src/wire/records/intake.ts';
import { encodeRecords } from '../../../src/wire/records/encode.ts';
import { loadLogSchema } from '../../../src/wire/records/schema.ts';
import { describe } from '../../support/suite.ts';

const FILE = join(projectRoot(), 'config/log_schema.yaml');
const schema = loadLogSchema(readFileSync(FILE, 'utf8'), FILE);
const NOW = 1_770_000_000_000;

const base = { timestamp: NOW, level: 'INFO', service: 'pay', message: 'm' };

function post(drift: SchemaDrift, records: readonly object[], observedAt = NOW) {
  const body = Buffer.from(JSON.stringify(records));
  return readJsonRecords(body, { format: 'json', observedAt, schema, drift });
}

const brief = (drift: SchemaDrift) =>
  drift.list().map(({ service, field, kind, count }) => `${service} ${field} ${kind} ${count}`);

describe('schema drift', (it) => {
  it('counts unknown fields and other types by service, with first and last time', () => {
    const drift = new SchemaDrift();
    post(drift, [base, { ...base, shade: 1 }, { ...base, service: 'auth', user_id: 7 }]);
    post(
      drift,
      [
        { ...base, shade: 'x' },
        { ...base, duration_ms: 'slow' },
      ],
      NOW + 5,
    );
    assert.deepEqual(brief(drift).sort(), [
      'auth user_id type 1',
      'pay duration_ms type 1',
      'pay shade unknown 2',
    ]);
    const shade = drift.list().find(({ field }) => field === 'shade');
    assert.deepEqual([shade?.firstSeen, shade?.lastSeen], [NOW, NOW + 5]);
    assert.equal(drift.total('unknown'), 2);
    assert.equal(drift.total('type'), 2);
  });

  it('counts a field that used to be there, and none that comes and goes', () => {
    const drift = new SchemaDrift();
    const many = (count: number, fields: (index: number) => object) =>
      Array.from({ length: count }, (_, index) => ({ ...base, ...fields(index) }));
    const steady = (index: number) => ({
      request_id: 'r',
      ...(index % 2 === 0 ? { error_code: 'E' } : {}),
    });
    post(drift, many(512, steady));
    assert.deepEqual(brief(drift), []);
    post(
      drift,
      many(10, () => ({})),
    );
    assert.deepEqual(brief(drift), ['pay request_id missing 10']);
    // Two windows in which it is there now and then: it is optional.
    post(
      drift,
      many(502, (index) => (index % 2 === 0 ? { request_id: 'r' } : {})),
    );
    const before = drift.total('missing');
    post(
      drift,
      many(100, () => ({})),
    );
    assert.equal(drift.total('missing'), before);
  });

  it('looks at frames of watches and not again at what the gateway looked at', () => {
    const drift = new SchemaDrift();
    const decoder = createRecordDecoder(schema, drift);
    const payload = encodeRecords([{ ...base, shade: 1 } as never]);
    const context = { observedAt: NOW, clockOffsetMs: 0, service: 'watch' };
    decoder.decode(payload, { ...context, deviceId: undefined });
    assert.deepEqual(brief(drift), []);
    decoder.decode(payload, { ...context, deviceId: 'w-1' });
    assert.deepEqual(brief(drift), ['pay shade unknown 1']);
    decoder.wire(payload);
    assert.deepEqual(brief(drift), ['pay shade unknown 1']);
  });

  it('is bounded in services and fields, and what is beyond is counted together', () => {
    const drift = new SchemaDrift();
    const { services, fields, nameLength } = DRIFT_LIMITS;
    for (let index = 0; index < services + 50; index += 1) {
      post(drift, [{ ...base, service: `s${index}`, shade: 1 }]);
    }
    for (let index = 0; index < fields + 20; index += 1) {
      post(drift, [{ ...base, service: 's0', [`f${index}${'x'.repeat(200)}`]: 1 }]);
    }
    const list = drift.list();
    assert.equal(new Set(list.map(({ service }) => service)).size, services + 1);
    assert.equal(list.find(({ service }) => service === OTHERS)?.count, 50);
    assert.equal(list.filter(({ service }) => service === 's0').length, fields + 1);
    assert.equal(
      list.find(({ service, field }) => service === 's0' && field === OTHERS)?.count,
      21,
    );
    assert.ok(list.every(({ field }) => field.length <= nameLength));
    assert.equal(drift.total('unknown'), services + 50 + fields + 20);
  });

  it('keeps every way to say a level beside the level it stands for', () => {
    const table: readonly (readonly [string | number, string, boolean])[] = [
      ['DEBUG', 'DEBUG', false],
      ['info', 'INFO', false],
      ['Warning', 'WARNING', false],
      ['ERROR', 'ERROR', false],
      ['critical', 'CRITICAL', false],
      ['warn', 'WARNING', true],
      ['err', 'ERROR', true],
      ['crit', 'CRITICAL', true],
      ['notice', 'INFO', true],
      ['emerg', 'CRITICAL', true],
      ['informational', 'INFO', true],
      ['V', 'DEBUG', true],
      ['D', 'DEBUG', true],
      ['I', 'INFO', true],
      ['W', 'WARNING', true],
      ['E', 'ERROR', true],
      ['F', 'CRITICAL', true],
      ['A', 'CRITICAL', true],
      ['0', 'CRITICAL', true],
      ['3', 'ERROR', true],
      ['4', 'WARNING', true],
      ['5', 'INFO', true],
      ['6', 'INFO', true],
      ['7', 'DEBUG', true],
      ['TRACE', 'DEBUG', true],
      ['DEBUG2', 'DEBUG', true],
      ['INFO4', 'INFO', true],
      ['WARN3', 'WARNING', true],
      ['ERROR2', 'CRITICAL', true],
      ['FATAL4', 'CRITICAL', true],
      ...Array.from({ length: 24 }, (_, index) => {
        const number = index + 1;
        const name = ['DEBUG', 'DEBUG', 'INFO', 'WARNING'][index >> 2] ?? 'CRITICAL';
        const own = [5, 9, 13, 17, 18].includes(number);
        return [number, number === 17 ? 'ERROR' : name, !own] as const;
      }),
    ];
    const decoder = createRecordDecoder(schema);
    for (const [given, level, isKept] of table) {
      const { groups, rejected } = post(new SchemaDrift(), [{ ...base, level: given }]);
      assert.deepEqual(rejected, [], String(given));
      const [record] = decoder.wire(groups[0]?.payload ?? new Uint8Array());
      assert.equal(record?.level, level, String(given));
      assert.equal(record.attributes?.['severity_text'], isKept ? given : undefined);
    }
  });

  it('keeps the level beside an attribute of the same name', () => {
    const own = { ...base, level: 'warn', attributes: { severity_text: 'mine' } };
    const { groups } = post(new SchemaDrift(), [own]);
    const [record] = createRecordDecoder(schema).wire(groups[0]?.payload ?? new Uint8Array());
    assert.deepEqual(record?.attributes, { severity_text: 'mine', severity_original: 'warn' });
  });
});
