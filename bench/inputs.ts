// CPU that each input needs for the 64 KiB that cost it most, from bytes to
// sealed groups, its longest turn of the event loop, and the ratio to the
// plainest reading of the same bytes (JSON.parse, msgpack, split or a scan).
// Usage: node --import tsx bench/inputs.ts [--json] [--only name]
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/core/root.ts';
import { createRedactor } from '../src/security/redaction/redactor.ts';
import { DEFAULT_REDACTION } from '../src/security/redaction/rules.ts';
import { createGroupSealer } from '../src/wire/group-sealer.ts';
import { SchemaDrift } from '../src/wire/records/drift.ts';
import { readRecordsInTurns } from '../src/wire/records/intake.ts';
import { loadLogSchema } from '../src/wire/records/schema.ts';
import { median, round } from './support/figures.ts';
import { NOW, WORST_INPUTS, type WorstInput } from './support/worst-inputs.ts';

const ROUNDS = 9;
const WARM_UP = 4;

const { publicKey } = generateKeyPairSync('x25519');
const sealer = createGroupSealer({
  site: 'local',
  recipient: {
    id: '00'.repeat(16),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
  },
  gateway: 'bench',
  epoch: 1,
});
const file = 'log_schema.yaml';
const rules = {
  observedAt: NOW,
  schema: loadLogSchema(readFileSync(join(projectRoot(), 'config', file), 'utf8'), file),
  drift: new SchemaDrift(),
  redactor: createRedactor({ rules: DEFAULT_REDACTION, secret: Buffer.alloc(32, 1) }),
};

/**
 * CPU time of each turn of the event loop; wall time would measure what else
 * the machine does. Asking for it takes time itself, so that rounds of which
 * the sum is wanted go without.
 */
class Turns {
  readonly #isAsked: boolean;
  #since = cpuMs();
  longest = 0;

  constructor(isAsked: boolean) {
    this.#isAsked = isAsked;
  }

  end(): void {
    if (!this.#isAsked) return;
    const now = cpuMs();
    this.longest = Math.max(this.longest, now - this.#since);
    this.#since = now;
  }
}

async function take(
  { bytes, read }: WorstInput,
  isTurnAsked: boolean,
): Promise<{ records: number; turnMs: number }> {
  const turns = new Turns(isTurnAsked);
  const turn = (): Promise<void> => {
    turns.end();
    return Promise.resolve();
  };
  let records = 0;
  for (const items of read(bytes)) {
    if (items === undefined) {
      turns.end();
      continue;
    }
    const { groups, accepted } = await readRecordsInTurns(items, rules, turn);
    for (const { service, payload } of groups) sealer.seal(service, payload);
    records += accepted;
    turns.end();
  }
  return { records, turnMs: turns.longest };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function measure(input: WorstInput): Promise<object> {
  const taken: number[] = [];
  const plain: number[] = [];
  const longest: number[] = [];
  let records = 0;
  for (let index = -WARM_UP; index < ROUNDS; index += 1) {
    const start = cpuMs();
    const result = await take(input, false);
    const between = cpuMs();
    input.plain(input.bytes);
    const end = cpuMs();
    const { turnMs } = await take(input, true);
    if (index < 0) continue;
    taken.push(between - start);
    plain.push(end - between);
    longest.push(turnMs);
    records = result.records;
  }
  const cpu = median(taken);
  return {
    name: input.name,
    bytes: input.bytes.length,
    records,
    cpuMs: round(cpu),
    turnMs: round(median(longest)),
    ofPlain: Math.round(cpu / Math.max(median(plain), 0.001)),
  };
}

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string', default: '' } },
});
const rows: object[] = [];
for (const input of WORST_INPUTS) {
  if (input.name.includes(values.only)) rows.push(await measure(input));
}
if (values.json === true) console.log(JSON.stringify({ inputs: rows }));
else console.table(rows);
