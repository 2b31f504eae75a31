import assert from 'node:assert/strict';

import { WatchkeeperError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import { describe } from '../support/suite.ts';
import { runCampaign } from './campaign.ts';
import { minimise } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { checkGrowth } from './growth.ts';
import { compare, observe, Violation, type ViolationKind } from './invariants.ts';
import { MutationEngine } from './mutators/mutate.ts';
import { MARKER, type FuzzTarget } from './target.ts';
import { checkTime, PROMISED } from './time-limit.ts';

Coverage.begin();
const { readHeader } = await import('../../src/wire/frame.ts');

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

function breaks(kind: ViolationKind): (error: unknown) => boolean {
  return (error) => error instanceof Violation && error.kind === kind;
}

const good: FuzzTarget = { seeds: ['ab'], run: () => undefined };

describe('fuzzer', (it) => {
  it('tells an error that is not typed', async () => {
    const run = (): never => {
      throw new TypeError('x');
    };
    await assert.rejects(observe({ ...good, run }, utf8('a')), breaks('untyped-error'));
  });

  it('tells payload in a message, its fix, its cause and the texts of a result', async () => {
    const thrown = (error: Error): FuzzTarget => ({
      ...good,
      run: () => {
        throw error;
      },
    });
    const cause = new Error(MARKER);
    for (const error of [
      new WatchkeeperError('PAYLOAD_INVALID', `Got ${MARKER}.`),
      new WatchkeeperError('PAYLOAD_INVALID', 'Bad.', { fix: MARKER }),
      new WatchkeeperError('PAYLOAD_INVALID', 'Bad.', { cause }),
    ]) {
      await assert.rejects(observe(thrown(error), utf8('a')), breaks('payload-in-message'));
      assert.equal((await observe({ ...thrown(error), quotes: true }, utf8('a'))).ok, false);
    }
    const texts = { ...good, run: () => MARKER, texts: (text: never) => [text as string] };
    await assert.rejects(observe(texts, utf8('a')), breaks('payload-in-message'));
  });

  it('tells an input that was written into, and a result that is not the same twice', async () => {
    const run = (input: Uint8Array): void => void input.fill(1);
    await assert.rejects(observe({ ...good, run }, utf8('a')), breaks('changed-input'));
    let calls = 0;
    const counting = { ...good, run: () => (calls += 1) };
    const [one, two] = [await observe(counting, utf8('a')), await observe(counting, utf8('a'))];
    assert.throws(() => compare(one, two, utf8('a')), breaks('not-repeatable'));
  });

  it('tells what is slow', async () => {
    const run = (): void => {
      // Time of the processor is what counts: on a busy machine less of it passes than on the clock.
      for (const start = process.cpuUsage(); process.cpuUsage(start).user < 60_000;);
    };
    await assert.rejects(checkTime({ ...good, run }, utf8('a'), PROMISED), breaks('slow'));
  });

  it('tells work that grows with the square of the input', async () => {
    // The header is read once for each pair of bytes: only what runs under src/ is counted.
    const header = new Uint8Array(20).fill(1).fill(0, 2);
    const run = (input: Uint8Array): void => {
      for (let count = (input.length / 16) ** 2; count > 0; count -= 1) readHeader(header);
    };
    await assert.rejects(
      checkGrowth({ ...good, run, maxBytes: 16_384 }, [utf8('ab')]),
      breaks('growth'),
    );
    const linear = {
      ...good,
      maxBytes: 16_384,
      run: (input: Uint8Array) => run(input.subarray(0, 4)),
    };
    await checkGrowth(linear, [utf8('ab')]);
  });

  it('finds its way through a check after another by coverage', async () => {
    const header = Uint8Array.of(1, 4, 1, 0, 0, 0, 0, 1, ...new Uint8Array(7), 1, 0, 0, 0, 16);
    const target: FuzzTarget = { seeds: [new Uint8Array(20)], run: (input) => readHeader(input) };
    assert.ok(readHeader(header));
    const seen = new Set<string>();
    const watched = {
      ...target,
      run: (input: Uint8Array) => {
        try {
          return target.run(input);
        } catch (error) {
          seen.add((error as Error).message);
          throw error;
        }
      },
    };
    const isOver = (runs: number): boolean => runs > 60_000 || seen.size > 5;
    await runCampaign(watched, { seed: 1, corpus: [], time: PROMISED, isOver });
    assert.ok(seen.size > 5, [...seen].join(' '));
  });

  it('does the same for the same seed', () => {
    const make = (): readonly Uint8Array[] => {
      const engine = new MutationEngine(good, new Random(5, 'fuzz'));
      return Array.from({ length: 50 }, () => engine.next([utf8('abc'), utf8('{}')]));
    };
    assert.deepEqual(make(), make());
  });

  it('keeps of a corpus what reaches something that nothing smaller does', async () => {
    const target: FuzzTarget = { seeds: [], run: (input) => readHeader(input) };
    const inputs = [new Uint8Array(20), new Uint8Array(900), utf8('x'.repeat(30)), utf8('')];
    const kept = await minimise(target, inputs);
    assert.ok(kept.length < inputs.length);
    assert.ok(kept.some(({ length }) => length === 20));
  });
});
