import assert from 'node:assert/strict';
import { WatchkeeperError } from '../../src/core/errors.ts';
import { natsAddress } from '../../src/federation/nats-address.ts';
import { describe } from '../support/suite.ts';

describe('address of a NATS', (it) => {
  it('is read with and without credentials, and shown without', () => {
    const rows: [string, string, object][] = [
      ['nats://h:4222', 'nats://h:4222', { servers: ['h:4222'] }],
      ['h', 'nats://h', { servers: ['h'] }],
      ['nats://u:p%40w@h', 'nats://h', { servers: ['h'], user: 'u', pass: 'p@w' }],
      ['nats://secret@h:1', 'nats://h:1', { servers: ['h:1'], token: 'secret' }],
      ['tls://[::1]:4222', 'tls://[::1]:4222', { servers: ['[::1]:4222'], tls: {} }],
      [
        'nats://u:p@a:1, nats://b:2',
        'nats://a:1,nats://b:2',
        { servers: ['a:1', 'b:2'], user: 'u', pass: 'p' },
      ],
    ];
    for (const [text, url, options] of rows) assert.deepEqual(natsAddress(text), { url, options });
  });

  it('is refused when it makes no sense, without showing what it held', () => {
    for (const text of [
      '',
      'http://u:secret@h',
      'nats://',
      'nats://u:secret@h:x',
      'a,,b',
      'ws://h',
    ]) {
      assert.throws(
        () => natsAddress(text),
        (error: unknown) =>
          error instanceof WatchkeeperError &&
          error.code === 'CONFIG_INVALID' &&
          !error.message.includes('secret'),
        text,
      );
    }
  });
});
