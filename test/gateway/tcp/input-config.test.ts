import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/core/root.ts';
import { loadInputs } from '../../../src/gateway/tcp/input-config.ts';
import { tagService } from '../../../src/gateway/tcp/input-parser.ts';
import { peerPolicy, readNetwork } from '../../../src/gateway/tcp/peer-policy.ts';
import { describe } from '../../support/suite.ts';

const load = (...entries: readonly string[]) =>
  loadInputs(`inputs:\n${entries.map((each) => `  - ${each}\n`).join('')}`, 'inputs.yaml');

describe('inputs.yaml', (it) => {
  it('may be empty, and the one of the project enables nothing', () => {
    assert.deepEqual(loadInputs('', 'f'), []);
    assert.deepEqual(loadInputs('inputs:\n', 'f'), []);
    assert.deepEqual(loadInputs('inputs: []\n', 'f'), []);
    const file = join(projectRoot(), 'config/inputs.yaml');
    const text = readFileSync(file, 'utf8');
    assert.deepEqual(loadInputs(text, file), []);
    const shown = text.replace('inputs: []', '').replace(/^# ?/gm, '');
    const body = shown.slice(shown.indexOf('inputs:'));
    assert.deepEqual(
      loadInputs(body, file).map(({ name }) => name),
      ['syslog', 'syslog-udp', 'syslog-tls', 'lines', 'forward', 'lumberjack'],
    );
  });

  it('leaves out what is not enabled, and fills in the defaults', () => {
    const [input, ...others] = load(
      '{ type: lines, port: 5170 }',
      '{ type: syslog, port: 1, enabled: false }',
    );
    assert.deepEqual(others, []);
    assert.equal(input?.host, '127.0.0.1');
    assert.equal(input?.name, 'lines');
    assert.equal(input?.limits.lineBytes, 65_536);
    assert.equal(input?.tls, undefined);
  });

  it('opens itself to other machines only with TLS and a word on who may send', () => {
    const open = 'host: 0.0.0.0, port: 1';
    const refused: readonly (readonly [string, RegExp])[] = [
      [`{ type: lines, ${open}, allow: [10.0.0.0/8] }`, /:2:\d+ .*must use TLS/],
      [`{ type: lines, ${open}, tls: true }`, /must say who may send/],
      [`{ type: lumberjack, ${open}, tls: { client_certificates: optional } }`, /who may send/],
      [`{ type: syslog-udp, ${open} }`, /who may send/],
    ];
    for (const [entry, message] of refused) assert.throws(() => load(entry), { message });
    const taken = [
      `{ type: lines, ${open}, tls: true, token: true }`,
      `{ type: forward, ${open}, tls: true, shared_key: x }`,
      `{ type: syslog, ${open}, tls: { client_certificates: required } }`,
      `{ type: lumberjack, ${open}, tls: true, allow: ['10.0.0.0/8'] }`,
      `{ type: syslog-udp, ${open}, allow: ['::/0', 192.168.1.1] }`,
    ];
    for (const entry of taken) assert.equal(load(entry).length, 1, entry);
  });

  it('names the place of a mistake and the likely spelling', () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['{ type: linse, port: 1 }'], /^inputs\.yaml:2:13 .*"lines"/],
      [['{ type: lines }'], /"port" is missing/],
      [['{ type: lines, port: 70000 }'], /from 0 to 65535/],
      [['{ type: lines, port: 1, prot: 2 }'], /Unknown key "prot".*"port"/],
      [['{ type: lines, port: 1, parser: jason }'], /"parser"/],
      [['{ type: lines, port: 1 }', '{ type: lines, port: 2 }'], /two inputs named "lines"/],
      [['{ type: lines, port: 1, name: Big }'], /"name"/],
      [['{ type: lines, port: 1, shared_key: x }'], /"shared_key" does not go with type "lines"/],
      [['{ type: syslog-udp, port: 1, tls: true }'], /"tls" does not go/],
      [['{ type: lines, port: 1, allow: [10.0.0.0/40] }'], /a network such as/],
      [['{ type: lines, port: 1, service: "a b" }'], /a service of/],
      [['{ type: forward, port: 1, tags: { a: "b c" } }'], /a service of/],
      [['{ type: forward, port: 1, users: [{ name: a, password: b }] }'], /shared_key/],
      [['{ type: lines, port: 1, tls: { cert_file: a } }'], /both "cert_file" and "key_file"/],
      [['{ type: lines, port: 1, limits: { idel: 5s } }'], /Unknown key "idel".*"idle"/],
      [['{ type: lines, port: 1, limits: { idle: 1ms } }'], /"idle"/],
    ];
    for (const [entries, message] of wrong) {
      assert.throws(() => load(...entries), { code: 'CONFIG_INVALID', message }, entries[0]);
    }
    assert.throws(() => loadInputs('input: []', 'f'), /Unknown key "input"/);
    const many = Array.from({ length: 65 }, (_, n) => `{ type: lines, port: 0, name: n${n} }`);
    assert.throws(() => load(...many), /at most 64/);
  });
});

describe('who may send by address', (it) => {
  it('reads addresses and networks', () => {
    assert.deepEqual(readNetwork('10.0.0.0/8'), { address: '10.0.0.0', bits: 8, family: 'ipv4' });
    assert.equal(readNetwork('::1')?.bits, 128);
    for (const text of ['10.0.0.0/33', 'host', '10.0.0.0/8/8', '10.0.0.0/x', '']) {
      assert.equal(readNetwork(text), undefined, text);
    }
  });

  it('lets this machine and the listed ones', () => {
    const may = peerPolicy(['10.0.0.0/8', 'fd00::/8']);
    const cases: readonly (readonly [string | undefined, boolean])[] = [
      ['127.0.0.1', true],
      ['::1', true],
      ['10.1.2.3', true],
      ['::ffff:10.1.2.3', true],
      ['::ffff:11.1.2.3', false],
      ['11.0.0.1', false],
      ['fd00::1', true],
      ['fe80::1', false],
      [undefined, false],
    ];
    for (const [address, expected] of cases) assert.equal(may(address), expected, address);
    assert.equal(peerPolicy([])('11.0.0.1'), true);
  });
});

describe('the service of a tag', (it) => {
  it('is the longest entry that fits, else the tag as a name', () => {
    const tags = new Map([
      ['kube.*', 'k8s'],
      ['kube.pay.*', 'payment'],
      ['kube.pay', 'exact'],
    ]);
    const service = tagService(tags);
    assert.equal(service('kube.pay.x'), 'payment');
    assert.equal(service('kube.other'), 'k8s');
    assert.equal(service('kube.pay'), 'exact');
    assert.equal(service('nginx access/log'), 'nginx-access-log');
    assert.equal(service(''), 'forward');
  });
});
