import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SimulatedClock } from '../../../src/core/simulated-clock.ts';
import { readAck } from '../../../src/federation/ack-desk.ts';
import { parseInstant } from '../../../src/gateway/http/instant.ts';
import { TokenStore } from '../../../src/security/tokens.ts';
import { decodeCursor, encodeCursor } from '../../../src/store/query/cursor.ts';
import { parseQuery, recordCursor } from '../../../src/store/query/parse-query.ts';
import { jsonMutators } from '../mutators/json.ts';
import { MARKER, type FuzzTarget } from '../target.ts';

const folder = mkdtempSync(join(tmpdir(), 'wk-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const TOKEN = `wk_abcdef_${'A'.repeat(43)}`;
const clock = new SimulatedClock();
const store = new TokenStore({ folder, clock, seed: TOKEN });

/** What stands behind `Bearer`. */
export const token: FuzzTarget = {
  seeds: [TOKEN, `wk_abcdef_${'B'.repeat(43)}`, MARKER],
  dictionary: ['wk_', '_'],
  run(input) {
    const text = Buffer.from(input).toString();
    const identity = store.verify(text);
    assert.equal(identity !== undefined, text === TOKEN);
    return identity;
  },
};

const QUERY = {
  ...{ from: 0, to: 1e13, subject: 'device:watch-1', service: 'pay', user: 'u', level: 'ERROR' },
  ...{ text: MARKER, order: 'asc', axis: 'ingest', limit: 10 },
  cursor: encodeCursor('records.ingest.asc', [5, 6, 7]),
};
const KEYS = Object.keys(QUERY);

/** A query as JSON, its fields of any type; messages quote it. */
export const query: FuzzTarget = {
  seeds: [JSON.stringify(QUERY), '{"from":0,"to":5}', '{"from":0,"to":5,"subject":"user:u"}'],
  mutators: jsonMutators(KEYS),
  dictionary: [...KEYS, 'device:', 'user:', 'desc', 'DEBUG', QUERY.cursor],
  quotes: true,
  run(input) {
    const given: unknown = jsonOf(input);
    if (typeof given !== 'object' || given === null || !hasTexts(given)) return undefined;
    const parsed = parseQuery(given as never);
    if (parsed.after !== undefined) {
      const cursor = recordCursor(parsed.after, parsed);
      assert.deepEqual(parseQuery({ ...given, cursor } as never).after, parsed.after);
    }
    return parsed;
  },
};

/** The routes hand on texts for what is text. */
function hasTexts(given: object): boolean {
  return ['subject', 'service', 'user', 'text', 'cursor'].every((key) =>
    ['string', 'undefined'].includes(typeof (given as Record<string, unknown>)[key]),
  );
}

function jsonOf(input: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(input).toString());
  } catch {
    return undefined;
  }
}

export const cursor: FuzzTarget = {
  seeds: [QUERY.cursor, encodeCursor('alerts', [1, 'x']), MARKER],
  quotes: true,
  run(input) {
    const text = Buffer.from(input).toString();
    const position = decodeCursor(text, {
      listing: 'alerts',
      shape: ['number', 'string'] as const,
    });
    assert.ok(Number.isFinite(position[0]), 'a position that no item can have');
    return position;
  },
};

/** A time in a query. */
export const instant: FuzzTarget = {
  seeds: ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123+02:00', '-15m', 'now', '1767268800000'],
  quotes: true,
  run(input) {
    const time = parseInstant(Buffer.from(input).toString(), 1_767_268_800_000);
    assert.ok(Number.isSafeInteger(time));
    return time;
  },
};

const ALERT = 'ab'.repeat(16);

/** The subject's end, a line break, and the message of an acknowledgement over NATS. */
export const alertCommand: FuzzTarget = {
  seeds: [`${ALERT}\n`, `${ALERT}\n{"by":"ann","note":"${MARKER}"}`],
  mutators: jsonMutators(['by', 'note']),
  maxBytes: 70_000,
  run(input) {
    const cut = input.indexOf(0x0a);
    const name = Buffer.from(input.subarray(0, Math.max(0, cut))).toString();
    return readAck(
      { subject: `acks.v1.local.${name}`, data: input.subarray(cut + 1) } as never,
      'local',
    );
  },
};
