import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/clock.ts';
import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import type { Batch } from '../../../src/gateway/record-sink.ts';
import { RecordTaker, type TakerOptions } from '../../../src/gateway/tcp/record-taker.ts';
import { createForwardSession } from '../../../src/wire/inputs/forward/forward-session.ts';
import type { InputItem } from '../../../src/wire/inputs/input-session.ts';
import { AUTO_PARSERS } from '../../../src/wire/parsers/registry.ts';
import { createSourceParser } from '../../../src/wire/parsers/source/source-parser.ts';
import { describe } from '../../support/suite.ts';
import { entry, packedMode } from '../../wire/inputs/forward/messages.ts';

const EVENTS = 2_000;

describe('the record taker', (it) => {
  it('reads at most 256 events in one turn, and each event once by one parser', async () => {
    const bytes = packedMode(
      't',
      Array.from({ length: EVENTS }, () => entry(0, { log: 'a=1 b=2' })),
    );
    let parsed = 0;
    let inTurn = 0;
    let most = 0;
    const source = createSourceParser({ parsers: AUTO_PARSERS, mode: 'auto' });
    const session = createForwardSession({
      limits: { maxMessageBytes: 1_048_576, maxEvents: 100_000 },
      now: () => 0,
      serviceOfTag: (tag) => tag,
      parser: {
        parse: (line, at) => {
          parsed += 1;
          inTurn += 1;
          most = Math.max(most, inTurn);
          return source.parse(line, at);
        },
      },
    });
    let isWatching = true;
    const watch = (): void => {
      inTurn = 0;
      if (isWatching) setImmediate(watch);
    };
    watch();
    const sizes: number[] = [];
    for (const step of session.push(bytes)) {
      if (step.type !== 'records') continue;
      const taker = new RecordTaker(options((batch) => sizes.push(batch.items.length)));
      const signal = new AbortController().signal;
      await taker.take(step.items, { isAcked: false, signal });
    }
    isWatching = false;
    assert.equal(parsed, EVENTS);
    assert.deepEqual(sizes, [256, 256, 256, 256, 256, 256, 256, 208]);
    // The watch may come before or after the taker within one turn.
    assert.ok(most <= 2 * 256, `${most} events in one turn`);
  });

  it('lets others go first when reading took 10 ms, however few the lines were', async () => {
    const clock = new SimulatedClock();
    let inTurn = 0;
    let most = 0;
    let isWatching = true;
    const watch = (): void => {
      inTurn = 0;
      if (isWatching) setImmediate(watch);
    };
    watch();
    function* costly(): Iterable<InputItem> {
      for (let index = 0; index < 100; index += 1) {
        clock.advance(5);
        inTurn += 1;
        most = Math.max(most, inTurn);
        yield { record: { message: 'm' }, raw: () => new Uint8Array() };
      }
    }
    const taker = new RecordTaker({ ...options(() => undefined), clock });
    const signal = new AbortController().signal;
    await taker.take(costly(), { isAcked: false, signal });
    isWatching = false;
    assert.ok(most <= 6, `${most} lines of 5 ms in one turn`);
  });

  it('counts what a filter dropped, and buries nothing of it', async () => {
    const counted: string[] = [];
    const taken: number[] = [];
    const counter = {
      add: () => undefined,
      reject: (reason: string, by = 1) => counted.push(`${reason} ${by}`),
    } as unknown as TakerOptions['counter'];
    const letters: unknown[] = [];
    const taker = new RecordTaker({
      ...options(({ items }) => taken.push(items.length)),
      counter,
      onRejected: (letter) => letters.push(letter),
    });
    const raw = (): Uint8Array => new Uint8Array();
    const items: InputItem[] = [
      { record: undefined, isDropped: true, raw },
      { record: { message: 'kept' }, raw },
      { record: undefined, raw },
    ];
    await taker.take(items, { isAcked: false, signal: new AbortController().signal });
    assert.deepEqual(taken, [1]);
    assert.deepEqual(counted, ['filtered 1', 'unreadable 1']);
    assert.equal(letters.length, 1);
  });
});

function options(onBatch: (batch: Batch) => void): TakerOptions {
  const nothing = (): void => undefined;
  return {
    input: 'forward',
    clock: systemClock,
    counter: { add: nothing, reject: nothing } as unknown as TakerOptions['counter'],
    relief: { wait: () => Promise.resolve() } as unknown as TakerOptions['relief'],
    onRejected: nothing,
    sink: {
      take: (batch) => {
        onBatch(batch);
        const { length } = batch.items;
        return Promise.resolve({ accepted: length, rejected: [], clamped: 0, observedAt: 0 });
      },
    },
  };
}
