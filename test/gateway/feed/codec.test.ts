import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeFeed, decodeFeedRequest, encodeFeed } from '../../../src/gateway/feed/codec.ts';
import type { FeedMessage, FeedPage, FeedRequest } from '../../../src/model/feed.ts';
import { ACTOR, anAlert } from '../../support/fake-site.ts';
import { describe } from '../../support/suite.ts';

const PAGES: readonly FeedPage[] = ['overview', 'actors', 'subject', 'none'];

describe('feed codec', (it) => {
  it('gives messages back as they were, undefined fields included', () => {
    const messages: readonly FeedMessage[] = [
      { type: 'topo', version: 1, actors: [ACTOR, { ...ACTOR, parent: undefined }] },
      { type: 'alerts', snapshot: true, alerts: [anAlert()] },
      { type: 'error', code: 'X', message: 'é' },
    ];
    for (const message of messages) assert.deepEqual(decodeFeed(encodeFeed(message)), message);
  });

  it('keeps typed arrays typed, at any alignment', () => {
    const columns = fc.uint32Array({ maxLength: 50 });
    fc.assert(
      fc.property(
        columns,
        fc.float32Array({ maxLength: 50 }),
        fc.nat(7),
        (mailbox, rate, shift) => {
          const message: FeedMessage = {
            type: 'frame',
            version: 1,
            at: 2,
            mailbox,
            rate,
            restarts: mailbox,
            state: Uint8Array.of(4),
          };
          const bytes = encodeFeed(message);
          const moved = new Uint8Array(bytes.length + shift);
          moved.set(bytes, shift);
          assert.deepEqual(decodeFeed(moved.subarray(shift)), message);
        },
      ),
    );
  });

  it('reads requests, and only what belongs to them', () => {
    const hello: FeedRequest = { type: 'hello', proto: 1, token: 't' };
    assert.deepEqual(decodeFeedRequest(encodeFeed({ ...hello, extra: 1 } as FeedRequest)), hello);
    for (const page of PAGES) {
      const sub: FeedRequest = { type: 'sub', page, subject: 'device:a', path: '/p', hz: 2 };
      assert.deepEqual(decodeFeedRequest(encodeFeed(sub)), sub);
    }
    assert.deepEqual(decodeFeedRequest(encodeFeed({ type: 'sub', page: 'none' })), {
      type: 'sub',
      page: 'none',
    });
  });

  for (const wrong of [
    null,
    7,
    [],
    {},
    { type: 'hello', proto: 2, token: 't' },
    { type: 'hello', proto: 1, token: 5 },
    { type: 'hello', proto: 1, token: 'x'.repeat(201) },
    { type: 'sub', page: 'secrets' },
    { type: 'sub', page: 'actors', hz: -1 },
    { type: 'sub', page: 'actors', hz: Number.NaN },
    { type: 'sub', page: 'actors', path: 'x'.repeat(1025) },
    { type: 'sub', page: 'subject', subject: 5 },
  ]) {
    it(`refuses the request ${JSON.stringify(wrong).slice(0, 60)}`, () => {
      assert.equal(decodeFeedRequest(encodeFeed(wrong as unknown as FeedRequest)), undefined);
    });
  }

  it('never throws on bytes from outside', () => {
    const sample = Buffer.from(
      encodeFeed({ type: 'sub', page: 'subject', subject: 'device:a', hz: 2 }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        decodeFeedRequest(bytes);
      }),
      { numRuns: 5_000 },
    );
    fc.assert(
      fc.property(fc.nat(sample.length * 8 - 1), (bit) => {
        const flipped = Buffer.from(sample);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        decodeFeedRequest(flipped);
      }),
      { numRuns: 2_000 },
    );
    decodeFeedRequest(new Uint8Array(16_384).fill(0x91));
  });
});
