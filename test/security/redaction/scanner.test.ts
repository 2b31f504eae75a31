import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';

import { Scanner } from '../../../src/security/redaction/scanner.ts';
import { SecretNames } from '../../../src/security/redaction/secret-names.ts';
import { describe } from '../../support/suite.ts';
import { loghubFolder } from '../../wire/parsers/loghub.ts';
import { corpus } from './corpus.ts';
import { marked } from './marked.ts';
import { score } from './measure.ts';
import { ODD_LINES } from './odd-lines.ts';

const scanner = new Scanner({ names: new SecretNames(), addresses: false });
const withAddresses = new Scanner({ names: new SecretNames(['badge']), addresses: true });

/** Seeds that nobody looked at while the rules were written. */
const HELD_OUT = [90_210, 424_242];
const REAL = loghubFolder();

describe('Scanner', (it) => {
  for (const seed of HELD_OUT) {
    it(`finds at least 98 % and is right in at least 95 % of a corpus it was not written on (seed ${seed})`, () => {
      const { recall, precision, byKind, missed, wrong } = score(corpus(seed), (text) =>
        scanner.scan(text),
      );
      assert.ok(recall >= 0.98, `${recall}: ${missed.slice(0, 5).join('\n')}`);
      assert.ok(precision >= 0.95, `${precision}: ${wrong.slice(0, 5).join('\n')}`);
      for (const kind of ['secret', 'card', 'email', 'phone', 'national_id']) {
        const { truth = 0, hit = 0 } = byKind.get(kind) ?? {};
        assert.ok(truth > 100 && hit / truth >= 0.98, `${kind}: ${hit} of ${truth}`);
      }
    });
  }

  it('finds what lines written by hand hold, and leaves their lookalikes alone', () => {
    const { recall, wrong, missed } = score(ODD_LINES.map(marked), (text) => scanner.scan(text));
    assert.ok(recall >= 0.95, missed.join('\n'));
    assert.deepEqual(wrong, []);
  });

  const onRealLines = 'finds one address, and nothing else, in 20,000 lines of real systems';
  if (REAL === undefined) it.skip(onRealLines, 'no log sets: set WATCHKEEPER_DATA');
  else {
    it(onRealLines, () => {
      const found: string[] = [];
      for (const set of readdirSync(REAL)) {
        for (const line of readFileSync(`${REAL}/${set}/${set}_2k.log`, 'utf8').split('\n')) {
          for (const { start, end } of scanner.scan(line)) found.push(line.slice(start, end));
        }
      }
      assert.deepEqual(found, ['bhcompile@bugs.build.redhat.com']);
    });
  }

  it('looks for addresses and names of the site only when told to', () => {
    const text = 'peer 10.1.2.3:80 and fe80::1:2ab3 badge=x7';
    const kinds = (each: Scanner) =>
      each.scan(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);
    assert.deepEqual(kinds(scanner), []);
    assert.deepEqual(kinds(withAddresses), [
      ['ip', '10.1.2.3'],
      ['ip', 'fe80::1:2ab3'],
      ['secret', 'x7'],
    ]);
  });

  it('takes no clock time, version or mask for an address', () => {
    for (const text of [
      '12:30:45',
      '1.2.3',
      '256.1.1.1',
      '1.2.3.4.5',
      'a::b::c',
      'std::vector',
      '::',
    ]) {
      assert.deepEqual(withAddresses.scan(text), [], text);
    }
  });

  it('gives ordered findings without overlap within the text, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...[
          'password',
          'token',
          '=',
          ':',
          '"',
          "'",
          '\\',
          ' ',
          '://',
          '@',
          '%40',
          '-u ',
          'cookie:',
        ],
        ...['4111 1111 1111 1111', '+49 30 123456', 'a.b@c.de', '-----BEGIN PRIVATE KEY-----', '('],
        ...['DE89370400440532013000', 'eyJhbGciOiJI', '0171/', '1-', 'bearer ', '::', 'is ', '>'],
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const text = pieces.join('');
        let last = 0;
        for (const { start, end } of withAddresses.scan(text)) {
          assert.ok(start >= last && end > start && end <= text.length);
          last = end;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('passes over a short single word, in which no rule finds anything', () => {
    const character = fc.constantFrom(...'abABGDE0123456789-_');
    const word = fc.string({ unit: character, minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(word, (text) => {
        // With a blank behind it, it is looked at whole.
        assert.deepEqual(withAddresses.scan(`${text} `), []);
        assert.deepEqual(withAddresses.scan(text), []);
      }),
      { numRuns: 5000 },
    );
  });

  it('needs time in proportion to the length of anything', () => {
    const pieces = [
      ...[
        '@',
        'a@',
        'a@a.',
        '1 ',
        '1',
        '1-',
        '(1)',
        'password=',
        'password="',
        "token='",
        'token:',
      ],
      ...[
        '://',
        '://a:',
        '://a@',
        '-u ',
        '--user a',
        'cookie:',
        'cookie:=',
        'a',
        '-',
        '- ',
        '%40a',
        '::',
      ],
      ...[
        '-----BEGIN PRIVATE KEY-----',
        'eyJaaaaaaaaaaaaaaaaa.',
        'sk-ab-',
        'GB82 ',
        'a1:',
        '1::',
        ':1',
      ],
      ...[
        'password: ',
        'is ',
        'secret is ',
        'bearer ',
        'authorization:',
        'authorization: digest ',
        '\\"',
      ],
      ...[
        '4111 ',
        '0171 ',
        '+1',
        'phone 1',
        'ssn 1',
        'token=\\"',
        '>',
        '<a>',
        'token=a1',
        'AB 12 ',
      ],
    ];
    for (const piece of pieces) {
      const short = cost(piece, 16_384);
      const long = cost(piece, 65_536);
      // Four times the length; what grows with the square takes sixteen times as long.
      assert.ok(long < 10 * Math.max(short, 1), `${JSON.stringify(piece)}: ${short}, ${long} ms`);
    }
  });

  /** Ms of processor time at best. */
  function cost(piece: string, length: number): number {
    const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
    let best = Infinity;
    for (let round = 0; round < 5; round += 1) {
      const start = process.cpuUsage();
      withAddresses.scan(text);
      const { user, system } = process.cpuUsage(start);
      best = Math.min(best, (user + system) / 1000);
    }
    return best;
  }
});
