import assert from 'node:assert/strict';
import { LineScanner } from '../../../src/wire/templates/line-scanner.ts';
import { createTemplateMiner } from '../../../src/wire/templates/miner.ts';
import { describe } from '../../support/suite.ts';
import { fillTemplate, normalLine } from './fill-template.ts';
import { createSeededRandom } from './seeded-random.ts';

const KIB = 1024;

/** Lines made to make a careless parser slow. */
const HOSTILE: Readonly<Record<string, string>> = {
  'one word of 64 KiB': 'a'.repeat(64 * KIB),
  'digits without end': '1'.repeat(64 * KIB),
  '20,000 tokens': 'a '.repeat(20_000),
  '20,000 numbers': '7 '.repeat(20_000),
  'marks only': '(['.repeat(10_000),
  'empty pairs': ' ()'.repeat(10_000),
  'keys without values': 'k= '.repeat(10_000),
  'values in brackets that never close': '=a{'.repeat(10_000),
  'quotes that never close': '="'.repeat(10_000),
  'quotes of both kinds': `="='`.repeat(10_000),
  'colons between hexadecimal': 'a:'.repeat(10_000),
  'addresses that go on': '1::'.repeat(10_000),
  dots: '.'.repeat(64 * KIB),
  'dots in words': 'a..'.repeat(10_000),
  arrows: '->'.repeat(10_000),
  bounds: ' <1'.repeat(10_000),
  'sizes said again': '1 KB (1 KB) '.repeat(5_000),
  blanks: ' '.repeat(64 * KIB),
  NULs: '\u0000a'.repeat(10_000),
  'surrogates alone': '\ud800 \udfff'.repeat(5_000),
  'all of Unicode in one word': Array.from({ length: 0x3000 }, (_, at) =>
    String.fromCharCode(0x80 + at),
  ).join(''),
};

/** A string that counts how often one of its characters is looked at. */
class CountingText extends String {
  reads = 0;

  override charCodeAt(at: number): number {
    this.reads += 1;
    return super.charCodeAt(at);
  }

  override charAt(at: number): string {
    this.reads += 1;
    return super.charAt(at);
  }
}

describe('bounds of the template miner', (it) => {
  const limits = { maxTokens: 256, maxLineLength: 4096 };

  for (const [name, line] of Object.entries(HOSTILE)) {
    it(`takes ${name} within its limits, and gives it back`, () => {
      const miner = createTemplateMiner(limits);
      const { template, params } = miner.learn(line);
      assert.equal(normalLine(fillTemplate(template, params)), normalLine(line));
      assert.ok(params.length <= limits.maxTokens + 4);
      assert.deepEqual(miner.learn(line).params, params);
    });

    it(`looks at the characters of ${name} a bounded number of times`, () => {
      const text = new CountingText(line);
      const scanned = new LineScanner(limits).scan(text as unknown as string);
      assert.ok(scanned.count <= limits.maxTokens + 4);
      const blanksBehind = line.length - line.trimEnd().length;
      assert.ok(
        text.reads <= blanksBehind + 40 * limits.maxLineLength,
        `${text.reads} reads of ${line.length} characters`,
      );
    });
  }

  it('makes one value of what lies beyond the limits, and counts it', () => {
    const miner = createTemplateMiner({ maxTokens: 4, maxLineLength: 100 });
    const { template, params } = miner.learn('one two three four five six');
    assert.equal(template, 'one two three four <*>');
    assert.deepEqual(params, ['five six']);
    assert.equal(miner.counters().cut, 1);
    const long = createTemplateMiner({ maxLineLength: 8 }).learn('abcdefghijkl mno ');
    assert.equal(long.template, 'abcdefgh<*>');
    assert.deepEqual(long.params, ['ijkl mno']);
  });

  it('holds no more templates than it may, whatever comes', () => {
    const random = createSeededRandom(3);
    const word = (): string =>
      Array.from({ length: 6 }, () => String.fromCharCode(97 + random.below(26))).join('');
    const miner = createTemplateMiner({ maxTemplates: 100, maxSiblings: 40 });
    for (let index = 0; index < 5_000; index += 1) {
      const words = Array.from({ length: 1 + random.below(8) }, word);
      miner.learn(words.join(random.below(4) === 0 ? ', ' : ' '));
      assert.ok(miner.counters().templates <= 100);
    }
    const { evicted, created, merged, templates, compared } = miner.counters();
    assert.equal(created, templates + merged + evicted);
    assert.ok(evicted > 3_000);
    assert.ok(compared <= 5_000 * 2 * 40, String(compared));
    assert.ok(miner.snapshot().length < 100 * 1_000);
  });

  it('keeps a template that is in use through a flood of others', () => {
    const miner = createTemplateMiner({ maxTemplates: 64, maxSiblings: 16 });
    const { id } = miner.learn('the pump runs at 7 percent');
    for (let index = 0; index < 4_000; index += 1) {
      const tail = index.toString(2).replaceAll('0', 'a').replaceAll('1', 'b');
      miner.learn(`${tail}, ${tail}x`.repeat(1 + (index % 3)));
      if (index % 10 === 0) miner.learn(`the pump runs at ${index} percent`);
    }
    const mined = miner.learn('the pump runs at 8 percent');
    assert.equal(mined.id, id);
    assert.equal(mined.count, 402);
  });

  it('gives a template that was forgotten its old id when it comes back', () => {
    const miner = createTemplateMiner({ maxTemplates: 2 });
    const { id } = miner.learn('alpha beta');
    miner.learn('gamma, delta');
    miner.learn('epsilon; zeta');
    assert.equal(miner.resolve(id), undefined);
    const back = miner.learn('alpha beta');
    assert.deepEqual([back.id, back.isNew, back.count], [id, true, 1]);
  });
});
