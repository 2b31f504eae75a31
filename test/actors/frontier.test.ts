import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Frontier } from '../../src/actors/frontier.ts';
import { describe } from '../support/suite.ts';

describe('Frontier', (it) => {
  it('holds a result until every lower one has come', () => {
    const released: number[] = [];
    const frontier = new Frontier<string>((lsn) => released.push(lsn));
    for (const lsn of [1, 2, 5]) frontier.begin(lsn);
    frontier.complete(5, 'c');
    frontier.complete(2, 'b');
    assert.deepEqual(released, []);
    frontier.complete(1, 'a');
    assert.deepEqual(released, [1, 2, 5]);
    assert.equal(frontier.size, 0);
  });

  it('passes over entries that hand nothing on', () => {
    const released: number[] = [];
    const frontier = new Frontier<string>((lsn) => released.push(lsn));
    frontier.begin(1);
    frontier.begin(2);
    frontier.complete(2, 'b');
    frontier.complete(1, undefined);
    assert.deepEqual(released, [2]);
  });

  it('releases in ascending order whatever order results come in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.infiniteStream(fc.nat()),
        (count, random) => {
          const released: number[] = [];
          const frontier = new Frontier<number>((lsn) => released.push(lsn));
          const open: number[] = [];
          for (let lsn = 1; lsn <= count; lsn += 1) {
            frontier.begin(lsn);
            open.push(lsn);
            while (open.length > 20) {
              const [next = 0] = open.splice((random.next().value ?? 0) % open.length, 1);
              frontier.complete(next, next);
            }
          }
          for (const lsn of open.reverse()) frontier.complete(lsn, lsn);
          assert.deepEqual(
            released,
            Array.from({ length: count }, (_, index) => index + 1),
          );
          assert.equal(frontier.size, 0);
        },
      ),
      { numRuns: 30 },
    );
  });
});
