import assert from 'node:assert/strict';
import { WatchkeeperError } from '../../../src/core/errors.ts';
import { loadKafkaInputs, readBroker } from '../../../src/gateway/kafka/kafka-config.ts';
import { loadInputs } from '../../../src/gateway/tcp/input-config.ts';
import { describe } from '../../support/suite.ts';

const load = (...entries: readonly string[]) =>
  loadKafkaInputs(`kafka:\n${entries.map((each) => `  - ${each}\n`).join('')}`, 'inputs.yaml');

const BASE = `brokers: ['k1:9092'], topics: [logs]`;

function refusal(entry: string): string {
  try {
    load(entry);
  } catch (error) {
    assert.ok(error instanceof WatchkeeperError);
    assert.equal(error.code, 'CONFIG_INVALID');
    return `${error.message} ${error.fix ?? ''}`;
  }
  return assert.fail(`${entry} was taken`);
}

describe('kafka: of inputs.yaml', (it) => {
  it('may be missing, and stands beside the other inputs', () => {
    for (const text of ['', 'inputs: []\n', 'kafka:\n', 'kafka: []\n']) {
      assert.deepEqual(loadKafkaInputs(text, 'f'), []);
    }
    assert.deepEqual(loadInputs(`kafka:\n  - { ${BASE} }\n`, 'f'), []);
  });

  it('fills in the defaults, and leaves out what is not enabled', () => {
    const [input, ...others] = load(`{ ${BASE} }`, `{ name: b, enabled: false, ${BASE} }`);
    assert.deepEqual(others, []);
    assert.deepEqual(input, {
      name: 'kafka',
      brokers: ['k1:9092'],
      topics: ['logs'],
      enabled: true,
      group: 'watchkeeper',
      startAt: 'end',
      parser: 'auto',
      service: '',
      tls: undefined,
      sasl: undefined,
      limits: {
        messageBytes: 262_144,
        batch: 500,
        fetchBytes: 4_194_304,
        partitions: 4,
        session: 30_000,
      },
    });
    assert.equal(load(`{ ${BASE}, tls: true }`)[0]?.tls?.caFile, '');
    assert.equal(load(`{ ${BASE}, tls: false }`)[0]?.tls, undefined);
  });

  it('says where a mistake is, and what would be right', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [`{ brokers: [k1], topics: [logs] }`, /:2:\d+.*host:port.*"k1"/],
      [`{ brokers: ['k1:0'], topics: [logs] }`, /host:port/],
      [`{ brokers: [], topics: [logs] }`, /at least one broker/],
      [`{ brokers: ['k1:9'], topics: [] }`, /at least one topic/],
      [`{ brokers: ['k1:9'], topics: ['a b'] }`, /a topic of 1 to 249/],
      [`{ topics: [logs] }`, /"brokers" is missing/],
      [`{ ${BASE}, topic: x }`, /topics/],
      [`{ ${BASE}, parser: jsn }`, /json/],
      [`{ ${BASE}, start_at: now }`, /start_at/],
      [`{ ${BASE}, group: '' }`, /consumer group/],
      [`{ ${BASE}, name: 'A b' }`, /"name"/],
      [`{ ${BASE}, service: 'a b' }`, /a service of 1 to 128/],
      [`{ ${BASE}, tls: { cert_file: a.pem } }`, /cert_file.*key_file/],
      [`{ ${BASE}, sasl: { username: u } }`, /password_file/],
      [`{ ${BASE}, sasl: { username: u, password: p, password_file: f } }`, /password_file/],
      [`{ ${BASE}, sasl: { mechanism: plain, username: u, password: p } }`, /in clear.*tls: true/],
      [`{ ${BASE}, limits: { session: 1s } }`, /session/],
    ];
    for (const [entry, expected] of cases) assert.match(refusal(entry), expected);
    assert.throws(() => load(`{ ${BASE} }`, `{ ${BASE} }`), /two named "kafka"/);
    const local = `brokers: ['127.0.0.1:9'], topics: [a]`;
    assert.equal(
      load(`{ ${local}, sasl: { mechanism: plain, username: u, password: p } }`).length,
      1,
    );
  });

  it('reads brokers by name, address and IPv6 address', () => {
    assert.deepEqual(readBroker('kafka-1.example:9093'), { host: 'kafka-1.example', port: 9093 });
    assert.deepEqual(readBroker('[::1]:9092'), { host: '::1', port: 9092 });
    for (const text of ['', 'a', 'a:', ':1', 'a:70000', 'http://a:1', 'a b:1']) {
      assert.equal(readBroker(text), undefined);
    }
  });
});
