import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createTemplateMiner,
  restoreTemplateMiner,
  type MinedLine,
  type TemplateMiner,
} from '../../../src/wire/templates/miner.ts';
import { describe } from '../../support/suite.ts';
import { fillTemplate, normalLine } from './fill-template.ts';
import { labelledLines, STATEMENTS } from './statements.ts';

/** Texts that are rich in what the scanner treats in its own way. */
const PIECE = fc.oneof(
  fc.constantFrom(
    ...['user', 'alice', 'bob', 'eth0', 'eth1', '12', '4.5 MB', '7 bytes (1.1 KB)', '10.0.0.1:80'],
    ...[
      '/var/log/x',
      'http://a.example/b?c=d',
      'C:\\x\\y',
      'blk_-17',
      'true',
      'null',
      'key=',
      '=v',
    ],
    ...[
      'tag="a b"',
      '<*>',
      '<5',
      '>3',
      '()',
      ' [] ',
      '::',
      'Sun Jul 10 2005',
      '0x1f',
      "can't",
      '...',
    ],
    ...[
      '00:1a:2b:3c:4d:5e',
      'fe80::1',
      '::ffff:10.0.0.1',
      '0000:ae:00.1',
      'node-[1-4,7]',
      'n1,n2',
      '****',
      '"a b"',
      'off',
      'a|b',
      '{7}',
      'x{7}',
      '==',
      '=>',
      '->',
      '\u0000',
      '\t',
      'é',
      '漢字',
    ],
  ),
  fc.string({ maxLength: 6 }),
);
const LINE = fc
  .array(fc.tuple(PIECE, fc.constantFrom('', ' ', '  ', ',', ': ')), { maxLength: 14 })
  .map((parts) => parts.map(([text, gap]) => text + gap).join(''));
const LINES = fc.array(LINE, { minLength: 1, maxLength: 60 });

const learnAll = (miner: TemplateMiner, lines: readonly string[]): MinedLine[] =>
  lines.map((line) => miner.learn(line));

describe('template miner', (it) => {
  it('gives lines that differ in values one template, with the values in order', () => {
    const miner = createTemplateMiner();
    const first = miner.learn('Received block blk_-160 of size 91178 from /10.250.10.6');
    const second = miner.learn('Received block blk_7503 of size 233 from /10.250.7.244');
    assert.equal(first.isNew, true);
    assert.equal(second.isNew, false);
    assert.equal(second.id, first.id);
    assert.equal(second.count, 2);
    assert.match(first.id, /^t[0-9a-f]{12}$/);
    assert.equal(second.template, 'Received block <*> of size <*> from <*>');
    assert.deepEqual(second.params, ['blk_7503', '233', '/10.250.7.244']);
  });

  it('keeps a word with a counter while it is the same, and takes it for a value once it differs', () => {
    const miner = createTemplateMiner();
    assert.equal(miner.learn('link eth0 is up').template, 'link eth0 is up');
    const second = miner.learn('link eth1 is up');
    assert.equal(second.template, 'link <*> is up');
    assert.deepEqual(second.params, ['eth1']);
  });

  it('keeps a unit in the template while it is the same, and in the value once it differs', () => {
    const miner = createTemplateMiner();
    const first = miner.learn('took 5 ms to build');
    assert.equal(first.template, 'took <*> ms to build');
    assert.deepEqual(first.params, ['5']);
    const second = miner.learn('took 2 s to build');
    assert.equal(second.template, 'took <*> to build');
    assert.deepEqual(second.params, ['2 s']);
  });

  it('takes what colons join for a value where another line has a plain one', () => {
    const miner = createTemplateMiner();
    const plain = miner.learn('wrote to 10.0.0.1:80 at once');
    const joined = miner.learn('wrote to cache:7 at once');
    assert.equal(joined.id, plain.id);
    assert.equal(joined.template, 'wrote to <*> at once');
    assert.deepEqual(joined.params, ['cache:7']);
    assert.deepEqual(miner.learn('wrote to cache:8 at once').params, ['cache:8']);
    assert.notEqual(miner.learn('wrote to a file:7 at last').id, plain.id);
  });

  it('takes what stands behind an equals sign for a value, in brackets and quotes too', () => {
    const miner = createTemplateMiner();
    const lines = ['idle', '', '"two words"', 'Source{7}', 'com.example.app', 'null', 'Popup:12'];
    const mined = lines.map((value) => miner.learn(`acquire tag=${value}, uid=7`));
    const others = mined.filter((_, index) => !lines[index]?.startsWith('"'));
    assert.equal(new Set(others.map(({ id }) => id)).size, 1);
    assert.deepEqual(
      others.map(({ params }) => params.slice(0, -1)),
      [[], [''], ['Source{7}'], ['com.example.app'], ['null'], ['Popup:12']],
    );
  });

  it('tells statements apart that differ in a word', () => {
    const miner = createTemplateMiner();
    assert.notEqual(miner.learn('link is up now').id, miner.learn('link is down now').id);
  });

  it('makes one template of many that differ in one place, under the oldest id', () => {
    const miner = createTemplateMiner();
    const users = ['alice', 'bob'];
    const ids = users.map((user) => miner.learn(`session opened for user ${user} by cron`).id);
    assert.equal(ids[1], ids[0]);
    const hosts = ['atlas', 'hermes', 'zeus', 'hera', 'ares'];
    const mined = hosts.map((host) => miner.learn(`the job went to ${host} at once`));
    const last = mined.at(-1);
    assert.equal(last?.template, 'the job went to <*> at once');
    assert.equal(last.id, mined[0]?.id);
    assert.equal(last.count, hosts.length);
    for (const { id } of mined) assert.equal(miner.resolve(id), last.id);
    assert.equal(miner.resolve('t000000000000'), undefined);
  });

  it('keeps states in capitals apart', () => {
    const miner = createTemplateMiner();
    const states = ['NEW', 'SCHEDULED', 'RUNNING', 'SUCCEEDED', 'FAILED'];
    const ids = states.map((state) => miner.learn(`the job is in state ${state} now`).id);
    assert.equal(new Set(ids).size, states.length);
  });

  it('matches without learning', () => {
    const miner = createTemplateMiner();
    assert.equal(miner.match('job 7 ended'), undefined);
    const { id } = miner.learn('job 7 ended');
    const before = miner.snapshot();
    const match = miner.match('job 8 ended');
    assert.deepEqual([match?.id, match?.params, match?.count], [id, ['8'], 1]);
    assert.equal(miner.match('job 8 failed'), undefined);
    assert.deepEqual(miner.snapshot(), before);
  });

  it('rates a template as rarer the smaller its share', () => {
    const miner = createTemplateMiner();
    assert.equal(miner.learn('tick 1').rarity, 0);
    for (let index = 0; index < 98; index += 1) miner.learn(`tick ${index}`);
    const rare = miner.learn('the disk is on fire');
    assert.ok(Math.abs(rare.rarity - 2) < 1e-9, String(rare.rarity));
  });

  it('gives the line back when the values are put into the template', () => {
    fc.assert(
      fc.property(LINES, (lines) => {
        const miner = createTemplateMiner();
        for (const line of lines) {
          const { template, params } = miner.learn(line);
          assert.equal(normalLine(fillTemplate(template, params)), normalLine(line));
        }
      }),
    );
  });

  it('says the same of the same lines, whenever it is asked', () => {
    fc.assert(
      fc.property(LINES, (lines) => {
        const one = createTemplateMiner();
        const other = createTemplateMiner();
        assert.deepEqual(learnAll(one, lines), learnAll(other, lines));
        assert.deepEqual(one.snapshot(), other.snapshot());
      }),
    );
  });

  it('keeps the id of a line for good, or knows what it became', () => {
    fc.assert(
      fc.property(LINES, (lines) => {
        const miner = createTemplateMiner();
        const first = learnAll(miner, lines).map(({ id }) => id);
        const again = learnAll(miner, lines).map(({ id }) => id);
        assert.deepEqual(
          first.map((id) => miner.resolve(id)),
          again.map((id) => miner.resolve(id)),
        );
      }),
    );
  });

  it('counts each line once', () => {
    fc.assert(
      fc.property(LINES, (lines) => {
        const miner = createTemplateMiner();
        const fresh = learnAll(miner, lines).filter(({ isNew }) => isNew).length;
        const { created, merged, templates, evicted } = miner.counters();
        assert.equal(
          miner.templates().reduce((sum, { count }) => sum + count, 0),
          lines.length,
        );
        assert.equal(created, templates + merged);
        assert.equal(evicted, 0);
        assert.ok(fresh <= created);
      }),
    );
  });

  it('goes on after a restore as if it had not stopped', () => {
    const tiny = { maxTemplates: 12, maxSiblings: 6, maxVariants: 3 };
    fc.assert(
      fc.property(LINES, LINES, fc.boolean(), (before, after, isTiny) => {
        const options = isTiny ? tiny : {};
        const miner = createTemplateMiner(options);
        learnAll(miner, before);
        const restored = restoreTemplateMiner(miner.snapshot(), options);
        assert.deepEqual(restored.snapshot(), miner.snapshot());
        assert.deepEqual(learnAll(restored, after), learnAll(miner, after));
        assert.deepEqual(restored.snapshot(), miner.snapshot());
        assert.deepEqual(restored.counters(), miner.counters());
      }),
    );
  });

  it('refuses a snapshot that is damaged or of another version', () => {
    const miner = createTemplateMiner();
    miner.learn('job 7 ended');
    const bytes = miner.snapshot();
    const refused = { code: 'PAYLOAD_INVALID' };
    assert.throws(() => restoreTemplateMiner(bytes.subarray(0, -3)), refused);
    assert.throws(() => restoreTemplateMiner(new Uint8Array()), refused);
    const newer = Uint8Array.from(bytes);
    newer[1] = 2;
    assert.throws(() => restoreTemplateMiner(newer), refused);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = value;
        try {
          restoreTemplateMiner(damaged).learn('job 8 ended');
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'PAYLOAD_INVALID');
        }
      }),
    );
  });

  it('finds at least 95 of 100 lines of many programs in their right group', () => {
    const shares = Object.keys(STATEMENTS).map((source) => {
      const lines = labelledLines(source, 2000, 7);
      const miner = createTemplateMiner();
      const ids = lines.map(({ line }) => miner.learn(line).id).map((id) => miner.resolve(id));
      const groups = new Map<unknown, Set<string>>();
      const truth = new Map<string, Set<unknown>>();
      lines.forEach(({ template }, index) => {
        groups.set(ids[index], (groups.get(ids[index]) ?? new Set()).add(template));
        truth.set(template, (truth.get(template) ?? new Set()).add(ids[index]));
      });
      const right = lines.filter(
        ({ template }, index) =>
          groups.get(ids[index])?.size === 1 && truth.get(template)?.size === 1,
      );
      return right.length / lines.length;
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    assert.ok(mean >= 0.95, `grouping accuracy ${mean.toFixed(4)}`);
  });
});
