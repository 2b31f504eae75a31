import assert from 'node:assert/strict';

import { BOMBS, type Bomb, type BombAim, type BombOutcome } from '../support/bombs.ts';
import { E2eSite } from '../support/e2e/e2e-site.ts';
import { lines } from '../support/e2e/records.ts';
import { describe } from '../support/suite.ts';

/** What each bomb may come to. */
const EXPECTED: Readonly<Record<string, readonly BombOutcome[]>> = {
  nesting: ['400'],
  'nested attributes': ['400'],
  'duplicate keys': ['200', '207', '400'],
  'distinct keys': ['200', '207', '400'],
  'giant numbers': ['400'],
  'invalid UTF-8': ['400'],
  gzip: ['413'],
  'oversized body': ['413', 'cut'],
  'oversized URL': ['431', '414', 'cut'],
  'header flood': ['431', 'cut'],
  'pipelined requests': ['200', 'cut'],
  'slow headers': ['408', 'cut'],
  'slow body': ['408', 'cut'],
  'idle connections': ['408', 'cut'],
  'WebSocket fragments': ['ws 1008', 'ws 1009', 'cut'],
  'WebSocket length of 2^40': ['ws 1009'],
  'never-ending message': ['ws 1008', 'ws 1002', 'ws 4008', 'cut'],
  'msgpack header of 2^32': ['ws 4000', 'ws 1002', 'ws 1008'],
  'msgpack nesting': ['ws 4000', 'ws 1002', 'ws 1008'],
  'frame noise': ['ws 4000', 'ws 1002', 'ws 1008'],
  'silent WebSockets': ['ws 1008', 'ws 4008', 'cut'],
};

describe('bombs against the gateway', (it) => {
  let site: E2eSite;
  let aim: BombAim;
  it.before(async () => {
    site = await E2eSite.start({
      withNats: false,
      tuning: {
        // A loop held up by the machine must not make a whole request a late one: Node answers
        // 408 for bytes that wait in the socket.
        httpLimits: { headersMs: 4_000, requestMs: 6_000 },
        deviceLimits: { helloMs: 1_000, incompleteMessageMs: 1_000 },
      },
    });
    aim = { port: Number(new URL(site.handle.url).port), token: site.token };
  });
  it.after(() => site.close());

  for (const bomb of BOMBS) {
    it(
      `${bomb.name}: each is answered or cut, and good clients get every ack`,
      async () => {
        const good = goodClients(site);
        const found = await throwAll(bomb, aim);
        const sent = await good.stop();
        assert.ok(sent.watch > 0 && sent.service > 0, JSON.stringify(sent));
        const odd = found.filter((each) => !EXPECTED[bomb.name]?.includes(each));
        assert.deepEqual(
          [...new Set(odd)],
          [],
          `${bomb.name} came to ${[...new Set(found)].join()}`,
        );
      },
      { deadlineMs: 60_000 },
    );
  }

  it('counts what it refused and cut', async () => {
    const text = await (await fetch(`${site.handle.url}/metrics`, authorized(site))).text();
    assert.match(text, /watchkeeper_http_requests_total\{[^}]*status="400"[^}]*\} [1-9]/);
    assert.match(text, /watchkeeper_http_requests_total\{[^}]*status="413"[^}]*\} [1-9]/);
    for (const reason of ['headers_overflow', 'timeout']) {
      const refused = `watchkeeper_http_connections_refused_total\\{[^}]*reason="${reason}"[^}]*\\} [1-9]`;
      assert.match(text, new RegExp(refused));
    }
    assert.match(text, /watchkeeper_device_closes_total\{[^}]*code="1009"[^}]*\} [1-9]/);
  });
});

function authorized({ token }: E2eSite): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

async function throwAll(bomb: Bomb, aim: BombAim): Promise<readonly BombOutcome[]> {
  const end = performance.now() + 8_000;
  const isOver = (): boolean => performance.now() > end;
  const width = Math.min(bomb.width, 200);
  const all = Array.from({ length: width }, () => bomb.throwOne(aim, isOver));
  return (await Promise.all(all)).flat();
}

let devices = 0;

/** A watch and a service that send until they are stopped; `stop` tells how much was acked, which is all. */
function goodClients(site: E2eSite): { stop(): Promise<{ watch: number; service: number }> } {
  let isStopped = false;
  const acked = { watch: 0, service: 0 };
  const wear = async (): Promise<void> => {
    const watch = await site.watch(`good-${(devices += 1)}`);
    do {
      watch.send(lines(2, { level: 'INFO' }), 1);
      await watch.flush();
      acked.watch += 1;
    } while (!isStopped);
    await watch.stop();
  };
  const serve = async (): Promise<void> => {
    do {
      const answer = (await site.logs(lines(2, { level: 'INFO' }))) as { accepted: number };
      assert.equal(answer.accepted, 2);
      acked.service += 1;
    } while (!isStopped);
  };
  const both = Promise.all([wear(), serve()]);
  return {
    async stop() {
      isStopped = true;
      await both;
      return acked;
    },
  };
}
